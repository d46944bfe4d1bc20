"""Whole runs of the pipeline for tests: a landing directory made of rows, built in a folder of its own."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.settings import Settings, load
from pipeline import build, publish, transform, whole
from pipeline.home import Home

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def settings_in(home: Path, **more: str) -> Settings:
    """Settings whose state lies in `home`."""
    return load({"PROOFLINE_HOME": str(home)} | more)


def land(landing: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Writes `rows` as JSON lines to `landing/<name>`."""
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(
    settings: Settings,
    landing: Path,
    run_id: str,
    *,
    now: datetime = NOW,
    full: bool = False,
    days: tuple[date, date] | None = None,
) -> whole.Built:
    """One whole run under the pipeline's lock."""
    with build.lock(Home(settings.home)):
        return whole.run(settings, build.Request(landing, now, full=full, days=days), run_id, _nobody)


def run_parsed(
    settings: Settings,
    landing: Path,
    run_id: str,
    *,
    now: datetime = NOW,
    full: bool = False,
    days: tuple[date, date] | None = None,
) -> whole.Built:
    """The same with the models as dbt parsed them for another home, for three seconds less; nothing of dbt's own
    results lies in this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transform, "target", lambda settings: _target())
        return run(settings, landing, run_id, now=now, full=full, days=days)


@cache
def _target() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dbt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def published(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every published table, sorted; what names the run itself is left out."""
    path = publish.current(Home(settings.home))
    assert path is not None
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {
            name: sorted(connection.execute(f"FROM {name}").fetchall(), key=repr)
            for name in names
            if name != "snapshot_info"
        }


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
