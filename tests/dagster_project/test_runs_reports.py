"""Promise: what is due is seen in the UI, built by a run that the sensor starts, and told with what came of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from core.settings import Settings
from core.store.control import open_control_store
from site_build.report_runs import run as report_runs
from tests.builders import Events, call, card, customer, keep_portal, portal, publish
from tests.builders.reports import keep_report, report

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")
JOB, DUE, BUILT = "build_reports", dg.AssetKey(["reports", "due"]), dg.AssetKey(["reports", "built"])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation whose daily report was due today or yesterday at nine; its clock stands, lest the next is due."""
    home, now = tmp_path_factory.mktemp("reports"), datetime.now(UTC)
    hours = [now - timedelta(hours=n) for n in range(80)]
    publish(
        home,
        Events(
            customers=[customer()],
            llm_requests=[call(started_at=at.replace(microsecond=0)) for at in hours],
        ),
        data_as_of=now,
    )
    store = open_control_store(Settings(home=home))
    keep_portal(store, portal(card("cost.total")))
    keep_report(store, report(), now=now - timedelta(days=2))
    store.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFLINE_HOME", str(home))
        patch.setattr(report_runs, "_now", lambda: now)
        yield home


@pytest.fixture(scope="module")
def result(home: Path) -> dg.ExecuteInProcessResult:
    from dagster_project.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(_tick(instance), dg.RunRequest)
        return defs.resolve_job_def(JOB).execute_in_process(instance=instance)


def _tick(instance: dg.DagsterInstance) -> Any:
    from dagster_project.defs.reports import reports_are_due

    with dg.build_sensor_context(instance=instance) as context:
        return reports_are_due(context)


def _told(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, Any]:
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_a_run_builds_what_is_due_and_tells_of_it(result: dg.ExecuteInProcessResult, home: Path) -> None:
    assert result.success
    due, built = _told(result, DUE), _told(result, BUILT)
    assert due["noted"] == 1 and due["states"] == {"due": 1}
    assert (built["built"], built["restated"], built["not_built"]) == (1, 0, "None.")
    assert built["pages"] >= 1 and "report_custa" in built["reports"]
    assert (home / "reports/report_custa/1/report.pdf").read_bytes().startswith(b"%PDF")
    checks = {e.check_name: e.passed for e in result.get_asset_check_evaluations()}
    assert checks == {"nothing_is_overdue": True, "every_report_was_built": True}


@pytest.mark.usefixtures("result")
def test_with_nothing_due_no_run_is_started(home: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(_tick(instance), dg.SkipReason)


@pytest.mark.usefixtures("result")
def test_one_report_and_period_is_built_again_on_demand(home: Path) -> None:
    from dagster_project.definitions import defs

    day = (report_runs._now() - timedelta(days=2)).date().isoformat()
    config = {"ops": {"reports__due": {"config": {"report_id": "report_custa", "period": day}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def(JOB).execute_in_process(instance=instance, run_config=config)
    assert _told(result, BUILT)["built"] == 1
    assert day in _told(result, BUILT)["reports"]
    assert (home / "reports/report_custa/2/report.pdf").is_file()
