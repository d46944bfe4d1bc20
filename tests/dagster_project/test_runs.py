"""Promise: a data engineer sees in the UI what a run did, and whatever happens to a run, the next one works."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from core.settings import Settings
from core.sites import INDEX, site_dir
from core.store.control import open_control_store
from dagster_project import local
from dagster_project.commands.building import build
from pipeline import publish
from pipeline.build import lock
from pipeline.home import Home
from tests.builders.portals import card, keep_portal, portal
from tests.dagster_project.conftest import call
from tests.pipeline.runs import land

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _run(settings: Settings) -> local.Outcome:
    return local.run(settings, {"landing": str(settings.home / "landing")}, _nobody)


@pytest.fixture(scope="module")
def first(installation: Settings) -> local.Outcome:
    return _run(installation)


@pytest.fixture
def instance(installation: Settings) -> Iterator[dg.DagsterInstance]:
    with local.instance(installation) as found:
        yield found


def _metadata(instance: dg.DagsterInstance, *key: str) -> dict[str, Any]:
    event = instance.get_latest_materialization_event(dg.AssetKey(list(key)))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_a_run_publishes_a_snapshot(first: local.Outcome, installation: Settings) -> None:
    assert first.succeeded, first.failures
    current = publish.current(Home(installation.home))
    assert current is not None
    assert current.name == first.snapshot


@pytest.mark.usefixtures("first")
def test_raw_tables_tell_rows_rejects_and_days(instance: dg.DagsterInstance) -> None:
    told = _metadata(instance, "raw", "llm_requests")
    assert told["dagster/row_count"] == 2
    assert told["rejected"] == 1
    assert "input_tokens is negative" in told["rejects"]
    assert "2026-11-18" in told["rows_by_day"]


@pytest.mark.usefixtures("first")
def test_models_tell_rows_and_where_each_column_comes_from(instance: dg.DagsterInstance) -> None:
    told = _metadata(instance, "fact_llm_requests")
    assert told["dagster/row_count"] == 2
    lineage = told["dagster/column_lineage"].deps_by_column
    assert [d.asset_key.path[-1] for d in lineage["cost_usd"]] == ["int_llm_requests__priced"]


@pytest.mark.usefixtures("first")
def test_rejected_rows_warn_and_stop_nothing(instance: dg.DagsterInstance) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["raw", "llm_requests"]), "every_row_was_accepted")
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.status.value == "FAILED"
    assert record.event is not None
    evaluation = record.event.dagster_event.event_specific_data  # type: ignore[union-attr]
    assert evaluation.severity == dg.AssetCheckSeverity.WARN  # type: ignore[union-attr]


@pytest.mark.usefixtures("first")
def test_each_utc_day_shows_that_it_is_loaded(instance: dg.DagsterInstance) -> None:
    assert instance.get_materialized_partitions(dg.AssetKey(["raw", "days"])) == {"2026-11-18"}


def test_nothing_new_publishes_nothing_and_succeeds(first: local.Outcome, installation: Settings) -> None:
    again = _run(installation)
    assert again.succeeded
    assert again.snapshot is None
    assert publish.current(Home(installation.home)).name == first.snapshot  # type: ignore[union-attr]


@pytest.mark.parametrize("is_touched", [False, True])
def test_a_new_portal_has_its_pages_after_the_next_build_whatever_has_landed(
    first: local.Outcome, installation: Settings, is_touched: bool
) -> None:
    if is_touched:
        next((installation.home / "landing" / "sessions").iterdir()).touch()
    store = open_control_store(installation)
    keep_portal(store, portal(card("cost.total"), portal_id=f"portal_new{is_touched}", name=f"{is_touched}"))
    store.close()
    told = CliRunner().invoke(build)
    assert "nothing was published" in told.output
    assert "Built the pages of 1 portal" in told.output
    assert (site_dir(installation, f"portal_new{is_touched}") / INDEX).is_file()
    assert publish.current(Home(installation.home)).name == first.snapshot  # type: ignore[union-attr]


@pytest.mark.usefixtures("first")
def test_a_run_beside_another_build_ends_in_peace(installation: Settings) -> None:
    with lock(Home(installation.home)):
        beside = _run(installation)
    assert beside.succeeded
    assert beside.snapshot is None


@pytest.mark.usefixtures("first")
def test_a_run_whose_process_died_is_marked_as_failed(
    installation: Settings, instance: dg.DagsterInstance
) -> None:
    from dagster_project.definitions import defs

    dead = instance.create_run_for_job(defs.resolve_job_def(local.JOB), status=dg.DagsterRunStatus.STARTED)
    with lock(Home(installation.home)):
        assert local.reap(installation, instance) == 0, "a run that holds the lock is alive"
    assert local.reap(installation, instance) == 1
    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]


@pytest.mark.usefixtures("first")
def test_the_sensor_starts_one_run_for_files_that_have_settled(
    installation: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_project.defs import runs

    def tick(cursor: str | None = None) -> Any:
        return runs.new_files(dg.build_sensor_context(instance, cursor=cursor))

    assert "Nothing new" in tick().skip_message
    file = land(installation.home / "landing", "llm_requests/next.jsonl", [call(9)])
    written = file.stat().st_mtime
    with monkeypatch.context() as patch:
        patch.setattr(runs.time, "time", lambda: written + 1)
        assert "Nothing new" in tick().skip_message, "it was written this very moment"
    monkeypatch.setattr(runs.time, "time", lambda: written + 60)
    request = tick()
    assert isinstance(request, dg.RunRequest)
    assert "started already" in tick(request.run_key).skip_message
    file.unlink()


@pytest.mark.usefixtures("first")
def test_a_day_is_built_again_from_the_ui(installation: Settings, instance: dg.DagsterInstance) -> None:
    from dagster_project.definitions import defs

    before = publish.current(Home(installation.home))
    result = dg.materialize(
        [defs.get_assets_def(dg.AssetKey(["raw", "days"]))],
        partition_key="2026-11-18",
        instance=instance,
        resources={"pipeline": _pipeline()},
    )
    assert result.success
    assert publish.current(Home(installation.home)) != before
    assert _metadata(instance, "raw", "days")["rows"] == 3


def _pipeline() -> Any:
    from dagster_project.session import Pipeline

    return Pipeline()


def test_dagster_keeps_its_own_configuration_once_written(installation: Settings) -> None:
    configuration = local.home(installation) / "dagster.yaml"
    configuration.write_text(configuration.read_text() + "# ours\n")
    assert local.home(installation) == configuration.parent
    assert configuration.read_text().endswith("# ours\n")


def test_a_failing_step_is_told_in_words(installation: Settings, tmp_path: Path) -> None:
    outcome = local.run(installation, {"landing": str(tmp_path / "nowhere")}, _nobody)
    assert not outcome.succeeded
    assert "cannot be read. Create it" in outcome.failures[0]
