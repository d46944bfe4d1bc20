"""Promise: a definition that changes is seen and computed without new files, and what fails only warns."""

import time
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from core.alerts import AlertRule, Operator
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.alerts import add_rule
from core.store.control.custom_metrics import add_metric
from dagster_project import local
from pipeline.home import Home
from tests.pipeline.custom_metrics.builds import metric

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")

NOW = datetime(2026, 11, 20, tzinfo=UTC)
WATCHING = AlertRule("alert_777", "Calls", "usage.requests.total", Operator.GTE, 0.0, "1h", ())


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _run(settings: Settings) -> local.Outcome:
    return local.run(settings, {"landing": str(settings.home / "landing")}, _nobody)


def _tick(found: dg.DagsterInstance, cursor: str | None = None) -> Any:
    from dagster_project.defs import runs

    later = time.time() + 60
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs.time, "time", lambda: later)
        return runs.new_files(dg.build_sensor_context(found, cursor=cursor))


@pytest.fixture(scope="module")
def seen(installation: Settings) -> list[Any]:
    """What the sensor says before and after definitions come, and after the run that they cause."""
    if not Home(installation.home).warehouse.exists():
        assert _run(installation).succeeded
    with local.instance(installation) as found:
        told = [_tick(found)]
        store = open_control_store(installation)
        with store.writing() as connection:
            add_metric(connection, metric("cm_calls", "$x", unit="count", x="usage.requests.total"), now=NOW)
            add_metric(connection, metric("cm_gone", "$x", customer_id="cust_b", x="cm_deleted"), now=NOW)
            add_rule(connection, WATCHING, now=NOW)
            add_rule(
                connection,
                AlertRule(**{**vars(WATCHING), "id": "alert_gone", "metric_id": "cm_none"}),
                now=NOW,
            )
        store.close()
        told.append(_tick(found))
        told.append(_tick(found, told[-1].run_key))
        outcome = _run(installation)
        assert outcome.succeeded, outcome.failures
        assert outcome.snapshot is not None
        told.append(_tick(found, told[1].run_key))
    return told


def _metadata(installation: Settings, *key: str) -> dict[str, Any]:
    with local.instance(installation) as found:
        event = found.get_latest_materialization_event(dg.AssetKey(list(key)))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_the_sensor_starts_one_run_for_other_definitions(seen: list[Any]) -> None:
    before, changed, again, after = seen
    assert isinstance(before, dg.SkipReason)
    assert isinstance(changed, dg.RunRequest)
    assert "started already" in again.skip_message
    assert "Nothing new" in after.skip_message


@pytest.mark.usefixtures("seen")
def test_the_table_tells_what_was_computed_and_what_could_not_be(installation: Settings) -> None:
    told = _metadata(installation, "custom_metric_daily")
    assert (told["metrics"], told["customers"], told["dagster/row_count"]) == (1, 2, 2)
    assert told["seconds"] > 0
    assert (
        "cm_gone (1 customers): The metric cannot be calculated: cm_deleted does not exist"
        in told["not_computed"]
    )
    assert "cust_" not in told["not_computed"]


@pytest.mark.usefixtures("seen")
def test_rules_tell_what_they_found_and_what_could_not_be_evaluated(installation: Settings) -> None:
    told = _metadata(installation, "alerts", "states")
    assert (told["rules"], told["changes"], told["states"]) == (2, 1, {"firing": 1})
    assert "alert_gone: there is no metric cm_none. Change or delete it" in told["not_evaluated"]


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("asset", "check"),
    [
        (["custom_metric_daily"], "every_custom_metric_was_computed"),
        (["alerts", "states"], "every_alert_was_evaluated"),
    ],
)
def test_what_fails_warns_and_stops_nothing(installation: Settings, asset: list[str], check: str) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(asset), check)
    with local.instance(installation) as found:
        record = found.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.status.value == "FAILED"
    assert record.event is not None
    evaluation = record.event.dagster_event.event_specific_data  # type: ignore[union-attr]
    assert evaluation.severity == dg.AssetCheckSeverity.WARN  # type: ignore[union-attr]


@pytest.mark.usefixtures("seen")
def test_a_table_of_custom_metrics_alone_is_refused_with_what_to_launch(installation: Settings) -> None:
    from dagster_project.defs.custom_metrics import custom_metric_daily
    from dagster_project.session import Pipeline

    with local.instance(installation) as found:
        result = dg.materialize(
            [custom_metric_daily], instance=found, resources={"pipeline": Pipeline()}, raise_on_error=False
        )
    assert not result.success
    failure = result.failure_data_for_node("custom_metric_daily")
    assert failure is not None
    assert "Launch the job `publish_metrics`" in str(failure.error)


def test_the_same_reason_after_another_publish_starts_another_run(
    installation: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagster_project.defs import runs

    def tick(
        found: dg.DagsterInstance, cursor: str | None, due: list[str], served: str
    ) -> tuple[Any, str | None]:
        monkeypatch.setattr(runs, "_due", lambda: due)
        monkeypatch.setattr(runs, "_served", lambda: served)
        context = dg.build_sensor_context(found, cursor=cursor)
        return runs.new_files(context), context.cursor

    with local.instance(installation) as found:
        first, cursor = tick(found, None, ["changed (a)"], "snap-1")
        failed, cursor = tick(found, cursor, ["changed (a)"], "snap-1")
        stuck, cursor = tick(found, cursor, ["changed (a)"], "snap-2")
        _, cursor = tick(found, cursor, [], "snap-2")
        back, cursor = tick(found, cursor, ["changed (a)"], "snap-2")
    assert isinstance(failed, dg.SkipReason), "what failed is for people, and for the night"
    assert isinstance(stuck, dg.SkipReason), (
        "a reason that a run does not remove starts no run after the other"
    )
    assert isinstance(back, dg.RunRequest) and back.run_key != first.run_key
