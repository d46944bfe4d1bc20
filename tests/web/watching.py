"""What a browser complains of while a page is open: errors, what the policy refused, requests that leave the host."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.home import FULL, PortalHome

# Milliseconds for whatever a browser is to do, which on a busy machine takes as long as it takes.
PATIENCE = 180_000.0
# Not subject to the page's own policy: the browser runs it before anything of the page.
_LISTEN = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (e) =>
  window.refused.push(`${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile}`));
"""
# As a wheel does: where an element is brought into view by its name, newer browsers let the Tab key begin there.
_SCROLL_TO = "(plot) => scrollTo(0, scrollY + plot.getBoundingClientRect().top - innerHeight / 2)"
_DRAWN = "(plot) => plot.querySelector('svg.marks') !== null"


class Watched:
    """A tab and everything that went wrong in it."""

    def __init__(self, page: Page, home: PortalHome) -> None:
        self.page, self.home = page, home
        self.complaints: list[str] = []
        page.add_init_script(_LISTEN)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure))

    def open(self, page: str = "", portal_id: str = FULL) -> Page:
        """Goes to a page of the portal and waits until its charts are drawn."""
        self.page.goto(self.home.page(portal_id, page), wait_until="load")
        return self.drawn()

    def drawn(self) -> Page:
        """Goes down the page, as charts are drawn when they come near the screen, and up again."""
        for plot in self.page.query_selector_all("#shown [data-chart]"):
            plot.evaluate(_SCROLL_TO)
            self.page.wait_for_function(_DRAWN, arg=plot)
        self.page.evaluate("scrollTo(0, 0)")
        return self.page

    def all_complaints(self) -> list[str]:
        """Those of every page so far; of refusals, those of the page that is open."""
        return self.complaints + [f"policy: {what}" for what in self.page.evaluate("window.refused")]

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _failed(self, url: str, why: str | None) -> None:
        # What was still under way when the page was left is no failure.
        if why != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {url} {why}")

    def _request(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob") and address.netloc != f"127.0.0.1:{self.home.port}":
            self.complaints.append(f"left the host: {url}")


@contextmanager
def visit(
    browser: Browser, home: PortalHome, portal_id: str = FULL, link: str | None = None, **more: Any
) -> Iterator[Watched]:
    """A visitor with a profile of their own who came by a link to the portal."""
    given = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **more}
    context: BrowserContext = browser.new_context(**given)
    context.set_default_timeout(PATIENCE)
    try:
        watched = Watched(context.new_page(), home)
        watched.page.goto(link or home.link(portal_id), wait_until="load")
        yield watched
    finally:
        context.close()
