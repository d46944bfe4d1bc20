"""Lighthouse on a portal's pages, as on a phone and on a desk: the median of three runs of each."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.web.audits.pages import LIGHTHOUSE, MEASURED, Visited
from tests.web.home import CHROMIUM, PortalHome

RUNS, _ATTEMPTS = 3, 3
LEAST = {
    "desktop": {"performance": 95, "accessibility": 95, "best-practices": 95},
    "mobile": {"performance": 90, "accessibility": 95, "best-practices": 95},
}
_FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"

Scores = dict[str, float]


def medians(home: PortalHome) -> Iterator[tuple[str, str, Scores]]:
    """Each page on each kind of screen, and its scores of 100."""
    for visited in MEASURED:
        for screen in LEAST:
            runs = [_scores(home, visited, screen) for _ in range(RUNS)]
            yield visited.name, screen, {name: median(run[name] for run in runs) for name in LEAST[screen]}


def too_low(screen: str, scores: Scores) -> list[str]:
    return [f"{name} is below {least}" for name, least in LEAST[screen].items() if scores[name] < least]


def _scores(home: PortalHome, visited: Visited, screen: str) -> Scores:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = ["node", str(LIGHTHOUSE), home.page(visited.portal_id, visited.page), "--quiet",
                   f"--only-categories={','.join(LEAST[screen])}", "--output=json", f"--output-path={out}",
                   f"--chrome-flags={_FLAGS}", f"--extra-headers={_authority(home, visited, folder)}",
                   *(["--preset=desktop"] if screen == "desktop" else [])]  # fmt: skip
        environment = os.environ | {"CHROME_PATH": str(CHROMIUM), "NO_COLOR": "1"}
        _run(command, environment)
        report = json.loads(out.read_text("utf-8"))
    return {name: round(100 * (report["categories"][name]["score"] or 0)) for name in LEAST[screen]}


def _run(command: list[str], environment: dict[str, str]) -> None:
    """Once more, and again, where the browser was too busy to record its own start, as it says then."""
    for attempt in range(_ATTEMPTS):
        is_last = attempt == _ATTEMPTS - 1
        told = subprocess.run(command, env=environment, check=is_last, stdout=subprocess.DEVNULL)
        if told.returncode == 0:
            return


def _authority(home: PortalHome, visited: Visited, folder: str) -> Path:
    """A header in place of the cookie, which each run's empty profile does not have."""
    path = Path(folder) / "headers.json"
    path.write_text(json.dumps({"Authorization": f"Bearer {home.token(visited.portal_id)}"}))
    return path
