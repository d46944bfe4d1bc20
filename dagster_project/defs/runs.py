"""When the pipeline runs: the job, the sensor on new files, the nightly schedule."""

import hashlib
import time

import dagster as dg

from core.settings import load
from pipeline import build, publish
from pipeline.home import Home

_SETTLED_SECONDS = 5

publish_metrics = dg.define_asset_job(
    "publish_metrics",
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.assets(["raw", "days"])
    # They have jobs of their own, which wait for no build.
    - dg.AssetSelection.groups("reports"),
    executor_def=dg.in_process_executor,
    # What a run has loaded goes with it: from the step that failed on there would be nothing to go on with.
    tags={"dagster/retry_strategy": "ALL_STEPS"},
    description="Loads what is new, rebuilds the days it touches, checks everything, and publishes a snapshot.",
)


@dg.schedule(
    job=publish_metrics,
    cron_schedule="15 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:15 UTC, also for what no sensor notices: changed models, settings, prices.",
)
def nightly() -> dg.RunRequest | dg.SkipReason:
    return dg.RunRequest() if _due() else dg.SkipReason("Nothing new has landed, and nothing else changed.")


@dg.sensor(
    job=publish_metrics,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Starts a run when files in the landing directory are new or changed and no longer growing, and when"
        " custom metrics are not those that were computed last."
    ),
)
def new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    due = _due()
    if not due:
        if context.cursor:
            context.update_cursor("")
        return dg.SkipReason("Nothing new has landed.")
    seen = hashlib.sha256("\n".join(due).encode()).hexdigest()
    if (context.cursor or "").split(" ")[0] == seen:
        return dg.SkipReason("A run for what has landed was started already.")
    # A run is started once for each key, for good: what comes back after another publish needs a new one.
    key = f"{seen} {_served()}"
    context.update_cursor(key)
    return dg.RunRequest(run_key=key)


def _served() -> str:
    snapshot = publish.current(Home(load().home))
    return snapshot.name if snapshot else ""


def _due() -> list[str]:
    settings = load()
    landing = Home(settings.home).landing
    if not landing.is_dir():
        return []
    return build.due(settings, landing, settled_before=time.time() - _SETTLED_SECONDS)


defs = dg.Definitions(jobs=[publish_metrics], schedules=[nightly], sensors=[new_files])
