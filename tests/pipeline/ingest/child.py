"""Ingests a landing directory as a process of its own, which a kill point may end: home, landing, run id."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from core.settings import load
from pipeline import build
from pipeline.home import Home

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ingest(home: Path, landing: Path, run_id: str) -> None:
    """One run up to `raw`, after which its database becomes the warehouse."""
    settings = load({"PROOFLINE_HOME": str(home)})
    request = build.Request(landing, NOW)
    with build.lock(Home(settings.home)):
        plan = build.plan(settings, request, lambda *_: None)
        build.run_ingest(settings, request, plan, run_id, lambda *_: None)
        build.promote(settings, run_id)


if __name__ == "__main__":
    ingest(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
