"""Promise: a build keeps its events where Dagster's own programs read them, and holds few files open for that."""

from pathlib import Path

import dagster as dg
import pytest

from core.settings import Settings
from dagster_project import local
from dagster_project.event_log import OpenEventLog
from tests.pipeline.runs import settings_in

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")


@dg.asset
def little() -> int:
    return 7


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def _run(found: dg.DagsterInstance) -> str:
    job = dg.Definitions(assets=[little], jobs=[dg.define_asset_job("small", "*")]).resolve_job_def("small")
    return job.execute_in_process(
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}, instance=found
    ).run_id


def _open_files(settings: Settings) -> list[str]:
    history = str(settings.home / "dagster" / "history" / "runs")
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith(history) and target.endswith(".db"):
            found.append(target)
    return found


def test_dagsters_own_programs_read_what_a_build_has_written(settings: Settings) -> None:
    with local.instance(settings) as found:
        run_id = _run(found)
        assert isinstance(found.event_log_storage, OpenEventLog)
        with dg.DagsterInstance.from_config(str(local.home(settings))) as theirs:
            assert not isinstance(theirs.event_log_storage, OpenEventLog)
            ours = [entry.to_json() for entry in found.all_logs(run_id)]
            assert [entry.to_json() for entry in theirs.all_logs(run_id)] == ours
            assert theirs.get_latest_materialization_event(dg.AssetKey("little")) is not None
            theirs.delete_run(run_id)
        assert found.get_runs() == []
    assert _open_files(settings) == [], "whoever is done with it holds no file"


def test_whoever_reads_many_runs_holds_few_files(settings: Settings) -> None:
    with local.instance(settings) as found:
        runs = [_run(found) for _ in range(6)]
        kept = [len(found.all_logs(run_id)) for run_id in runs]
        assert min(kept) == max(kept) > 5
        assert len(set(_open_files(settings))) <= 4


def test_an_installation_that_names_a_storage_keeps_it(settings: Settings) -> None:
    folder = local.home(settings)
    beside = settings.home / "elsewhere"
    with (folder / "dagster.yaml").open("a") as file:
        file.write(f"storage:\n  sqlite:\n    base_dir: {beside}\n")
    with local.instance(settings) as found:
        assert not isinstance(found.event_log_storage, OpenEventLog)
        _run(found)
    assert list(beside.rglob("index.db"))
