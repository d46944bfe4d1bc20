"""Promise: when everything of an installation is killed at once, its next start goes on by itself."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.builders.ports import free_port
from tests.faults.processes import children, command_line, eventually, is_alive, open_files
from tests.pipeline.ingest.rows import call
from tests.pipeline.runs import land, published, settings_in

PROGRAM = Path(sys.executable).with_name("proofline")


@contextmanager
def _ui(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Web server, daemon, code server and whatever they start; none of it outlives this."""
    with subprocess.Popen(
        [str(PROGRAM), "ui", "--port", str(free_port())],
        env=os.environ | {"PROOFLINE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            _kill_all(running)


def _kill_all(running: "subprocess.Popen[bytes]") -> None:
    """As a box that stops: nothing of it does anything any more."""
    everything = [running.pid, *children(running.pid)]
    for pid in everything:
        # First nobody may start anybody new.
        _signal(pid, signal.SIGSTOP)
    everything = sorted({*everything, *children(running.pid)})
    for pid in everything:
        _signal(pid, signal.SIGKILL)
    running.wait()
    eventually(lambda: not any(map(is_alive, everything)))


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _is_building(running: "subprocess.Popen[bytes]") -> bool:
    """dbt is at work: a run has begun and holds its places."""
    assert running.poll() is None, "the UI has ended"
    return any(
        any(word.endswith("/proofline-dbt") for word in command_line(pid))
        and any(Path(name).name == "warehouse.duckdb" for name in open_files(pid))
        for pid in children(running.pid)
    )


def _asked(database: Path, question: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        return connection.execute(question).fetchall()


def _builds(home: Path) -> dict[str, str]:
    """How each build stands, by its run."""
    question = "SELECT run_id, status FROM runs WHERE pipeline_name = 'publish_metrics'"
    return dict(_asked(home / "dagster" / "history" / "runs.db", question))  # type: ignore[arg-type]


@pytest.mark.nightly
def test_everything_that_is_killed_during_a_build_goes_on_with_the_next_start(tmp_path: Path) -> None:
    land(tmp_path / "landing", "llm_requests/a.jsonl", [call(f"r{n}") for n in range(50)])
    with _ui(tmp_path) as running:
        eventually(lambda: _is_building(running))
    ((killed, status),) = _builds(tmp_path).items()
    assert status == "STARTED", "nobody is left who could say more"
    assert not (tmp_path / "published" / "CURRENT").exists()
    with _ui(tmp_path):
        eventually(lambda: (tmp_path / "published" / "CURRENT").exists())
        eventually(lambda: "SUCCESS" in _builds(tmp_path).values())
        assert _builds(tmp_path)[killed] == "FAILURE"
    index = tmp_path / "dagster" / "history" / "runs" / "index.db"
    assert (killed,) not in _asked(index, "SELECT run_id FROM concurrency_slots")
    assert len(published(settings_in(tmp_path))["fact_llm_requests"]) == 50
    assert not list(tmp_path.glob(f"build-{killed}"))
