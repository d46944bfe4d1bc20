"""Facts and definitions → custom metrics, a value per customer and local day, before anything is published."""

import dagster as dg

from dagster_project.defs.landing import OWNER
from dagster_project.defs.models import MARTS
from dagster_project.session import Pipeline
from pipeline import custom_metrics as custom

GROUP = "custom"
DAILY = dg.AssetKey("custom_metric_daily")
_CHECK = "every_custom_metric_was_computed"


@dg.asset(
    key=DAILY,
    deps=MARTS,
    group_name=GROUP,
    owners=[OWNER],
    kinds={"duckdb", "table"},
    pool="warehouse",
    check_specs=[
        dg.AssetCheckSpec(
            _CHECK,
            asset=DAILY,
            description="Warns where the formula of a custom metric could not be calculated.",
        )
    ],
    description=(
        "Every active custom metric per customer and local day of the customer, as the API would answer for that"
        " day. Only days that new rows reach are computed again, and all days of a definition that changed."
    ),
)
def custom_metric_daily(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    database = pipeline.home.build(context.run_id)
    if not database.exists():
        raise dg.Failure(
            "Custom metrics are computed from what the same run has built. Launch the job `publish_metrics`"
            " instead of single assets."
        )
    report = custom.compute(pipeline.settings, database, pipeline.tell)
    troubles = [*([report.problem] if report.problem else []), *(f.advice for f in report.failures)]
    for trouble in troubles:
        context.log.warning(trouble)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.rows,
            "metrics": report.metrics,
            "customers": report.customers,
            "rows_computed": report.rows_computed,
            "seconds": report.seconds,
            "not_computed": dg.MetadataValue.md("\n".join(f"- {line}" for line in troubles) or "None."),
        },
        check_results=[
            dg.AssetCheckResult(
                passed=report.is_complete,
                check_name=_CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"not_computed": len(troubles)},
            )
        ],
    )


defs = dg.Definitions(assets=[custom_metric_daily])
