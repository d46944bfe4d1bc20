"""When the pipeline runs: the job, the sensor on new files, the nightly schedule."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from core.settings import load
from pipeline.home import Home

_SETTLED_SECONDS = 5

publish_metrics = dg.define_asset_job(
    "publish_metrics",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(["raw", "days"]),
    executor_def=dg.in_process_executor,
    description="Loads what is new, rebuilds the days it touches, checks everything, and publishes a snapshot.",
)

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=publish_metrics,
    cron_schedule="15 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every night at 02:15 UTC, also when no file announced itself.",
)


@dg.sensor(
    job=publish_metrics,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run when files in the landing directory are new or changed and no longer growing.",
)
def new_files(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    landing = Home(load().home).landing
    if not landing.is_dir():
        return dg.SkipReason(f"The landing directory {landing} is not there yet.")
    seen = listing(landing, settled_before=time.time() - _SETTLED_SECONDS)
    if seen == context.cursor:
        return dg.SkipReason("Nothing new has landed.")
    context.update_cursor(seen)
    return dg.RunRequest(run_key=seen)


def listing(landing: Path, *, settled_before: float) -> str:
    """A word for what lies in `landing`, unchanged while nothing new has settled there."""
    digest = hashlib.sha256()
    for line in _settled(landing, settled_before):
        digest.update(line.encode())
    return digest.hexdigest()


def _settled(landing: Path, settled_before: float) -> Iterator[str]:
    for path in sorted(landing.rglob("*")):
        if path.is_file() and (status := path.stat()).st_mtime <= settled_before:
            yield f"{path.relative_to(landing)} {status.st_size} {status.st_mtime_ns}\n"


defs = dg.Definitions(jobs=[publish_metrics], schedules=[nightly], sensors=[new_files])
