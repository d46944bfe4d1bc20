"""What a real browser makes of the door: the cookie is kept and sent, the policy holds, frames are where allowed.

Where no Chromium is installed there is no browser to ask, and this file has no tests.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from core.portals.definition import Access
from core.portals.passwords import hash_password
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.portals import change_portal, find_portal, set_password
from core.store.control.tables import PORTAL_VIEWS
from core.tokens import Permission, SigningKey, new_claims, sign
from tests.builders.api import Installation
from tests.builders.chromium import FOUND, Page, chromium
from tests.builders.doors import A, B, keep_portals, make_sites
from tests.builders.served import served
from tests.builders.tokens import KEYS
from tests.builders.waiting import comes

OWN_SCRIPT = Path(__file__).parents[2] / "templates" / "assets" / "portal.js"
_LOADED = "document.readyState === 'complete'"
PAGE = """<!doctype html><meta charset="utf-8"><title>acme</title>
<link rel="stylesheet" href="/assets/site.1a.css">
<p id="styled" style="color: rgb(1, 2, 3)">of acme</p>
<script>window.inline = true</script>
<script type="application/json" id="island">{"n": 1}</script>
<script src="/assets/site.1a.js"></script>
<script src="/assets/portal.1a.js"></script>
<img src="https://elsewhere.example/x.png" onerror="window.handler = true">
"""
SCRIPT = """
window.own = true;
window.island = JSON.parse(document.getElementById('island').textContent).n;
try { window.evaluated = (0, eval)('1 + 1') } catch (refused) { window.evaluated = 'refused' }
window.got = fetch(location.pathname.split('/').slice(0, 3).join('/') + '/data.json').then(r => r.status);
"""


@dataclass(frozen=True)
class Served:
    settings: Settings
    port: int
    embedder: int

    @property
    def home(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, portal_id: str = A, customer_id: str = "cust_a") -> str:
        claims = new_claims(portal_id, customer_id, list(Permission), seconds=600, now=datetime.now(UTC))
        return sign(claims, SigningKey(*KEYS[0]))


@contextmanager
def _embedder() -> Iterator[int]:
    """Somebody's site at http://localhost that shows the address after `?` in a frame."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            source = self.path.partition("?")[2]
            body = f'<!doctype html><iframe id="f" src="{source}"></iframe>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if FOUND:

    @pytest.fixture(scope="module")
    def site(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Served]:
        settings = replace(installation.copy_to(tmp_path_factory.mktemp("browser")), signing_keys=KEYS)
        make_sites(settings)
        assets = settings.sites_dir / "assets"
        assets.mkdir()
        (assets / "site.1a.css").write_text("#styled { margin-left: 7px }")
        (assets / "site.1a.js").write_text(SCRIPT)
        shutil.copy(OWN_SCRIPT, assets / "portal.1a.js")
        (settings.sites_dir / A / "index.html").write_text(PAGE)
        with _embedder() as embedder:
            store = open_control_store(settings)
            keep_portals(store)
            with store.writing() as connection:
                for portal_id, access in (
                    (A, Access(embed_enabled=True, allowed_domains=(f"localhost:{embedder}",))),
                    (B, Access(public=True, password_protected=True)),
                ):
                    stored = find_portal(connection, portal_id, None)
                    assert stored is not None
                    definition = replace(stored.definition, access=access)
                    change_portal(connection, stored, definition, now=datetime.now(UTC))
                stored = find_portal(connection, B, None)
                assert stored is not None
                set_password(connection, stored, hash_password("correct horse"), now=datetime.now(UTC))
            store.close()
            with served(settings) as port:
                yield Served(settings, port, embedder)

    @pytest.fixture
    def page(tmp_path: Path) -> Iterator[Page]:
        with chromium(tmp_path / "profile") as page:
            yield page

    def test_a_link_opens_the_page_and_leaves_no_token_in_the_address(site: Served, page: Page) -> None:
        token = site.token()
        page.go(f"{site.home}/p/{A}?token={token}")
        assert page.run("location.href") == f"{site.home}/p/{A}"
        assert page.run("document.title") == "acme"
        assert page.run("document.referrer + document.cookie") == ""
        page.go(f"{site.home}/p/{A}/activity.html")
        assert "of acme" in page.run("document.body.textContent")
        (cookie,) = page.cookies()
        assert (cookie["name"], cookie["path"]) == ("portal_session", f"/p/{A}")
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
        assert token not in str(cookie)
        # What the browser has kept of other addresses is of no use there.
        page.go(f"{site.home}/p/{B}")
        assert "777" not in page.run("document.documentElement.outerHTML")

    def test_the_policy_lets_the_page_s_own_script_run_and_nothing_else(site: Served, page: Page) -> None:
        page.go(f"{site.home}/p/{A}?token={site.token()}")
        page.until("window.got !== undefined")
        assert page.run("[window.own, window.island, window.evaluated]") == [True, 1, "refused"]
        assert page.run("window.got") == 200
        assert page.run("[typeof window.inline, typeof window.handler]") == ["undefined", "undefined"]
        style = "getComputedStyle(document.getElementById('styled'))"
        assert page.run(f"{style}.marginLeft") == "7px"
        assert page.run(f"{style}.color") != "rgb(1, 2, 3)"
        requested = [
            event["params"]["request"]["url"]
            for event in page.events
            if event.get("method") == "Network.requestWillBeSent"
        ]
        left = [url for url in requested if not url.startswith((site.home, "about:"))]
        # The picture elsewhere is asked for by the page, and stopped by the browser.
        stopped = [e for e in page.events if e.get("method") == "Network.loadingFailed"]
        assert len(left) <= len(stopped)
        assert all(e["params"].get("blockedReason") == "csp" for e in stopped)

    def test_a_frame_shows_the_portal_where_that_is_allowed_and_keeps_its_session(
        site: Served, page: Page
    ) -> None:
        source = f"{site.home}/embed/{A}?token={site.token()}"
        page.go(f"http://localhost:{site.embedder}/?{source}")
        (cookie,) = page.cookies()
        assert (cookie["path"], cookie["sameSite"]) == (f"/embed/{A}", "None")
        assert cookie["secure"] and cookie["partitionKey"]
        assert "of acme" in page.framed_text()
        page.go(f"http://localhost:{site.embedder}/?{site.home}/embed/{A}/activity.html")
        assert "activity.html of acme" in page.framed_text()

    def test_a_frame_elsewhere_shows_nothing(site: Served, page: Page) -> None:
        for source in (f"{site.home}/embed/{A}", f"{site.home}/p/{A}"):
            page.go(f"http://127.0.0.1:{site.embedder}/?{source}?token={site.token()}")
            assert "acme" not in page.framed_text()
        page.go(f"http://localhost:{site.embedder}/?{site.home}/p/{A}?token={site.token()}")
        assert "acme" not in page.framed_text()

    def test_a_page_that_is_left_says_so(site: Served, page: Page) -> None:
        store = open_control_store(site.settings)

        def leaving() -> int:
            with store.reading() as connection:
                found = connection.execute(select(PORTAL_VIEWS.c.left_at)).all()
            return sum(row.left_at is not None for row in found)

        before = leaving()
        page.go(f"{site.home}/p/{A}?token={site.token()}")
        page.go("about:blank?left")
        assert comes(lambda: leaving() > before)
        store.close()

    def test_a_password_is_typed_and_opens_the_page(site: Served, page: Page) -> None:
        page.go(f"{site.home}/p/{B}")
        page.run("document.querySelector('input').value = 'wrong horse'")
        page.run("document.querySelector('form').requestSubmit()")
        page.until(f"{_LOADED} && document.body.textContent.includes('not the password')")
        page.run("document.querySelector('input').value = 'correct horse'")
        page.run("document.querySelector('form').requestSubmit()")
        page.until(f"{_LOADED} && document.body.textContent.includes('of globex 777')")
        assert page.run("location.href") == f"{site.home}/p/{B}"
