"""The outbox in both databases: the same claims, leases, settlements and lists."""

from datetime import timedelta
from pathlib import Path
from threading import Thread

from core.delivery.due import is_anything_due
from core.delivery.history import counts, deliveries_of_webhook, troubled
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.portals import add_portal
from tests.builders.postgresql import Server
from tests.core.delivery.conftest import NOW, PORTAL, Stage
from tests.core.delivery.receivers import HOST, Receiver, say


def test_postgresql_sends_everything_once_and_remembers_why_not(
    postgres: Server, tmp_path: Path, receiver: Receiver
) -> None:
    settings = Settings(home=tmp_path, database_url=postgres.new_database(), private_targets=(f"{HOST}/32",))
    store = open_control_store(settings)
    with store.writing() as connection:
        add_portal(connection, PORTAL, now=NOW)
    stage = Stage(settings, store)
    for name in range(3):
        stage.webhook(f"{receiver.base}/{name}", f"webhook_{name}")
        for number in range(5):
            stage.event(number, f"webhook_{name}")
    receiver.answers["/2"] = say(503, Retry_After="60")
    drains = [Thread(target=stage.drain) for _ in range(2)]
    for one in drains:
        one.start()
    for one in drains:
        one.join()
    stage.drain()
    paths = [call.path for call in receiver.calls]
    assert (paths.count("/0"), paths.count("/1"), paths.count("/2")) == (5, 5, 1)
    with store.reading() as connection:
        assert counts(connection) == {"delivered": 10, "pending": 5}
        (waiting,) = troubled(connection, now=NOW)
        listed, total = deliveries_of_webhook(connection, "webhook_0", after=None, limit=3, now=NOW)
    assert waiting.next_attempt_at == NOW + timedelta(minutes=1) and waiting.last_status == 503
    assert (len(listed), total) == (3, 5)
    assert not is_anything_due(store, settings, now=NOW)
    store.close()
