"""Schedules of reports → reports that are due → PDFs in the archive, queued to be sent.

The truth of what was due and what became of it is the control store's, a row a due time; a run only wakes whoever
builds. What renders is loaded only where reports are built.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from core.settings import load
from dagster_project.defs.landing import OWNER
from dagster_project.defs.published import SNAPSHOT
from dagster_project.session import Pipeline

if TYPE_CHECKING:
    from core.store.control.report_archives import Archived
    from site_build.report_runs.overdue import Pending
    from site_build.report_runs.run import Run

GROUP = "reports"
DUE, BUILT = dg.AssetKey(["reports", "due"]), dg.AssetKey(["reports", "built"])
JOB = "build_reports"
_BUILT_CHECK, _OVERDUE = "every_report_was_built", "nothing_is_overdue"
_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)
# A run that died with its worker stays `started`; whoever waits for it longer would wait for ever.
_LOST = timedelta(minutes=20)


class ReportsConfig(dg.Config):
    """Empty: what is due. With a report it is built now, over its last complete period or the one of a date."""

    report_id: str = ""
    period: str = ""

    @property
    def within(self) -> date | None:
        return date.fromisoformat(self.period) if self.period else None


@dg.asset(
    key=DUE,
    group_name=GROUP,
    owners=[OWNER],
    kinds={"sql"},
    pool="reports",
    check_specs=[
        dg.AssetCheckSpec(
            _OVERDUE,
            asset=DUE,
            description="Warns where a report is held, has failed, or could have been built half an hour ago.",
        )
    ],
    description=(
        "Each time that a report was due, once, in the control store: to be built, waiting for the data of its"
        " period, held, missed or skipped, with the reason. Launch it with a report_id, and perhaps a date within"
        " the period as `period`, to have that one built again."
    ),
)
def due_reports(
    context: dg.AssetExecutionContext, config: ReportsConfig, pipeline: Pipeline
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    from site_build.report_runs.run import everything_pending, note_due

    noted = note_due(pipeline.settings, report_id=config.report_id, within=config.within)
    found = everything_pending(pipeline.settings)
    for one in found:
        if one.is_overdue:
            context.log.warning(one.in_words)
    return dg.MaterializeResult(
        metadata={
            "noted": noted,
            "states": _counts(found),
            "not_built": dg.MetadataValue.md(_lines(one.in_words for one in found)),
        },
        check_results=[_overdue(found)],
    )


@dg.asset(
    key=BUILT,
    deps=[DUE, SNAPSHOT],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"pdf", "file"},
    pool="reports",
    check_specs=[
        dg.AssetCheckSpec(
            _BUILT_CHECK, asset=BUILT, description="Warns where a report that is due could not be built."
        )
    ],
    description=(
        "PDFs, and CSVs where they were asked for, of every report that is due, in the archive as they are sent, and"
        " queued to each recipient; new versions of those whose period was corrected since."
    ),
)
def built_reports(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    from site_build.report_runs.run import build_noted

    run = build_noted(pipeline.settings, told=pipeline.tell)
    for trouble in run.troubles:
        context.log.warning(trouble)
    return dg.MaterializeResult(
        metadata=_told(run),
        check_results=[
            dg.AssetCheckResult(
                passed=not run.troubles,
                check_name=_BUILT_CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"not_built": len(run.troubles)},
            )
        ],
    )


def _told(run: "Run") -> dict[str, Any]:
    made = [*run.built.archived, *run.restatements.restated]
    return {
        "built": len(run.built.archived),
        "restated": len(run.restatements.restated),
        "compared": run.restatements.compared,
        "pages": sum(one.pages for one in made),
        "kib": round(sum(one.pdf_bytes + (one.csv_bytes or 0) for one in made) / 1024, 1),
        "seconds": run.built.seconds,
        "reports": dg.MetadataValue.md(_table(made)),
        "not_built": dg.MetadataValue.md(_lines(run.troubles)),
    }


def _table(made: Iterable["Archived"]) -> str:
    rows = [
        f"| {one.report_id} | {one.n} | {_cell(one.name)} | {one.customer_id} | {one.period.start:%Y-%m-%d} |"
        f" {one.pages} | {one.pdf_bytes:,} | {one.seconds} |"
        for one in made
    ]
    head = ["| report | version | name | customer | from | pages | bytes | seconds |", "|" + "---|" * 8]
    return "\n".join([*head, *rows]) if rows else "None."


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _lines(said: Iterable[str]) -> str:
    return "\n".join(f"- {_cell(line)}" for line in said) or "None."


def _counts(found: Iterable["Pending"]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.occurrence.state.value] = counts.get(one.occurrence.state.value, 0) + 1
    return counts


def _overdue(found: Iterable["Pending"]) -> dg.AssetCheckResult:
    overdue = [one.in_words for one in found if one.is_overdue]
    return dg.AssetCheckResult(
        passed=not overdue,
        check_name=_OVERDUE,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"overdue": len(overdue), "which": dg.MetadataValue.md(_lines(overdue))},
    )


build_reports = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.assets(DUE, BUILT),
    executor_def=dg.in_process_executor,
    description="Notes what is due and builds it; with a report_id in the config of reports__due, that report.",
)


@dg.sensor(
    job=build_reports,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks each minute, and starts a run when a report is due, can be built, or was corrected.",
)
def reports_are_due(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    from site_build.report_runs.run import anything_due

    if not anything_due(load()):
        return dg.SkipReason("No report is due.")
    if _is_under_way(context.instance):
        return dg.SkipReason("A run builds reports already.")
    return dg.RunRequest()


def _is_under_way(instance: dg.DagsterInstance) -> bool:
    records = instance.get_run_records(dg.RunsFilter(job_name=JOB, statuses=list(_UNDER_WAY)), limit=5)
    now = datetime.now(UTC)
    return any(now - _aware(record.create_timestamp) < _LOST for record in records)


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


defs = dg.Definitions(assets=[due_reports, built_reports], jobs=[build_reports], sensors=[reports_are_due])
