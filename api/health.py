"""How the service is, judged by what it would answer from."""

from typing import Any

from api.services import Services
from core.erasures import ERASED_WITHIN


def health_of(services: Services) -> dict[str, Any]:
    """`degraded` with reasons when the snapshot is missing, damaged or older than two build intervals, portals cannot
    open, or an erasure waits too long for its build."""
    snapshot = services.metrics.snapshot_name
    told: dict[str, Any] = {"status": "ok", "snapshot": snapshot, "data_as_of": None, "reasons": []}
    _judge_erasures(services, told)
    if snapshot is None:
        told["reasons"].append("nothing has been published yet")
    else:
        _judge_age(services, told)
    if services.metrics.problem is not None and snapshot is not None:
        told["reasons"].append("the newest snapshot cannot be read; an older one is served")
    if not services.tokens.is_usable:
        told["reasons"].append("the signing keys of portal tokens cannot be used; the log says why")
    if told["reasons"]:
        told["status"] = "degraded"
    return told


def _judge_erasures(services: Services, told: dict[str, Any]) -> None:
    """Asking for one takes effect at once; what was published and stored is rid of them by the next build."""
    waiting = services.erased.waiting()
    told["erasures_waiting"] = len(waiting)
    if waiting and services.now() - waiting[0].requested_at > ERASED_WITHIN:
        hours = round(ERASED_WITHIN.total_seconds() / 3600)
        told["reasons"].append(
            f"an erasure has waited for more than {hours} hours for a build that finishes it"
        )


def _judge_age(services: Services, told: dict[str, Any]) -> None:
    with services.metrics.for_all() as reader:
        told["data_as_of"] = reader.info.data_as_of
        age = (services.now() - reader.info.built_at).total_seconds()
    told["snapshot_age_seconds"] = round(age)
    services.monitoring.snapshot_age.set(age)
    minutes = 2 * services.settings.build_interval_minutes
    if age > 60 * minutes:
        told["reasons"].append(f"the snapshot is older than {minutes} minutes")
