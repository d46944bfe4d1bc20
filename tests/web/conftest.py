"""Portals served for real and a real browser. Where no Chromium is installed, this folder has no tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.embedder import embedder
from tests.web.home import CHROMIUM, PortalHome, portal_home
from tests.web.watching import PATIENCE

collect_ignore_glob = [] if CHROMIUM else ["test_*.py"]


@pytest.fixture(scope="session")
def embedder_port() -> Iterator[int]:
    with embedder() as port:
        yield port


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, embedder_port: int) -> Iterator[PortalHome]:
    with portal_home(tmp_path_factory.mktemp("web"), embedder_port=embedder_port) as home:
        yield home


# No longer than a module: the library keeps an event loop running, which other tests must not find.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE
        )
        yield browser
        browser.close()
