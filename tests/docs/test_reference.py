"""The reference says what the code says, and its examples work."""

import inspect
import json
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from core.delivery import announce, crossings
from core.webhooks import WebhookEvent, new_signing_secret
from docs.__main__ import FOLDER, PAGES, old_pages
from docs.examples.verify_webhook import verified
from docs.webhooks import _PAYLOADS

BODY = json.dumps({"event": "portal.accessed", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()


def test_every_page_is_what_the_code_says() -> None:
    assert old_pages() == [], "run make docs"


def test_no_page_is_left_that_nobody_prints() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_whole_and_their_tables_even(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert not re.search(r"\bNone\b[^ ]|\bnan\b|<[A-Z][a-z]+\.|\{[A-Z_]+\}", text)
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("|")]
    assert widths and min(widths) >= 3
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_every_webhook_event_is_described() -> None:
    text = (FOLDER / "webhooks.md").read_text(encoding="utf-8")
    assert all(f"| `{event}` |" in text for event in WebhookEvent)


def test_the_payloads_that_are_described_are_those_that_are_sent() -> None:
    sent = inspect.getsource(announce) + inspect.getsource(crossings)
    for _, fields in _PAYLOADS.values():
        assert all(f'"{field}":' in sent for field in fields), fields


def _signed(secret: str, at: int | None = None) -> dict[str, str]:
    sent = datetime.fromtimestamp(int(time.time()) if at is None else at, UTC)
    signature = Webhook(secret).sign("msg_1", sent, BODY.decode())
    stamp = str(int(sent.timestamp()))
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def _messages() -> list[tuple[bytes, dict[str, str], str]]:
    """A good message, one under a secret that is being replaced, and four that must not pass."""
    ours, other = new_signing_secret(), new_signing_secret()
    both = _signed(other)
    both["webhook-signature"] += " " + _signed(ours)["webhook-signature"]
    return [
        (BODY, _signed(ours), ours),
        (BODY, both, ours),
        (BODY + b" ", _signed(ours), ours),
        (BODY, _signed(other), ours),
        (BODY, _signed(ours) | {"webhook-id": "msg_2"}, ours),
        (BODY, _signed(ours, int(time.time()) - 600), ours),
    ]


def _by_node(messages: list[tuple[bytes, dict[str, str], str]]) -> list[bool]:
    example = FOLDER.parent / "examples" / "verify_webhook.mjs"
    script = (
        f"import {{ verified }} from {json.dumps(example.as_uri())};"
        "const told = JSON.parse(process.argv[1]).map(([body, ...rest]) => verified(Buffer.from(body), ...rest));"
        "console.log(JSON.stringify(told));"
    )
    asked = json.dumps([(body.decode(), headers, secret) for body, headers, secret in messages])
    command = ["node", "--input-type=module", "-e", script, asked]
    return list(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def _by_python(messages: list[tuple[bytes, dict[str, str], str]]) -> list[bool]:
    return [verified(*message) for message in messages]


@pytest.mark.parametrize("verify", [_by_python, *([_by_node] if shutil.which("node") else [])])
def test_an_example_takes_what_is_ours_and_nothing_else(verify) -> None:
    assert verify(_messages()) == [True, True, False, False, False, False]
