"""Logos are fetched once under guards; whatever goes wrong with one, the portal has its letter and its numbers."""

import struct
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from core.addresses import Reach
from core.portals.definition import PortalDefinition
from core.settings import Settings
from core.sites import is_file_name
from site_build.logo_fetch import LogoRefused, fetch
from site_build.sites import build_sites
from tests.site_build.conftest import NOW, everything

# This service itself is at 127.0.0.1, where no logo may come from.
HOST = "127.0.0.2"
INSIDE = Reach.of(("http://127.0.0.1:8000",), ("127.0.0.0/8",))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03" + bytes(20)
WEBP = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\0\0\x1f\0\0"
BODIES = {
    "/logo.png": png(),
    "/photo": JPEG,
    "/small.webp": WEBP,
    "/wide.png": png(2001, 1),
    "/huge.png": png() + bytes(512 * 1024),
    "/drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "/page": b"<!doctype html>",
    "/cut.png": png()[:18],
}


class _Answers(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/slow.png":
            self._dribble()
            return
        if self.path == "/moved.png":
            self.send_response(302)
            self.send_header("Location", "/logo.png")
            self.end_headers()
            return
        body = BODIES.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self._send(body or b"")

    def _dribble(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3000")
        self.end_headers()
        for _ in range(3000):
            if not self._send(b"\x89"):
                return
            time.sleep(0.1)

    def _send(self, body: bytes) -> bool:
        try:
            self.wfile.write(body)
        except OSError:
            return False
        return True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    _Answers.asked = []
    with ThreadingHTTPServer((HOST, 0), _Answers) as server:
        server.daemon_threads = False
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "suffix"), [("/logo.png", "png"), ("/photo", "jpg"), ("/small.webp", "webp")]
)
def test_a_picture_is_known_by_its_own_bytes(server: str, path: str, suffix: str) -> None:
    found = fetch(server + path, INSIDE)
    assert (found.suffix, found.data) == (suffix, BODIES[path])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/wide.png", "2001 by 1 pixels"),
        ("/huge.png", "larger than 512 KiB"),
        ("/drawing.svg", "no PNG, JPEG or WebP"),
        ("/page", "no PNG, JPEG or WebP"),
        ("/cut.png", "breaks off"),
        ("/moved.png", "answers 302"),
        ("/none.png", "answers 404"),
    ],
)
def test_what_is_no_fit_picture_is_refused_with_the_reason(server: str, path: str, reason: str) -> None:
    with pytest.raises(LogoRefused, match=reason):
        fetch(server + path, INSIDE)


def test_whoever_sends_slowly_is_not_waited_for(server: str) -> None:
    begun = time.monotonic()
    with pytest.raises(LogoRefused):
        fetch(f"{server}/slow.png", INSIDE, seconds=0.4)
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    ("reach", "reason"),
    [
        (Reach(), "must begin with https"),
        (Reach.of((f"http://{HOST}",), ("127.0.0.0/8",)), "a host of this service itself"),
    ],
)
def test_addresses_inside_are_not_asked_unless_that_is_allowed(
    server: str, reach: Reach, reason: str
) -> None:
    with pytest.raises(LogoRefused, match=reason):
        fetch(f"{server}/logo.png", reach)
    assert _Answers.asked == []


def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(LogoRefused, match="may not go"):
        fetch("https://logos.example.com/a.png", Reach())


Keep = Callable[..., None]


@pytest.fixture
def inside(settings: Settings) -> Settings:
    return replace(settings, private_targets=("127.0.0.0/8",))


def _with_logo(url: str) -> PortalDefinition:
    made = everything()
    return replace(made, branding=replace(made.branding, logo_url=url))


def test_a_logo_is_fetched_once_and_stands_in_the_site(inside: Settings, keep: Keep, server: str) -> None:
    keep(_with_logo(f"{server}/logo.png"))
    report = build_sites(inside, now=NOW)
    assert report.without_logo == ()
    site = inside.sites_dir / "portal_A"
    (logo,) = site.glob("logo.*")
    assert is_file_name(logo.name) and logo.read_bytes() == BODIES["/logo.png"]
    assert f'src="./{logo.name}"' in (site / "index.html").read_text()
    changed = _with_logo(f"{server}/logo.png")
    keep(replace(changed, name="Another"))
    assert build_sites(inside, now=NOW).built == 1
    assert _Answers.asked == ["/logo.png"]
    assert logo.exists()


def test_without_its_logo_a_portal_has_its_letter_and_the_report_says_why(
    inside: Settings, keep: Keep, server: str
) -> None:
    keep(_with_logo(f"{server}/page"))
    report = build_sites(inside, now=NOW)
    assert (report.built, report.is_complete) == (1, True)
    assert report.without_logo == ("portal_A is shown without its logo: it is no PNG, JPEG or WebP picture.",)
    site = inside.sites_dir / "portal_A"
    assert 'class="monogram"' in (site / "index.html").read_text()
    assert not list(site.glob("logo.*"))


def test_a_logo_that_nobody_shows_is_forgotten(inside: Settings, keep: Keep, server: str) -> None:
    keep(_with_logo(f"{server}/logo.png"))
    build_sites(inside, now=NOW)
    keep(everything())
    build_sites(inside, now=NOW)
    assert not (inside.sites_dir / ".logos").exists()
    assert not list((inside.sites_dir / "portal_A").glob("logo.*"))
