"""Hostile addresses and hostile HTTP, byte for byte over a socket: nothing outside a site's folder is ever opened."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api import protocol
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A, Answer, B, Stage
from tests.security.watch import Seen

_FILE = "GET /p/portal_a/<input> with a valid token"


def _split(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = tuple((line.partition(": ")[0].lower(), line.partition(": ")[2]) for line in lines)
    return Answer(int(first.split(" ")[1]), pairs, body)


def _get(stage: Stage, target: str, token: str | None = None, host: str = "x", more: str = "") -> Answer:
    shown = f"Authorization: Bearer {token}\r\n" if token else ""
    return _split(
        stage.raw(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{shown}{more}Connection: close\r\n\r\n".encode())
    )


_NO_TRAVERSAL = ("PATH-021", "PATH-022", "PATH-023")


@pytest.mark.parametrize("place", ["p", "embed"])
@pytest.mark.parametrize("one", taken(group="path_traversal", where=_FILE, but=_NO_TRAVERSAL), ids=str)
def test_whatever_is_asked_for_only_the_portals_own_files_are_opened(
    stage: Stage, seen: Seen, one: Entry, place: str
) -> None:
    token = stage.token()
    missing = _get(stage, f"/{place}/{A.portal_id}/missing.html", token)
    # As a client sends it: what is no ASCII is encoded, and nothing else.
    name = "".join(quote(c) if not c.isascii() else c for c in one.text)
    answer = _get(stage, f"/{place}/{A.portal_id}/{name}", token)
    assert answer.status in one.statuses and (missing.status, missing.body) == (answer.status, answer.body)
    own = str(stage.settings.sites_dir)
    strange = [path for path in seen.opened if "/" in path and not path.startswith(own)]
    assert [path for path in strange if "passwd" in path or "win.ini" in path or B.portal_id in path] == []
    assert not any(B.portal_id in path for path in seen.opened)


@pytest.fixture
def link_in_site(stage: Stage) -> Iterator[str]:
    link = stage.settings.sites_dir / A.portal_id / "stolen.html"
    link.symlink_to(Path("..") / B.portal_id / "index.html")
    yield link.name
    link.unlink()


def test_a_link_inside_a_site_leads_nowhere(stage: Stage, link_in_site: str) -> None:
    answer = _get(stage, f"/p/{A.portal_id}/{link_in_site}", stage.token())
    assert answer.status in entry("PATH-021").statuses and B.canary("title") not in answer.text


def test_a_file_is_no_folder_and_a_folder_is_its_first_page(stage: Stage) -> None:
    assert _get(stage, f"/p/{A.portal_id}/index.html/", stage.token()).status in entry("PATH-022").statuses
    first = _get(stage, f"/p/{A.portal_id}/", stage.token())
    assert first.status in entry("PATH-023").statuses and "export.csv</a>" not in first.text
    assert A.canary("title") in first.text


@pytest.mark.parametrize("portal_id", ["..", ".", "con", "a/b", "a%2fb"])
def test_what_can_be_no_portals_id_is_none(stage: Stage, portal_id: str) -> None:
    one = entry("PATH-028")
    for path in (f"/v1/portal/configs/{portal_id}", f"/v1/portal/configs/{portal_id}/data"):
        assert stage.get(path).status in one.statuses
    assert _get(stage, f"/p/{portal_id}/index.html", stage.token()).status in one.statuses | {401}


def test_an_id_that_a_custom_metric_cannot_have_is_refused(stage: Stage) -> None:
    one = entry("PATH-030")
    body = {"id": one.text, "name": "n", "formula": {"type": "arithmetic", "expression": "1", "inputs": []}}
    answer = stage.post("/v1/analytics/metrics/custom", body)
    assert answer.status in one.statuses and answer.param == "id"


def _asks(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, *headers, "Connection: close", "", ""]).encode()


_ASKED = "GET /health HTTP/1.1"
_RAW: dict[str, bytes] = {
    "HTTP-001": _asks(_ASKED, "Host: x", "X-Long: " + "a" * 20_000_000),
    "HTTP-003": _asks(f"GET /{'a' * 200_000} HTTP/1.1", "Host: x"),
    "HTTP-007": _asks(_ASKED),
    "HTTP-008": _asks(_ASKED, "Host: evil.com/x?y="),
    "HTTP-010": _asks(
        "POST /v1/analytics/alerts HTTP/1.1", "Host: x", "Content-Length: 5", "Content-Length: 6"
    ),
    "HTTP-011": _asks("GET http://evil.com/u HTTP/1.1", "Host: x"),
    "HTTP-018": _asks(
        _ASKED, "Host: x", "Accept-Encoding: " + ", ".join(f"gzip;q=0.{n}" for n in range(900))
    ),
    "HTTP-019": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("one", taken(ids=tuple(_RAW)), ids=str)
def test_a_request_that_no_client_sends_is_answered_in_our_form(stage: Stage, one: Entry) -> None:
    answer = _split(stage.raw(_RAW[one.id]))
    assert answer.status in one.statuses
    if answer.status >= 400:
        assert _first(answer.body)["code"]


def _first(body: bytes) -> dict[str, Any]:
    """What is wrong according to the first of several answers on one connection."""
    said: dict[str, Any] = json.JSONDecoder().raw_decode(body.decode())[0]["error"]
    return said


def test_headers_that_claim_another_address_or_method_are_ignored(stage: Stage) -> None:
    one = entry("HTTP-013")
    claims = (
        f"X-Original-URL: /p/{B.portal_id}\r\nX-HTTP-Method-Override: DELETE\r\nX-Rewrite-URL: /metrics\r\n"
    )
    answer = _get(stage, "/health", more=claims)
    assert answer.status in one.statuses and json.loads(answer.body)["status"]


def test_a_head_that_comes_by_drops_is_not_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole head has the seconds that the server gives to one, however it comes."""
    entry("HTTP-004")
    assert protocol.HEAD_SECONDS <= 10
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 2.0)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", stage.port), timeout=15) as connection:
        connection.settimeout(0.5)
        closed = False
        for byte in _asks(_ASKED, "Host: x", "X-Slow: " + "a" * 100):
            try:
                connection.sendall(bytes((byte,)))
                closed = connection.recv(1000) == b""
            except TimeoutError:
                continue
            except OSError:
                closed = True
            if closed:
                break
    assert closed and time.monotonic() - began < 30
