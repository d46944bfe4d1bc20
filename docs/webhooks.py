"""The page of webhooks: events, payloads, headers, signatures and attempts. Its examples are files that a test runs."""

from datetime import timedelta
from pathlib import Path

from core.delivery.bodies import REPORT_READY
from core.delivery.retries import JITTER, LONGEST_RETRY_AFTER, WEBHOOK_WAITS
from core.outbound import Bounds
from core.webhooks import (
    MAX_HEADER_VALUE_CHARACTERS,
    MAX_HEADERS,
    MAX_WEBHOOKS,
    ROTATION,
    SECRET_PREFIX,
    WebhookEvent,
)
from docs.markdown import code, codes, fenced, page, table

_HOUR = timedelta(hours=1)
_EXAMPLES = Path(__file__).parent / "examples"
_INTRO = f"""\
A webhook tells an address what happens at one portal. `POST /v1/portal/webhooks` makes one and answers its
`signing_secret`, once; `PATCH`, `DELETE`, `/rotate` and `/test` are under `/v1/portal/webhooks/{{webhook_id}}`. A portal
has at most {MAX_WEBHOOKS}. Addresses are https and public; `PROOFLINE_PRIVATE_TARGETS` names networks of your own that
may be reached as well. Redirects are not followed."""
_PAYLOADS = {
    WebhookEvent.PORTAL_ACCESSED: (
        "A viewing session has ended: half an hour without a request, or the page was left",
        ("portal_id", "customer_id", "user_ip", "session_duration", "pages_viewed"),
    ),
    WebhookEvent.DATA_EXPORTED: (
        "Numbers were downloaded",
        ("portal_id", "customer_id", "format", "metric_ids", "period", "rows"),
    ),
    WebhookEvent.REPORT_DELIVERED: (
        "A report has reached its receivers",
        ("report_id", "delivery_id", "portal_id", "customer_id", "period", "method", "recipients_count", "archive_id",
         "snapshot"),
    ),
    WebhookEvent.THRESHOLD_CROSSED: (
        "An alert fires, or is over",
        ("alert_id", "name", "metric_id", "customer_id", "value", "operator", "threshold", "state", "previous_state",
         "at", "snapshot"),
    ),
}  # fmt: skip
_MESSAGE = '{"event": "portal.accessed", "timestamp": "2026-11-20T08:15:00Z", "data": {…}}'
_SIGNED = f"""\
Messages are signed as Standard Webhooks describes, so its libraries verify them as well. The secret is
`{SECRET_PREFIX}` and a key in base64. What is signed is `webhook-id.webhook-timestamp.body`, with the body's bytes as
they came: verify before parsing. After `/rotate` both secrets sign for {ROTATION // _HOUR} hours, so that
nothing is lost between.

- `webhook-id` names the message and is the same in every attempt: who has seen it has this one already.
- `webhook-timestamp` is when this attempt was made, in epoch seconds.
- `webhook-signature` holds one signature or several, `v1,…`, a space apart."""
_HEADERS = f"""\
A webhook may add up to {MAX_HEADERS} headers of its own, each value at most {MAX_HEADER_VALUE_CHARACTERS:,} printable
ASCII characters; they are masked when it is read back. A fixed header is no signature: it shows who knew it once."""
_REPORTS = f"""\
A report may go to an address instead of mailboxes, as `{REPORT_READY}`: its period, its summary in sentences, headlines,
where its files are, and the files themselves in base64 where they are small. An alert rule may name addresses too, which
are sent `{WebhookEvent.THRESHOLD_CROSSED}`. These messages are signed in the same way, with a secret of their own that
`POST /v1/portal/reports/{{report_id}}/rotate` or `POST /v1/analytics/alerts/{{alert_id}}/rotate` tells once."""
_ATTEMPTS = f"""\
Any 2xx within {Bounds().seconds:g} seconds is a delivery. Everything else is tried again, {len(WEBHOOK_WAITS) + 1}
attempts in all, after waits of {{waits}}, each {JITTER:.0%} more or less.
`Retry-After` is obeyed up to {LONGEST_RETRY_AFTER // _HOUR} hours, and 410 ends it and disables the webhook. What was
never taken stays visible and can be sent again by hand. Messages may come twice or in another order: `webhook-id` and
`timestamp` tell."""


def webhooks() -> str:
    events = table(
        ("Event", "When", "In `data`"),
        [(code(event), when, codes(fields)) for event, (when, fields) in _PAYLOADS.items()],
    )
    return page(
        "Webhooks", _INTRO, "## Events", events, fenced("json", _MESSAGE), "## Signatures", _SIGNED,
        "In Python:", _example("verify_webhook.py", "python"), "In Node:", _example("verify_webhook.mjs", "javascript"),
        "## Headers of your own", _HEADERS, "## Reports and alerts", _REPORTS,
        "## Attempts", _ATTEMPTS.format(waits=", ".join(map(_length, WEBHOOK_WAITS))),
    )  # fmt: skip


def _length(wait: timedelta) -> str:
    for name, unit in (("h", _HOUR), ("min", timedelta(minutes=1))):
        if wait >= unit:
            return f"{wait / unit:g} {name}"
    return f"{wait.total_seconds():g} s"


def _example(name: str, language: str) -> str:
    return fenced(language, (_EXAMPLES / name).read_text(encoding="utf-8"))
