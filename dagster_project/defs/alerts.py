"""The published snapshot → states of alert rules."""

from datetime import UTC, datetime

import dagster as dg

from dagster_project.defs.landing import OWNER
from dagster_project.defs.published import GROUP, SNAPSHOT
from dagster_project.session import Pipeline
from pipeline import alerts

STATES = dg.AssetKey(["alerts", "states"])
_CHECK = "every_alert_was_evaluated"


@dg.asset(
    key=STATES,
    deps=[SNAPSHOT],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"sql"},
    check_specs=[
        dg.AssetCheckSpec(
            _CHECK, asset=STATES, description="Warns where an alert rule could not be evaluated."
        )
    ],
    description=(
        "What every enabled alert rule found in the complete buckets of its duration since the last one it has"
        " seen, in the control store: its state, and each change of it. The same snapshot again finds nothing new."
    ),
)
def states(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    report = alerts.evaluate_rules(pipeline.settings, now=datetime.now(UTC))
    troubles = [*([report.problem] if report.problem else []), *(f.advice for f in report.failures)]
    for trouble in troubles:
        context.log.warning(trouble)
    return dg.MaterializeResult(
        metadata={
            "rules": report.rules,
            "buckets": report.buckets,
            "changes": len(report.transitions),
            "states": dict(report.states or {}),
            "seconds": report.seconds,
            "not_evaluated": dg.MetadataValue.md("\n".join(f"- {line}" for line in troubles) or "None."),
        },
        check_results=[
            dg.AssetCheckResult(
                passed=report.is_complete,
                check_name=_CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"not_evaluated": len(troubles)},
            )
        ],
    )


defs = dg.Definitions(assets=[states])
