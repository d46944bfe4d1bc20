"""Promise: whatever is killed at whatever moment, nothing acknowledged is lost and what is served is whole."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from pipeline import build, publish
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home
from tests.faults.processes import children, command_line, eventually, is_alive, open_files
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


def _dbt_below(pid: int) -> int | None:
    """The child that is dbt by now; before it has begun it still looks like its parent."""
    for child in children(pid):
        arguments = command_line(child)
        if any(word == "pipeline.dbt_process" or word.endswith("/proofline-dbt") for word in arguments):
            return child
    return None


def _has_opened(pid: int | None, name: str) -> bool:
    return pid is not None and any(Path(opened).name == name for opened in open_files(pid))


_PIPELINE = """
import sys
from pathlib import Path
from tests.pipeline.runs import run, settings_in
root = Path(sys.argv[1])
run(settings_in(root / "home"), root / "landing", "killed")
"""


@contextmanager
def _pipeline(root: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A run in a process of its own, by whose end everything below it is over."""
    land(root / "landing", "llm_requests/a.jsonl", [call(f"r{n}") for n in range(50)])
    command = [sys.executable, "-c", _PIPELINE, str(root)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


def _works_again(root: Path) -> None:
    settings = settings_in(root / "home")
    assert publish.current(Home(settings.home)) is None
    assert run(settings, root / "landing", "next").snapshot is not None
    assert len(published(settings)["fact_llm_requests"]) == 50
    assert not list(settings.home.glob("build-*"))


# As soon as there is one, when nothing can end it with its parent yet; and when it has the database open.
@pytest.mark.parametrize("moment", [pytest.param("begun", marks=NIGHTLY), "building"])
@pytest.mark.parametrize("times", [1, pytest.param(10, marks=NIGHTLY)])
def test_a_dbt_whose_run_was_killed_ends_with_it_and_the_next_run_works(
    tmp_path: Path, times: int, moment: str
) -> None:
    for _ in range(times):
        _kill_the_run(tmp_path, moment)
    _works_again(tmp_path)


def _kill_the_run(root: Path, moment: str) -> None:
    with _pipeline(root) as running:
        dbt = eventually(lambda: _dbt_below(running.pid))
        if moment == "building":
            eventually(lambda: _has_opened(dbt, "warehouse.duckdb"))
        running.send_signal(signal.SIGKILL)
        running.wait()
        eventually(lambda: not is_alive(dbt))


@pytest.mark.nightly
def test_a_run_whose_dbt_was_killed_fails_and_the_next_run_works(tmp_path: Path) -> None:
    for _ in range(10):
        _kill_its_dbt(tmp_path)
    _works_again(tmp_path)


def _kill_its_dbt(root: Path) -> None:
    with _pipeline(root) as running:
        dbt = eventually(lambda: _dbt_below(running.pid))
        eventually(lambda: _has_opened(dbt, "warehouse.duckdb"))
        os.kill(dbt, signal.SIGKILL)
        assert running.wait() == 1
    assert not list((root / "home").glob("build-*"))


def _is_created(home: Path, pid: int) -> bool:
    return bool(_runs(home))


def _is_loading(home: Path, pid: int) -> bool:
    return bool(list(home.glob("build-*")))


def _is_modelling(home: Path, pid: int) -> bool:
    return bool(list(home.glob("build-*"))) and _has_opened(_dbt_below(pid), "warehouse.duckdb")


def _has_ended(home: Path, pid: int) -> bool:
    return not is_alive(pid)


_MOMENTS = {
    "starting": (lambda home, pid: (home / "pipeline.lock").exists(), ""),
    "created": (_is_created, ""),
    "loading": (_is_loading, ""),
    "modelling": (_is_modelling, ""),
    "drafted": (_has_ended, "publish.after_checkpoint"),
    "published": (_has_ended, "publish.after_replace"),
}


@pytest.mark.nightly
@pytest.mark.parametrize("moment", _MOMENTS)
def test_a_whole_command_that_is_killed_with_its_children_is_healed_by_the_same_command(
    tmp_path: Path, moment: str
) -> None:
    home = tmp_path / "home"
    land(home / "landing", "llm_requests/a.jsonl", [call(f"r{n}") for n in range(50)])
    program = str(Path(sys.executable).with_name("proofline"))
    environment = os.environ | {"PROOFLINE_HOME": str(home)}
    is_reached, point = _MOMENTS[moment]
    with subprocess.Popen(
        [program, "build"], env=environment | {"PROOFLINE_FAULT_POINT": point},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as running:  # fmt: skip
        eventually(lambda: is_reached(home, running.pid))
        os.killpg(running.pid, signal.SIGKILL)
    # A build that waits for what a dead one holds would wait for ever.
    done = subprocess.run(
        [program, "build"], env=environment, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, done.stderr
    assert len(published(settings_in(home))["fact_llm_requests"]) == 50
    assert not list(home.glob("build-*"))
    assert set(_runs(home)) <= {"SUCCESS", "FAILURE"}


def _runs(home: Path) -> list[str]:
    """How each run of Dagster stands; none where there is nothing to ask yet."""
    database = home / "dagster" / "history" / "runs.db"
    if not database.exists():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return [status for (status,) in connection.execute("SELECT status FROM runs")]
        except sqlite3.OperationalError:
            return []


_BUILDER = """
import sys
from pathlib import Path
from pipeline import build
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home
print("ready", flush=True)
sys.stdin.readline()
try:
    with build.lock(Home(Path(sys.argv[1]))):
        print("working", flush=True)
        sys.stdin.readline()
except AlreadyRunningError:
    print("already_running", flush=True)
"""


@pytest.mark.parametrize("rounds", [1, pytest.param(50, marks=NIGHTLY)])
def test_of_several_builders_one_works(tmp_path: Path, rounds: int) -> None:
    for number in range(rounds):
        count = 2 + number % 4
        command = [sys.executable, "-c", _BUILDER, str(tmp_path)]
        builders = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(count)
        ]
        assert [_line(one) for one in builders] == ["ready"] * count
        for one in builders:
            _let_go(one)
        # Whoever works goes on until all others have been told.
        assert sorted(_line(one) for one in builders) == ["already_running"] * (count - 1) + ["working"]
        for one in builders:
            one.communicate("\n")
        assert [one.returncode for one in builders] == [0] * count


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _let_go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


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
