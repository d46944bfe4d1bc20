"""One partition per UTC day: which days are loaded, and the way to have one day or a range built again."""

import warnings
from collections.abc import Sequence

import dagster as dg

from core.settings import load
from dagster_project.defs.landing import OWNER
from dagster_project.defs.raw import GROUP
from dagster_project.session import BuildConfig, Pipeline
from pipeline import status, whole


def _first_day() -> str:
    """The first day there is data of; the events contract knows no day before 2015."""
    known = status.of_warehouse(load())
    days = [day for table in (known.rows_by_day.values() if known else ()) for day in table]
    return min(days, default="2026-01-01")


# A range in one run is what the days are for; that the parameter may still change is known.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", category=dg.BetaWarning)

DAYS = dg.DailyPartitionsDefinition(start_date=_first_day(), timezone="UTC", end_offset=1)


@dg.asset(
    key=["raw", "days"],
    deps=[["raw", "touched"]],
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name=GROUP,
    owners=[OWNER],
    kinds={"duckdb"},
    pool="warehouse",
    description=(
        "UTC days that are loaded and published. Materialising a day, or a range, lets in the late rows that wait"
        " for it, rebuilds it for every customer and publishes the result."
    ),
)
def days(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    keys: Sequence[str] = context.partition_keys
    config = BuildConfig(first_day=min(keys), last_day=max(keys))
    if not pipeline.try_lock():
        raise dg.Failure(
            "Another build is running. Launch this again when it has ended; nothing was changed."
        )
    settings = pipeline.settings
    built = whole.run(settings, config.request(settings), context.run_id, pipeline.tell)
    assert built.snapshot is not None
    report = status.of_build(pipeline.home.warehouse)
    return dg.MaterializeResult(
        metadata={
            "snapshot": built.snapshot.path.name,
            "rows": sum(rows for day, rows in report.touched_days.items() if day in keys),
            "late_rows_waiting": sum(counts.late for counts in report.tables.values()),
        }
    )


defs = dg.Definitions(assets=[days])
