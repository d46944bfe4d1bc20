"""Judges the portals' pages with axe and Lighthouse, prints what they say, and fails where that is not good enough."""

import sys
import tempfile
from pathlib import Path

from tests.web.audits.axe import violations
from tests.web.audits.lighthouse import medians, too_low
from tests.web.audits.pages import missing
from tests.web.home import PortalHome, portal_home


def main() -> int:
    lacking = missing()
    if lacking is not None:
        print(lacking, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, portal_home(Path(folder)) as home:
        wrong = _axe(home) + _lighthouse(home)
    print("Not good enough." if wrong else "Good enough.")
    return 1 if wrong else 0


def _axe(home: PortalHome) -> int:
    pages = wrong = 0
    for name, found in violations(home):
        pages, wrong = pages + 1, wrong + len(found)
        for text in found:
            print(f"  axe  {name}: {text}", flush=True)
    print(f"axe: {wrong} violations on {pages} pages")
    return wrong


def _lighthouse(home: PortalHome) -> int:
    wrong = 0
    for name, screen, scores in medians(home):
        low = too_low(screen, scores)
        told = ", ".join(f"{what} {score:g}" for what, score in scores.items())
        print(f"Lighthouse, {name}, {screen}: {told}" + "".join(f"; {what}" for what in low), flush=True)
        wrong += len(low)
    return wrong


sys.exit(main())
