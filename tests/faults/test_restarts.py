"""Promise: a PostgreSQL that restarts loses nothing that was acknowledged, and the service goes on by itself."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from core import keys
from core.settings import Settings
from core.store.control import StoreUnavailable, open_control_store
from tests.builders import postgresql
from tests.builders.waiting import comes


def test_a_postgresql_that_restarts_loses_nothing_acknowledged(
    postgres: postgresql.Server, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=postgres.new_database())
    store, stop = open_control_store(settings), threading.Event()
    acknowledged: list[str] = []
    refusals: list[Exception] = []

    def write() -> None:
        while not stop.is_set():
            try:
                key, _ = keys.create_key(
                    store, name="k", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC)
                )
                acknowledged.append(key.key_id)
            except StoreUnavailable as refusal:
                refusals.append(refusal)
                time.sleep(0.05)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()

    def goes_on() -> bool:
        count = len(acknowledged)
        return comes(lambda: len(acknowledged) > count)

    try:
        for _ in range(3):
            assert goes_on()
            _restart(postgres)
        assert goes_on(), "by itself"
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    kept = {key.key_id for key in keys.list_keys(store)}
    store.close()
    assert set(acknowledged) <= kept
    assert len(kept) - len(acknowledged) <= len(writers) * 3


def _restart(server: postgresql.Server) -> None:
    found = postgresql.programs()
    assert found is not None
    options = f"-k {server.folder} -c listen_addresses= -c fsync=off -c max_connections=50"
    control = [found / "pg_ctl", "-D", server.folder / "data", *postgresql.PATIENTLY, "-m", "immediate"]
    postgresql._run(postgresql._owner(), [*control, "-o", options, "-l", server.folder / "log", "restart"])
