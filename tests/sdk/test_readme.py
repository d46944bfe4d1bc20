"""What the Python SDK's README shows runs, one block after the other."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.delivery.signing import signed_headers
from core.webhooks import new_signing_secret
from tests.sdk.service import Service

BLOCKS = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
README = Path(__file__).parents[2] / "sdk" / "python" / "README.md"


def test_every_block_of_the_readme_runs(sdk_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFLINE_BASE_URL", sdk_service.base_url)
    monkeypatch.setenv("PROOFLINE_API_KEY", sdk_service.keys["admin"])
    printed: list[str] = []
    # The service's log may go to the same terminal at any time.
    names: dict[str, Any] = {"print": lambda *said: printed.append(" ".join(map(str, said)))}
    for block in BLOCKS.findall(README.read_text()):
        exec(compile(block, str(README), "exec"), names)
    said = "\n".join(printed)
    assert "?token=ey" in said and "Your agents active" in said
    assert "2025-01-01T00:00:00Z 0.25 model-large" in said
    assert "PORTAL_NOT_FOUND portal_id" in said
    printed.clear()
    assert received(names["receive"]) == (204, 400)
    assert printed == ["portal.accessed portal_1"]


def received(receive: Any) -> tuple[int, int]:
    """What the receiver answers to a message of ours and to one of somebody else."""
    secret, body = (
        new_signing_secret(),
        json.dumps({"event": "portal.accessed", "data": {"portal_id": "portal_1"}}),
    )
    headers = signed_headers([secret], message_id="msg_1", body=body.encode(), now=datetime.now(UTC))
    return receive(body.encode(), headers, secret), receive(b"{}", headers, secret)
