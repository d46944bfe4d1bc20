"""The published snapshot and the portals' configurations → the pages that customers open.

What builds pages is loaded only where pages are built: templates and locales take a while to load.
"""

import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from core.settings import load
from dagster_project.defs.landing import OWNER
from dagster_project.defs.published import SNAPSHOT
from dagster_project.session import Pipeline

if TYPE_CHECKING:
    from site_build.sites import Report

GROUP = "sites"
PORTALS = dg.AssetKey(["sites", "portals"])
_CHECK = "every_portal_was_built"


@dg.asset(
    key=PORTALS,
    deps=[SNAPSHOT],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"html", "file"},
    pool="sites",
    check_specs=[
        dg.AssetCheckSpec(
            _CHECK, asset=PORTALS, description="Warns where the pages of a portal could not be built."
        )
    ],
    description=(
        "The pages of every portal that is not archived, as files: overview, activity, definitions, reports and an"
        " export, with the numbers of every range a visitor may choose. What has not changed is not built again."
    ),
)
def portals(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    report = _built(context, pipeline)
    troubles = [*([report.problem] if report.problem else []), *(f.advice for f in report.failures)]
    for trouble in (*troubles, *report.without_logo):
        context.log.warning(trouble)
    return dg.MaterializeResult(
        metadata={
            "built": report.built,
            "unchanged": report.unchanged,
            "removed": report.removed,
            "kib": round(report.bytes / 1024, 1),
            "seconds": report.seconds,
            "without_logo": dg.MetadataValue.md(_lines(report.without_logo)),
            "not_built": dg.MetadataValue.md(_lines(troubles)),
        },
        check_results=[
            dg.AssetCheckResult(
                passed=report.is_complete,
                check_name=_CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"not_built": len(troubles)},
            )
        ],
    )


def _lines(said: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in said) or "None."


def _built(context: dg.AssetExecutionContext, pipeline: Pipeline) -> "Report":
    """What is published is published: whatever goes wrong with pages is told, and fails no run."""
    from site_build.sites import Report, build_sites

    try:
        return build_sites(pipeline.settings, now=datetime.now(UTC), told=pipeline.tell)
    except Exception as error:
        context.log.error(traceback.format_exc())
        return Report(problem=f"No page could be built: {type(error).__name__}: {error}")


build_portals = dg.define_asset_job(
    "build_portals",
    selection=dg.AssetSelection.assets(PORTALS),
    executor_def=dg.in_process_executor,
    description="Builds the pages of portals whose configuration changed, from what is published.",
)


@dg.sensor(
    job=build_portals,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run when portals were made, changed or archived since their pages were built.",
)
def changed_portals(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    from site_build import sites

    due = sites.due(load())
    if due is None:
        return dg.SkipReason("Every portal has its pages.")
    if context.cursor == due:
        return dg.SkipReason("A run for these portals was started already.")
    context.update_cursor(due)
    return dg.RunRequest()


defs = dg.Definitions(assets=[portals], jobs=[build_portals], sensors=[changed_portals])
