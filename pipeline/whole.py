"""The whole way of one run without an orchestrator: plan, ingest, models, custom metrics, publish, alerts.

Dagster's job takes the same steps one by one; a range of days is built again in one go, and tests do it here.
"""

from dataclasses import dataclass

from core.settings import Settings
from pipeline import build, custom_metrics, publish, transform
from pipeline.alerts import Report as AlertReport
from pipeline.alerts import evaluate_rules
from pipeline.home import Home
from pipeline.ingest.run import Told


@dataclass(frozen=True)
class Built:
    """What a run came to: a snapshot, or none because nothing was new."""

    snapshot: publish.Snapshot | None
    plan: build.Plan
    custom: custom_metrics.Report | None = None
    alerts: AlertReport | None = None


def run(settings: Settings, request: build.Request, run_id: str, told: Told) -> Built:
    """One run from landing files to the published snapshot, under the lock its caller holds. What fails is
    removed, and what was published goes on serving."""
    plan = build.plan(settings, request, told)
    if plan.is_empty:
        return Built(None, plan)
    try:
        ingested = build.run_ingest(settings, request, plan, run_id, told)
        transform.run(settings, ingested.database, rebuild_all=ingested.rebuild_all)
        custom = custom_metrics.compute(settings, ingested.database, told)
        snapshot = publish.publish(settings, Home(settings.home).build(run_id), run_id=run_id)
        build.promote(settings, run_id)
    except BaseException:
        build.discard(settings, run_id)
        raise
    build.erasures_done(settings, now=request.now)
    return Built(snapshot, plan, custom, evaluate_rules(settings, now=request.now))
