"""Promise: whatever is killed at whatever moment, nothing acknowledged is lost and what is served is whole."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from pipeline import build, publish
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home
from tests.pipeline.ingest.rows import call
from tests.pipeline.runs import NOW, land, published, run, settings_in
from tests.pipeline.test_publish import build_with

ROOT = Path(__file__).parents[2]
NIGHTLY = pytest.mark.nightly


def _counts(module: str, *arguments: object) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{module}", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    print(module, told)
    return told


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=NIGHTLY)])
def test_no_acknowledged_write_is_lost(store_settings: Settings, kills: int) -> None:
    told = _counts("control_kills", store_settings.home, store_settings.database_url, kills)
    assert told["kills"] == kills
    assert told["acknowledged"] > 0
    assert (told["lost"], told["half"], told["damaged"]) == (0, 0, 0)


@pytest.mark.parametrize(("kills", "reads"), [(6, 20), pytest.param(120, 5000, marks=NIGHTLY)])
def test_what_is_published_is_whole_at_every_instant(tmp_path: Path, kills: int, reads: int) -> None:
    for mark in range(3):
        build_with(tmp_path / "builds" / f"b{mark}.duckdb", mark=mark)
    told = _counts("publish_kills", tmp_path / "home", tmp_path / "builds", kills, reads)
    assert told["kills"] >= (100 if kills > 100 else 3)
    assert told["reads"] >= reads
    assert (told["torn"], told["failed"], told["not_whole"]) == (0, 0, 0)
    left = [
        p.name
        for p in (tmp_path / "home" / "published").glob("*.tmp")
        if time.time() - p.stat().st_mtime > 3600
    ]
    assert left == []


def _children(pid: int) -> list[int]:
    """Every process below this one."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found, waiting = [*found, *below], [*waiting, *below]
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _dbt_of(pid: int, seconds: float = 120) -> int:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for child in _children(pid):
            try:
                if b"dbt" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return child
            except OSError:
                continue
        time.sleep(0.05)
    raise AssertionError("dbt never began")


_PIPELINE = """
import sys
from pathlib import Path
from tests.pipeline.runs import run, settings_in
root = Path(sys.argv[1])
run(settings_in(root / "home"), root / "landing", "killed")
"""


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=NIGHTLY)])
def test_a_dbt_whose_run_was_killed_ends_with_it_and_the_next_run_works(tmp_path: Path, times: int) -> None:
    settings = settings_in(tmp_path / "home")
    land(tmp_path / "landing", "llm_requests/a.jsonl", [call(f"r{n}") for n in range(50)])
    for _ in range(times):
        command = [sys.executable, "-c", _PIPELINE, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
            dbt = _dbt_of(running.pid)
            time.sleep(0.2)
            running.send_signal(signal.SIGKILL)
        until = time.monotonic() + 5
        while _is_alive(dbt) and time.monotonic() < until:
            time.sleep(0.02)
        assert not _is_alive(dbt)
        assert publish.current(Home(settings.home)) is None
    assert run(settings, tmp_path / "landing", "next").snapshot is not None
    assert len(published(settings)["fact_llm_requests"]) == 50
    assert not list(settings.home.glob("build-*"))


@pytest.mark.nightly
@pytest.mark.parametrize("moment", range(6))
def test_a_whole_command_that_is_killed_with_its_children_is_healed_by_the_same_command(
    tmp_path: Path, moment: int
) -> None:
    home = tmp_path / "home"
    land(home / "landing", "llm_requests/a.jsonl", [call(f"r{n}") for n in range(50)])
    program = str(Path(sys.executable).with_name("proofline"))
    environment = os.environ | {"PROOFLINE_HOME": str(home)}
    with subprocess.Popen(
        [program, "build"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:  # fmt: skip
        time.sleep(1 + 3 * moment)
        os.killpg(running.pid, signal.SIGKILL)
    done = subprocess.run([program, "build"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(published(settings_in(home))["fact_llm_requests"]) == 50
    assert not list(home.glob("build-*"))
    assert _unfinished_runs(home) == 0


def _unfinished_runs(home: Path) -> int:
    import sqlite3

    with sqlite3.connect(home / "dagster" / "history" / "runs.db") as connection:
        row = connection.execute(
            "SELECT count(*) FROM runs WHERE status NOT IN ('SUCCESS', 'FAILURE')"
        ).fetchone()
    connection.close()
    return int(row[0])


_BUILDER = """
import os, sys, time
from pathlib import Path
from pipeline import build
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home
root = Path(sys.argv[1])
while not (root / "go").exists():
    time.sleep(0.001)
try:
    with build.lock(Home(root)):
        os.close(os.open(root / "working", os.O_CREAT | os.O_EXCL))
        time.sleep(0.3)
        (root / "working").unlink()
    print("worked")
except AlreadyRunningError:
    print("already_running")
"""


@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=NIGHTLY)])
def test_of_several_builders_one_works(tmp_path: Path, rounds: int) -> None:
    for number in range(rounds):
        root = tmp_path / str(number)
        root.mkdir()
        count = 2 + number % 4
        command = [sys.executable, "-c", _BUILDER, str(root)]
        builders = [
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(count)
        ]
        time.sleep(1.5 if rounds == 1 else 1.0)
        (root / "go").touch()
        told = [one.communicate()[0].strip() for one in builders]
        assert [one.returncode for one in builders] == [0] * count
        assert told.count("worked") >= 1
        assert set(told) <= {"worked", "already_running"}


def test_a_command_beside_a_build_says_so_and_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    land(home / "landing", "llm_requests/a.jsonl", [call("r1")])
    program = str(Path(sys.executable).with_name("proofline"))
    with build.lock(Home(home)):
        done = subprocess.run(
            [program, "build"], env=os.environ | {"PROOFLINE_HOME": str(home)}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        with pytest.raises(AlreadyRunningError), build.lock(Home(home)):
            pass
    assert done.returncode == 0
    assert "already running" in done.stdout
    assert not (home / "warehouse.duckdb").exists()


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.pipeline.runs import NOW, settings_in
from pipeline import build, publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
root = Path(sys.argv[1])
settings = settings_in(root / "home")
if sys.argv[3] == "publish":
    publish.publish(settings, root / "b.duckdb", run_id="full")
else:
    request = build.Request(root / "landing", NOW)
    plan = build.plan(settings, request, lambda *_: None)
    try:
        build.run_ingest(settings, request, plan, "full", lambda *_: None)
    except BaseException:
        build.discard(settings, "full")
        raise
"""


@pytest.mark.parametrize("step", ["publish", "ingest"])
def test_a_full_disk_leaves_what_is_served_and_heals_by_itself(tmp_path: Path, step: str) -> None:
    settings = settings_in(tmp_path / "home")
    before = publish.publish(settings, build_with(tmp_path / "a.duckdb"), run_id="a")
    build_with(tmp_path / "b.duckdb", rows=50_000, mark=1)
    land(tmp_path / "landing", "llm_requests/a.jsonl", [call(f"r{n}" + "x" * 150) for n in range(4000)])
    for most in (20_000, 300_000):
        command = [sys.executable, "-c", _FULL_DISK, str(tmp_path), str(most), step]
        failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert failed.returncode == 1, failed.stderr
        assert "Error" in failed.stderr.splitlines()[-1] or "Errno" in failed.stderr
        assert publish.current(Home(settings.home)) == before.path
        assert not list((settings.home / "published").glob("*.tmp")), "no temporary file stays"
        assert not list(settings.home.glob("build-*"))
    if step == "publish":
        healed = publish.publish(settings, tmp_path / "b.duckdb", run_id="b")
        assert publish.current(Home(settings.home)) == healed.path
    else:
        request = build.Request(tmp_path / "landing", NOW)
        plan = build.plan(settings, request, lambda *_: None)
        ingested = build.run_ingest(settings, request, plan, "next", lambda *_: None)
        with duckdb.connect(str(ingested.database), read_only=True) as connection:
            row = connection.execute("SELECT count(*) FROM raw.llm_requests").fetchone()
        assert row == (4000,)
