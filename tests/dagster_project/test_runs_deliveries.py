"""Promise: what was built is sent by a run that the sensor starts; what cannot be sent is named with its reason."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from core.delivery.outbox import Item, OutboxKind, enqueue
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.portal_webhooks import add_webhook
from core.webhooks import Webhook, WebhookEvent, new_signing_secret
from site_build import deliveries as sending
from site_build.report_runs import run as report_runs
from tests.builders import Events, call, card, customer, keep_portal, portal, publish
from tests.builders.reports import keep_report, report

pytestmark = pytest.mark.filterwarnings("ignore")
DELIVERIES = dg.AssetKey(["reports", "deliveries"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation whose daily report is due, with a webhook that leads to where nothing may go.

    Its clock stands: what fails is tried again after seconds.
    """
    now = datetime.now(UTC)
    hours = [(now - timedelta(hours=n)).replace(microsecond=0) for n in range(80)]
    publish(
        tmp_path,
        Events(customers=[customer(name="Acme & Sons")], llm_requests=[call(started_at=at) for at in hours]),
        data_as_of=now,
    )
    store = open_control_store(Settings(home=tmp_path))
    keep_portal(store, portal(card("cost.total")))
    keep_report(store, report(), now=now - timedelta(days=2))
    inside = Webhook("webhook_1", "portal_custa", "http://127.0.0.3:9/x", (WebhookEvent.PORTAL_ACCESSED,))
    with store.writing() as connection:
        add_webhook(connection, inside, secret=new_signing_secret(), now=now)
        enqueue(
            connection,
            Item(
                kind=OutboxKind.WEBHOOK_EVENT, dedupe_key="e", now=now, portal_id="portal_custa",
                payload={"event": "portal.accessed", "timestamp": "2026-11-02T09:00:00Z", "data": {}},
                customer_id="cust_a", webhook_id="webhook_1",
            ),
        )  # fmt: skip
    store.close()
    monkeypatch.setenv("PROOFLINE_HOME", str(tmp_path))
    monkeypatch.setattr(report_runs, "_now", lambda: now)
    for name in ("anything_due", "send_due"):
        monkeypatch.setattr(sending, name, partial(getattr(sending, name), now=lambda: now))
    yield tmp_path


def _tick(instance: dg.DagsterInstance) -> Any:
    from dagster_project.defs.deliveries import due_deliveries

    with dg.build_sensor_context(instance=instance) as context:
        return due_deliveries(context)


def _run(instance: dg.DagsterInstance, job: str) -> dg.ExecuteInProcessResult:
    from dagster_project.definitions import defs

    return defs.resolve_job_def(job).execute_in_process(instance=instance)


def test_a_report_that_is_built_is_mailed_by_the_next_run_and_the_blocked_is_named(home: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert _run(instance, "build_reports").success
        assert isinstance(_tick(instance), dg.RunRequest)
        result = _run(instance, "send_deliveries")
        assert isinstance(_tick(instance), dg.SkipReason)
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key == DELIVERIES]
    told = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (told["sent"], told["to_be_tried_again"], told["given_up"]) == (1, 1, 0)
    assert "webhook_1" in told["in_trouble"] and "must begin with https" in told["in_trouble"]
    checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert checks == {"nothing_waits_overdue": True, "nothing_was_given_up": True}
    (file,) = (home / "mails").glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["To"] == "ceo@acme.example"
    pdf, csv = message.iter_attachments()
    assert pdf.get_payload(decode=True) == (home / "reports/report_custa/1/report.pdf").read_bytes()
    assert csv.get_content_type() == "text/csv"
    plain = message.get_body(("plain",))
    assert plain is not None and "Acme & Sons" in plain.get_content()


def test_nothing_to_send_starts_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFLINE_HOME", str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(_tick(instance), dg.SkipReason)
    assert not (tmp_path / "control.sqlite").exists()
