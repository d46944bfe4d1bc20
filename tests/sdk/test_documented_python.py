"""The documents' Python examples run as they stand, but for the key and the reader's own mail program."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.service import Service

EXAMPLES = Path(__file__).parent / "documented"


def ran(
    name: str, service: Service, monkeypatch: pytest.MonkeyPatch, **more: Any
) -> tuple[dict[str, Any], list[str]]:
    """The names that the example leaves behind, and what it printed; the service's log may go to the same terminal."""
    printed: list[str] = []
    monkeypatch.setenv("PROOFLINE_BASE_URL", service.base_url)
    text = (EXAMPLES / name).read_text().replace("pl_live_xxxxxx", service.keys["admin"])
    names: dict[str, Any] = {"print": printed.append, **more}
    exec(compile(text, name, "exec"), names)
    names["client"].close()
    return names, printed


def test_a_portal_is_made_shared_and_reported(sdk_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, str]] = []
    names, printed = ran(
        "portal.py.txt",
        sdk_service,
        monkeypatch,
        send_email_to_customer=lambda **mail: sent.append(mail),
    )
    link, embed, scheduled = printed
    assert re.fullmatch(r"Portal created: https://api\.example\.com/p/portal_\w{22}", link)
    assert embed.startswith('Embed code: <iframe src="https://api.example.com/embed/portal_')
    assert re.fullmatch(r"Report scheduled: 20\d\d-\d\d-01T09:00:00-0[45]:00", scheduled)
    assert sent[0]["portal_url"] == names["token"].portal_url
    with sdk_service.portals() as client:
        assert client.portals.get(names["portal"].portal_id).status == "active"


def test_numbers_are_read_and_a_metric_is_made_of_them(
    sdk_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, printed = ran("analytics.py.txt", sdk_service, monkeypatch)
    first, *points, last = printed
    assert re.fullmatch(r"Total cost: \$\d+\.\d+", first)
    assert points[:2] == [
        "2025-01-01T00:00:00Z: $0.25 (model-large)",
        "2025-01-01T00:00:00Z: $0.5 (model-small)",
    ]
    assert len(points) == 2 * 5
    assert re.fullmatch(r"Efficiency score: 0\.\d+", last)
