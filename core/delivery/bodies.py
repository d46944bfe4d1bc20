"""The bodies of messages by HTTP: the same bytes for every attempt, because receivers compare them."""

import json
from typing import Any

from core.delivery.announce import message
from core.delivery.claims import Claimed
from core.delivery.outbox import OutboxKind
from core.delivery.report_files import read_report_files, report_data
from core.settings import Settings
from core.store.control import ControlStore

REPORT_READY = "report.ready"


def body_of(claimed: Claimed, settings: Settings, store: ControlStore) -> bytes:
    """NotComposed where the files that it is about cannot be read."""
    if claimed.kind is OutboxKind.WEBHOOK_EVENT:
        return claimed.payload_text.encode()
    return json.dumps(_plain(claimed, settings, store), ensure_ascii=False, separators=(",", ":")).encode()


def _plain(claimed: Claimed, settings: Settings, store: ControlStore) -> dict[str, Any]:
    if claimed.kind is not OutboxKind.WEBHOOK_REPORT:
        said: dict[str, Any] = claimed.payload["message"]
        return {"text": slack_text(said["data"])} if claimed.kind is OutboxKind.ALERT_SLACK else said
    files = read_report_files(settings, store, str(claimed.report_id), int(claimed.archive_n or 0))
    data = report_data(files, settings, delivery_id=claimed.delivery_id)
    return message(REPORT_READY, data, claimed.enqueued_at)


def slack_text(data: dict[str, object]) -> str:
    """A rule's change in one line, as chats show it; what people typed is no markup."""
    state = {"firing": "is firing", "ok": "is well again", "no_data": "has no data"}[str(data["state"])]
    value = "no value" if data["value"] is None else f"{data['value']:g}"
    line = (
        f"{data['name']} {state}: {data['metric_id']} is {value} ({data['operator']} {data['threshold']:g})"
    )
    whose = f", customer {data['customer_id']}" if data["customer_id"] else ""
    said = f"{line}{whose}, at {data['at']}"
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
