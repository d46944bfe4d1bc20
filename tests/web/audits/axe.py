"""axe on every page of every portal, in both themes, on a phone and a desk: no violation at all."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.web.audits.pages import AXE, EVERY_PAGE
from tests.web.home import CHROMIUM, PortalHome
from tests.web.watching import PATIENCE, visit

_SCREENS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
_RUN = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
_PORTALS = tuple(dict.fromkeys(visited.portal_id for visited in EVERY_PAGE))


def violations(home: PortalHome) -> Iterator[tuple[str, list[str]]]:
    """Each page in each theme and on each screen, and what axe finds wrong with it."""
    script = AXE.read_text("utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE
        )
        for scheme in ("light", "dark"):
            for screen, size in _SCREENS.items():
                for portal_id in _PORTALS:
                    with visit(browser, home, portal_id, viewport=size, color_scheme=scheme) as visitor:
                        for visited in (one for one in EVERY_PAGE if one.portal_id == portal_id):
                            page = visitor.open(visited.page, portal_id)
                            yield f"{visited.name}, {scheme}, {screen}", _found(page, script)
        browser.close()


def _found(page: Page, script: str) -> list[str]:
    """Everything folded is opened first: what nobody sees, axe does not judge."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    # By the debugger, which the page's policy does not hold back.
    page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']} at "
        + "; ".join(str(node["target"][0]) for node in rule["nodes"][:3])
        + (f" and {len(rule['nodes']) - 3} more" if len(rule["nodes"]) > 3 else "")
        for rule in found
    ]
