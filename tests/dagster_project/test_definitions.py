"""Promise: the asset graph reads from landing files to the snapshot, and says of each asset what it is."""

from typing import Any

import dagster as dg
import pytest

from core.settings import Settings

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def definitions(installation: Settings) -> dg.Definitions:
    from dagster_project.definitions import defs

    return defs


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_the_definitions_are_valid(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_has_a_group_an_owner_a_kind_and_a_sentence(specs: dict[str, Any]) -> None:
    stages = {"landing", "raw", "staging", "intermediate", "marts", "custom", "published", "sites", "reports"}
    for name, spec in specs.items():
        assert spec.group_name in stages, name
        assert spec.owners == ["team:data"], name
        assert spec.kinds, name
        assert spec.description, name


def test_a_snapshot_stands_on_its_facts_and_these_on_the_landing_files(specs: dict[str, Any]) -> None:
    def upstream(name: str) -> set[str]:
        return {dep.asset_key.to_user_string() for dep in specs[name].deps}

    assert {"fact_llm_requests", "measure_sessions_hourly", "dim_customers"} <= upstream("published/snapshot")
    assert {"fact_llm_requests", "dim_customers"} <= upstream("custom_metric_daily")
    assert "custom_metric_daily" in upstream("published/snapshot")
    assert upstream("alerts/states") == {"published/snapshot"}
    assert upstream("erasures/customers") == {"published/snapshot"}
    assert upstream("sites/portals") == {"published/snapshot"}
    assert upstream("reports/built") == {"reports/due", "published/snapshot"}
    assert "raw/llm_requests" in upstream("stg_events__llm_requests")
    assert upstream("raw/llm_requests") == {"landing/llm_requests", "landing/otlp"}


def test_there_is_a_sensor_on_new_files_and_a_nightly_schedule(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    assert [sensor.name for sensor in repository.sensor_defs if sensor.name == "new_files"]
    assert [sensor.name for sensor in repository.sensor_defs if sensor.name == "changed_portals"]
    assert [sensor.name for sensor in repository.sensor_defs if sensor.name == "reports_are_due"]
    assert [schedule.cron_schedule for schedule in repository.schedule_defs] == ["15 2 * * *"]


def test_writers_take_turns(definitions: dg.Definitions) -> None:
    from dagster_project.defs.custom_metrics import custom_metric_daily
    from dagster_project.defs.days import days
    from dagster_project.defs.models import models
    from dagster_project.defs.published import snapshot
    from dagster_project.defs.raw import ingest

    assert {assets.op.pool for assets in (ingest, models, custom_metric_daily, snapshot, days)} == {
        "warehouse"
    }
