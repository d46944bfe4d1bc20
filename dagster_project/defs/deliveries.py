"""The outbox → mails and webhooks that were sent. The truth of what was sent to whom is the control store's; a run
only wakes whoever sends.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from core.delivery.drain import DrainReport
from core.delivery.history import counts, oldest_due, troubled
from core.delivery.mailing import why_mail_waits
from core.settings import Settings, load
from core.store.control import existing_control_store
from dagster_project.defs.landing import OWNER
from dagster_project.session import Pipeline

GROUP = "reports"
BUILT, DELIVERIES = dg.AssetKey(["reports", "built"]), dg.AssetKey(["reports", "deliveries"])
_OVERDUE, _DEAD = "nothing_waits_overdue", "nothing_was_given_up"
# Looked at each half minute, a drain takes up to a minute; what waits for longer is held up by something.
_PATIENCE = timedelta(minutes=10)


@dg.asset(
    key=DELIVERIES,
    deps=[BUILT],
    group_name=GROUP,
    owners=[OWNER],
    kinds={"email", "webhook"},
    pool="deliveries",
    check_specs=[
        dg.AssetCheckSpec(
            _OVERDUE,
            asset=DELIVERIES,
            description="Warns where something could have been sent for ten minutes and was not.",
        ),
        dg.AssetCheckSpec(
            _DEAD, asset=DELIVERIES, description="Warns where something was given up; it can be sent again."
        ),
    ],
    description=(
        "Mails and messages of webhooks that were sent: reports, events of portals, alerts. What failed is tried"
        " again by itself for days; what waits or was given up is named with its reason."
    ),
)
def deliveries(context: dg.AssetExecutionContext, pipeline: Pipeline) -> dg.MaterializeResult:  # type: ignore[type-arg]
    from site_build.deliveries import send_due

    report = send_due(pipeline.settings)
    for trouble in (*report.troubles, *([report.waiting_reason] if report.waiting_reason else [])):
        context.log.warning(trouble)
    return _told(report, pipeline.settings)


def _told(report: DrainReport, settings: Settings) -> dg.MaterializeResult:  # type: ignore[type-arg]
    in_trouble, states, since = _state(settings)
    lines = [f"- {one}" for one in in_trouble] or ["None."]
    is_waiting_for_a_server = why_mail_waits(settings) is not None
    is_overdue = since is not None and datetime.now(UTC) - since > _PATIENCE
    return dg.MaterializeResult(
        metadata={
            "sent": report.sent,
            "sent_by_kind": report.by_kind,
            "to_be_tried_again": report.retried,
            "given_up": report.dead,
            "called_off": report.cancelled,
            "waiting": report.waiting,
            "waiting_reason": report.waiting_reason or "",
            "all_states": states,
            "in_trouble": dg.MetadataValue.md("\n".join(lines)),
            "seconds": report.seconds,
        },
        check_results=[
            dg.AssetCheckResult(
                passed=not is_overdue,
                check_name=_OVERDUE,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "since": since.isoformat() if since else "",
                    "reason": report.waiting_reason or "" if is_waiting_for_a_server else "",
                },
            ),
            dg.AssetCheckResult(
                passed=not states.get("dead"),
                check_name=_DEAD,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"dead": states.get("dead", 0)},
            ),
        ],
    )


def _state(settings: Settings) -> tuple[list[str], dict[str, int], datetime | None]:
    """What is in trouble, in words; how many there are of each state; since when the oldest is overdue."""
    store = existing_control_store(settings)
    if store is None:
        return [], {}, None
    try:
        now = datetime.now(UTC)
        with store.reading() as connection:
            found = [one.in_words for one in troubled(connection, now=now)]
            return found, counts(connection), oldest_due(connection, now=now)
    finally:
        store.close()


send_deliveries = dg.define_asset_job(
    "send_deliveries",
    selection=dg.AssetSelection.assets(DELIVERIES),
    executor_def=dg.in_process_executor,
    description="Sends what is due.",
)


@dg.sensor(
    job=send_deliveries,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a run when something is to be sent and no run sends already.",
)
def due_deliveries(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    from site_build.deliveries import anything_due

    if not anything_due(load()):
        return dg.SkipReason("Nothing is to be sent.")
    running = context.instance.get_runs(
        dg.RunsFilter(
            job_name="send_deliveries",
            statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
                      dg.DagsterRunStatus.STARTED],
        ),
        limit=1,
    )  # fmt: skip
    if running and not _is_lost(context, running[0].run_id):
        return dg.SkipReason("A run sends already.")
    return dg.RunRequest()


def _is_lost(context: dg.SensorEvaluationContext, run_id: str) -> bool:
    """A run that died with its worker stays `started`; who waits for it would wait for ever."""
    (record,) = context.instance.get_run_records(dg.RunsFilter(run_ids=[run_id]), limit=1)
    begun = record.create_timestamp.replace(tzinfo=record.create_timestamp.tzinfo or UTC)
    return datetime.now(UTC) - begun > _PATIENCE


defs = dg.Definitions(assets=[deliveries], jobs=[send_deliveries], sensors=[due_deliveries])
