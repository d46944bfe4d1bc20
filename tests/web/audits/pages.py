"""Which pages are judged, and what somebody is told who lacks the means to judge them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.web.home import CHROMIUM, FULL, LITTLE, NONE, PAGES

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
LIGHTHOUSE = HERE / "node_modules" / "lighthouse" / "cli" / "index.js"


@dataclass(frozen=True)
class Visited:
    """A page of a portal, `name` as people call it."""

    portal_id: str
    page: str

    @property
    def name(self) -> str:
        return f"{self.portal_id.removeprefix('portal_')}{self.page or ' (entry)'}"


EVERY_PAGE = tuple(Visited(portal_id, page) for portal_id in (FULL, LITTLE, NONE) for page in PAGES)
# The heaviest page, and the lightest.
MEASURED = (Visited(FULL, ""), Visited(FULL, "/definitions.html"))


def missing() -> str | None:
    """What has to be installed first, in a sentence."""
    if CHROMIUM is None:
        return "The pages are judged in Chromium, which is not here: install chromium (its name in Debian)."
    if shutil.which("node") is None:
        return "The pages are judged with axe and Lighthouse, which need node: install nodejs and npm, 18.16 or newer."
    if not AXE.is_file() or not LIGHTHOUSE.is_file():
        return f"axe and Lighthouse are not installed: run npm ci in {HERE.relative_to(Path.cwd())}."
    return None
