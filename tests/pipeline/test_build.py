"""Promise: a run that fails or dies changes nothing that is served, and the same command heals it."""

import multiprocessing
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipeline import build, publish, transform, whole
from pipeline.errors import AlreadyRunningError, LandingMissingError, PipelineError
from pipeline.home import Home
from tests.pipeline.runs import NOW, land, run_parsed, settings_in

CUSTOMER = {"customer_id": "cust_a", "name": "A"}


def _no_models(settings: object, database: Path, *, rebuild_all: bool) -> None:
    """Stands for models in tests of what happens around them: one table, so that something is published."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE OR REPLACE TABLE dim_customers AS SELECT * FROM raw.customers")


@pytest.fixture
def quick_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform, "run", _no_models)


def test_a_missing_landing_directory_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        LandingMissingError, match="cannot be read. Create it, or name another with --landing"
    ):
        run_parsed(settings_in(tmp_path / "home"), tmp_path / "nowhere", "r1")


@pytest.mark.usefixtures("quick_models")
def test_the_same_files_again_are_nothing_new(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    assert run_parsed(settings, landing, "r1").snapshot is not None
    assert run_parsed(settings, landing, "r2").snapshot is None
    assert not list((tmp_path / "home").glob("build-*"))


def _leave_open(settings: object, database: Path, *, rebuild_all: bool) -> None:
    """Models whose process ends without closing the database."""
    _no_models(settings, database, rebuild_all=rebuild_all)
    write = "CREATE TABLE written_last AS SELECT 7 AS n"
    code = f"import duckdb, os; c = duckdb.connect({str(database)!r}); c.execute({write!r}); os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert database.with_name(f"{database.name}.wal").exists()


def test_what_was_written_last_is_kept_however_its_writer_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transform, "run", _leave_open)
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    run_parsed(settings, landing, "r1")
    with duckdb.connect(str(Home(settings.home).warehouse), read_only=True) as connection:
        assert connection.execute("SELECT n FROM written_last").fetchall() == [(7,)]


@pytest.mark.usefixtures("quick_models")
def test_a_new_complete_to_is_something_new(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    run_parsed(settings, landing, "r1")
    (landing / "_complete_to").write_text("2026-11-19T00:00:00Z\n")
    assert "_complete_to changed" in run_parsed(settings, landing, "r2").plan.reasons


@pytest.mark.usefixtures("quick_models")
def test_what_is_due_is_told_without_building(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    file = land(landing, "customers/c.jsonl", [CUSTOMER])
    settled = file.stat().st_mtime + 1
    assert build.due(settings, landing, settled_before=file.stat().st_mtime - 1) == []
    assert len(build.due(settings, landing, settled_before=settled)) == 1
    run_parsed(settings, landing, "r1")
    assert build.due(settings, landing, settled_before=settled) == []


def test_a_failing_model_publishes_nothing_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    monkeypatch.setattr(transform, "run", _no_models)
    first = run_parsed(settings, landing, "r1").snapshot
    assert first is not None

    def refuse(*_: object, **__: object) -> None:
        raise PipelineError("a test refused the models")

    monkeypatch.setattr(transform, "run", refuse)
    land(landing, "customers/d.jsonl", [{"customer_id": "cust_b", "name": "B"}])
    with pytest.raises(PipelineError, match="a test refused"):
        run_parsed(settings, landing, "r2")
    assert publish.current(Home(settings.home)) == first.path
    assert not list(settings.home.glob("build-*"))
    assert build.due(settings, landing, settled_before=float("inf")), "its files wait for the next run"

    monkeypatch.setattr(transform, "run", _no_models)
    healed = run_parsed(settings, landing, "r3").snapshot
    assert healed is not None
    assert healed.rows == {"dim_customers": 2}


@pytest.mark.usefixtures("quick_models")
def test_what_a_dead_run_left_is_swept_away_by_the_next(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    home = Home(settings.home)
    home.work("dead").mkdir(parents=True)
    home.build("dead").write_bytes(b"half a database")
    run_parsed(settings, landing, "r1")
    assert not home.folder("dead").exists()


def _hold(home: Path, held: object, free: object) -> None:
    with build.lock(Home(home)):
        held.set()  # type: ignore[attr-defined]
        free.wait()  # type: ignore[attr-defined]


def test_a_second_build_is_refused_while_one_runs_and_a_dead_one_frees_the_lock(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, free = spawn.Event(), spawn.Event()
    holder = spawn.Process(target=_hold, args=(tmp_path, held, free))
    holder.start()
    held.wait()
    with pytest.raises(AlreadyRunningError, match="Another build is running"), build.lock(Home(tmp_path)):
        pass
    holder.kill()
    holder.join()
    with build.lock(Home(tmp_path)):
        pass


@pytest.mark.usefixtures("quick_models")
def test_a_range_of_days_is_built_again_though_nothing_new_landed(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    land(landing, "customers/c.jsonl", [CUSTOMER])
    run_parsed(settings, landing, "r1")
    days = (date(2026, 11, 1), date(2026, 11, 2))
    again = run_parsed(settings, landing, "r2", days=days)
    assert again.plan.reasons == ("the days 2026-11-01 to 2026-11-02 were asked for",)


@pytest.mark.usefixtures("quick_models")
def test_a_full_build_needs_only_the_stored_files(tmp_path: Path) -> None:
    settings, landing = settings_in(tmp_path / "home"), tmp_path / "landing"
    file = land(landing, "customers/c.jsonl", [CUSTOMER])
    run_parsed(settings, landing, "r1")
    file.unlink()
    again = run_parsed(settings, landing, "r2", full=True).snapshot
    assert again is not None
    assert again.rows == {"dim_customers": 1}


def test_complete_to_must_be_an_instant(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "_complete_to").write_text("yesterday")
    request = build.Request(landing, NOW)
    with pytest.raises(PipelineError, match="holds 'yesterday'. Write one ISO instant there"):
        whole.run(settings_in(tmp_path / "home"), request, "r1", lambda *_: None)
