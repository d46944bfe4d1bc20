"""Facts and measures → the published snapshot that everybody reads."""

from datetime import timedelta

import dagster as dg

from dagster_project.defs.custom_metrics import DAILY
from dagster_project.defs.landing import OWNER
from dagster_project.defs.models import MARTS
from dagster_project.session import Pipeline
from pipeline import build, publish, status

GROUP = "published"
STALE_AFTER = timedelta(hours=36)
SNAPSHOT = dg.AssetKey(["published", "snapshot"])


@dg.asset(
    key=SNAPSHOT,
    deps=[*MARTS, DAILY],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"duckdb", "file"},
    pool="warehouse",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER, warn_window=timedelta(hours=26)),
    check_specs=[
        dg.AssetCheckSpec(
            "every_block_was_read_back",
            asset=SNAPSHOT,
            description="A fresh process has read every column of every table of the snapshot.",
        )
    ],
    description=(
        "The immutable file that the API, portals and reports read. It is published only after every check has"
        " passed and a fresh process has read it whole; until then the one before goes on serving."
    ),
)
def snapshot(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    database = pipeline.home.build(context.run_id)
    pipeline.tell("publishing", 0, 1)
    published = publish.publish(pipeline.settings, database, run_id=context.run_id)
    report = status.of_build(database)
    build.promote(pipeline.settings, context.run_id)
    pipeline.tell("publishing", 1, 1)
    for day, rows in report.touched_days.items():
        context.log_event(
            dg.AssetMaterialization(dg.AssetKey(["raw", "days"]), partition=day, metadata={"rows": rows})
        )
    return dg.MaterializeResult(
        metadata={
            "snapshot": published.path.name,
            "data_as_of": str(report.data_as_of or "nothing loaded"),
            "rows": dg.MetadataValue.md(status.row_table(published.rows)),
            "size_mib": round(published.bytes / 2**20, 1),
            "publishing_seconds": published.seconds,
            "days_rebuilt": len(report.touched_days),
            "rows_by_day": dg.MetadataValue.md(status.day_chart(report, "llm_requests")),
        },
        check_results=[dg.AssetCheckResult(passed=True, check_name="every_block_was_read_back")],
    )


@dg.asset_check(
    asset=SNAPSHOT,
    name="data_is_recent",
    description="The newest event is not older than 36 hours.",
)
def data_is_recent(pipeline: Pipeline) -> dg.AssetCheckResult:
    age = status.age(pipeline.settings)
    return dg.AssetCheckResult(
        passed=age is not None and age < STALE_AFTER,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"age_hours": round(age.total_seconds() / 3600, 1) if age else "nothing is published"},
    )


defs = dg.Definitions(assets=[snapshot], asset_checks=[data_is_recent])
