"""Promise: a power cut during ingest loses nothing and loads nothing twice; the same command heals it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.home import Home
from pipeline.ingest.landing import LandingFile, find
from pipeline.ingest.raw_store import RawStore, StoredFile
from tests.pipeline.ingest.child import NOW, ingest
from tests.pipeline.ingest.rows import call, tool_call, whole_session
from tests.pipeline.runs import land

TABLES = ("llm_requests", "tool_calls", "sessions", "merged_sessions", "customers", "replaced")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and a landing directory after one good run, with more landed since."""
    root = tmp_path_factory.mktemp("before")
    land(root / "landing", "llm_requests/1.jsonl", [call("r1"), call("r2", session_id="s1")])
    ingest(root / "home", root / "landing", "first")
    land(root / "landing", "llm_requests/2.jsonl", [call("r2", record_version=1), call("r3"), call("r3")])
    land(root / "landing", "llm_requests/3.jsonl", [call("r4"), {"request_id": "bad"}])
    land(root / "landing", "sessions/1.jsonl", [whole_session()])
    land(root / "landing", "tool_calls/1.jsonl", [tool_call()])
    return root


@pytest.fixture(scope="module")
def wanted(before: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run that nobody kills comes to."""
    root = _copied(before, tmp_path_factory.mktemp("wanted"))
    ingest(root / "home", root / "landing", "second")
    return _contents(root)


@pytest.mark.parametrize(
    "point", ["after_copy:1", "after_copy:4", "after_parse:1", "after_parse:3", "after_ledger:1"]
)
def test_a_killed_run_is_healed_by_the_next(
    before: Path, wanted: dict[str, Any], tmp_path: Path, point: str
) -> None:
    root = _copied(before, tmp_path)
    known = _contents(root)
    assert _killed_at(point, root) == -signal.SIGKILL
    assert _contents(root) == known, "nobody sees what a dead run has built"
    assert all(file.copy.is_file() for file in RawStore(Home(root / "home").raw).all())
    ingest(root / "home", root / "landing", "second")
    assert _contents(root) == wanted
    assert _ledger_agrees_with_the_copies(root)
    assert not list((root / "home").glob("build-*")) and not list((root / "home/raw").glob("*.tmp"))


def _killed_at(point: str, root: Path) -> int:
    command = [sys.executable, "-m", "tests.pipeline.ingest.child", root / "home", root / "landing", "killed"]
    environment = os.environ | {"PROOFLINE_FAULT_POINT": f"ingest.{point}"}
    root_of_the_project = Path(__file__).parents[3]
    done = subprocess.run(command, env=environment, cwd=root_of_the_project, check=False, capture_output=True)
    return done.returncode


def _copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target


def _contents(root: Path) -> dict[str, Any]:
    """All rows, and how often each file was loaded; numbers of files depend on their order and are left out."""
    with duckdb.connect(str(Home(root / "home").warehouse), read_only=True) as connection:
        rows = {
            table: sorted(
                connection.execute(f"SELECT {_but_file_id(table)} FROM raw.{table}").fetchall(), key=repr
            )
            for table in TABLES
        }
        files = connection.execute("SELECT path, state, row_count, count(*) FROM raw.files GROUP BY ALL")
        rejects = connection.execute(
            "SELECT path, row_number, reason FROM raw.rejects JOIN raw.files USING (file_id)"
        )
        return {**rows, "files": sorted(files.fetchall()), "rejects": sorted(rejects.fetchall())}


def _ledger_agrees_with_the_copies(root: Path) -> bool:
    """Each file of the landing directory is in the ledger under the hash its copy gives when it is taken anew."""
    fresh = RawStore(root / "fresh")
    taken = [fresh.take(file, now=NOW) for file in find(root / "landing") if isinstance(file, LandingFile)]
    stored = {file.sha256: file.copy.read_bytes() for file in RawStore(Home(root / "home").raw).all()}
    with duckdb.connect(str(Home(root / "home").warehouse), read_only=True) as connection:
        ledger = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM raw.files").fetchall()}
    again = {file.sha256: file.copy.read_bytes() for file in taken if isinstance(file, StoredFile)}
    return stored == again and ledger == set(again)


def _but_file_id(table: str) -> str:
    return "*" if table == "merged_sessions" else "* EXCLUDE (file_id)"
