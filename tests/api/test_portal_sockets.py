"""Addresses as they come over a socket: whatever is asked for, only the portal's own files are opened and sent."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.store.control import open_control_store
from core.tokens import Permission, SigningKey, new_claims, sign
from tests.builders.api import Installation
from tests.builders.doors import A, B, keep_portals, make_sites
from tests.builders.served import exchange, served, split
from tests.builders.tokens import KEYS

_OPENED: list[str] = []
_IS_WATCHING = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _IS_WATCHING and event == "open":
        _OPENED.append(str(arguments[0]))


@dataclass(frozen=True)
class Site:
    port: int
    settings: Settings
    token: str

    def get(self, path: str | bytes, *headers: str) -> tuple[int, dict[str, Any], bytes]:
        return split(exchange(self.port, path, f"Authorization: Bearer {self.token}", *headers))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("sockets")
    settings = replace(installation.copy_to(home), signing_keys=KEYS)
    store = open_control_store(settings)
    keep_portals(store)
    store.close()
    make_sites(settings)
    folder = settings.sites_dir / A
    (folder / "escape.html").symlink_to(settings.sites_dir / B / "index.html")
    (folder / "inner").symlink_to(settings.sites_dir / B)
    (folder / "folder.html").mkdir()
    (folder / ".env").write_text("777")
    (folder / "_notes.html").write_text("777")
    os.mkfifo(folder / "pipe.html")
    claims = new_claims(A, "cust_a", Permission, seconds=3600, now=datetime.now(UTC))
    sys.addaudithook(_watch)
    with served(settings) as port:
        yield Site(port, settings, sign(claims, SigningKey(*KEYS[0])))


@pytest.fixture
def opened(site: Site) -> Iterator[list[str]]:
    """What this process opens meanwhile."""
    global _IS_WATCHING
    _OPENED.clear()
    _IS_WATCHING = True
    yield _OPENED
    _IS_WATCHING = False


TRAVERSALS = [
    "../portal_b777b7/index.html", "..%2fportal_b777b7%2findex.html", "%2e%2e/%2e%2e/etc/passwd", "..%5c..%5cx.html",
    "%2e%2e%2fportal_b777b7%2findex.html", "..%252fportal_b777b7%252findex.html", "..\\portal_b777b7\\index.html",
    "....//....//etc/passwd", "..;/portal_b777b7/index.html", "%2e%2e%2f", "//etc/passwd", "/etc/passwd",
    "index.html%00.png", "index.html%00", "index.html%0a", "index.html%20", "%ef%bc%8e%ef%bc%8e/portal_b777b7",
    "C:\\windows\\win.ini", "file:///etc/passwd", ".env", ".git/config", "CURRENT", "../../control.sqlite",
    "../../signing_keys.json", "manifest.json.tmp", "index.html/", "index.html/.", "./index.html", "reports",
    "reports/", "reports/.", "reports/..", "reports/../index.html", "reports//3.pdf", "index.html~", "index.HTML",
    "_notes.html", "../_pages/error.html", "~root/x.html", "a/b/c/d/e.html", "x" * 300 + ".html", "index.html%3f",
    "index.html;x", "-rf.html", "con.html", "escape.html", "inner/index.html", "pipe.html", "folder.html",
    "folder.html/x.html", "%252e%252e/x.html", "..", ".", "...", "%2e", "*", "index.html%23", "|", "%7c", "$HOME/x.html",
]  # fmt: skip


@pytest.mark.parametrize("name", TRAVERSALS)
@pytest.mark.parametrize("place", ["p", "embed"])
def test_whatever_is_asked_for_only_the_portal_s_own_files_are_opened(
    site: Site, opened: list[str], place: str, name: str
) -> None:
    missing = site.get(f"/{place}/{A}/missing.html")
    opened.clear()
    found = site.get(f"/{place}/{A}/{name}")
    assert (found[0], found[2]) == (404, missing[2]), name
    assert b"777" not in found[2]
    inside = str(site.settings.sites_dir / A)
    # Files are opened step by step: first the folder itself, then plain names inside it.
    foreign = [path for path in opened if "/" in path and not path.startswith(inside)]
    assert [path for path in foreign if "passwd" in path or B in path or "win.ini" in path] == []


@pytest.mark.parametrize("name", ["%c0%ae%c0%ae/etc/passwd", "%ff.html", "%fc%80%80%80%80%ae"])
def test_an_address_that_is_no_text_is_refused(site: Site, name: str) -> None:
    assert site.get(f"/p/{A}/{name}")[0] in (400, 404)


@pytest.mark.parametrize(
    "target", [f"//p/{A}", f"/p//{A}", f"/./p/{A}", f"/x/../p/{A}", f"/p/{A}/../{A}", f"/P/{A}"]
)
def test_another_spelling_of_a_page_s_address_is_another_address(site: Site, target: str) -> None:
    assert site.get(target)[0] == 404


def test_an_encoded_letter_is_the_letter(site: Site) -> None:
    assert site.get(f"/%70/{A}/%69ndex.html")[0] == 200


def test_no_listing_is_ever_sent(site: Site) -> None:
    status, _, body = site.get(f"/p/{A}/")
    assert status == 200 and b"index.html of acme" in body


def test_a_token_in_an_address_reaches_no_log_and_no_other_address(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = exchange(site.port, f"/p/{A}?token={site.token}")
    wrong = exchange(site.port, f"/p/{A}?token={site.token}x")
    status, headers, _ = split(answer)
    assert status == 303 and headers["location"] == f"/p/{A}"
    written = "".join(capfd.readouterr())
    for part in (site.token, site.token.split(".")[1], site.token.split(".")[2]):
        assert part not in written
        assert part.encode() not in wrong
    assert site.token.split(".")[2].encode() not in answer


def test_a_beacon_is_taken_without_a_word(site: Site) -> None:
    sent = ("Content-Type: text/plain;charset=UTF-8", f"Authorization: Bearer {site.token}")
    for headers in (sent, sent[:1]):
        answer = exchange(site.port, f"/p/{A}/leave", *headers, method="POST", body=b"x" * 100)
        assert split(answer)[0] in (204, 401)


def test_a_folder_of_a_portal_that_is_missing_is_opened_nowhere_else(site: Site, tmp_path: Path) -> None:
    assert site.get("/p/portal_missing/index.html")[0] == 404
    assert site.get("/assets/../portal_a0a0a0/index.html")[0] == 404
    assert site.get("/assets/%2e%2e/portal_a0a0a0/index.html")[0] == 404


def test_the_server_s_own_access_log_has_addresses_without_their_queries(site: Site) -> None:
    """Whoever starts the application with the server's own command gets that log too."""
    import logging

    written: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    log, handler = logging.getLogger("uvicorn.access"), Listening()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    target = f"/p/{A}?token={site.token}"
    log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:5", "GET", target, "1.1", 303)
    log.removeHandler(handler)
    assert written == [f'127.0.0.1:5 - "GET /p/{A} HTTP/1.1" 303']
