"""Whether a portal's configuration is sound: every fault at once.

The shape of what was sent (which fields, which types) is the schemas' business, places on the grid are
`grid`'s, and whether a name is taken is for the control store to say.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from core.addresses import ANYWHERE_PUBLIC, Reach, check_url
from core.custom_metrics import MetricInfo, is_custom
from core.formula.faults import shown
from core.portals.definition import MAX_METRICS, Access, ChartType, PortalDefinition, PortalMetric
from core.portals.domains import MAX_DOMAINS, check_domain
from core.portals.faults import Code, Fault
from core.portals.grid import layout_faults

MAX_COMPARISONS = 20
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", re.ASCII)

FindMetric = Callable[[str], MetricInfo | None]


@dataclass(frozen=True)
class CheckResult:
    """The configuration in the form in which it is kept, and what is wrong with it."""

    definition: PortalDefinition
    faults: tuple[Fault, ...]


def check_portal(
    definition: PortalDefinition,
    *,
    find_metric: FindMetric,
    reach: Reach = ANYWHERE_PUBLIC,
    accepted: Collection[str] = (),
) -> CheckResult:
    """Checks a configuration; `find_metric` answers for every metric that the portal's customer has.

    `accepted` are metrics that it had before: one that has gone since does not stand in the way of a change.
    """
    access, domain_faults = _with_checked_domains(definition.access)
    found = {metric_id: find_metric(metric_id) for metric_id in definition.metric_ids}
    faults = [
        *_unknown_metrics(definition, {id for id, info in found.items() if info} | {*accepted}),
        *_count_faults(definition),
        *layout_faults(definition),
        *_branding_faults(definition, reach),
        *_chart_faults(definition, found),
        *_name_faults(definition),
        *domain_faults,
    ]
    order = list(Code)
    ordered = sorted(faults, key=lambda fault: order.index(fault.code))
    return CheckResult(replace(definition, access=access), tuple(ordered))


def _unknown_metrics(definition: PortalDefinition, known: set[str]) -> Iterator[Fault]:
    named = [(f"metrics[{index}].metric_id", m.metric_id) for index, m in enumerate(definition.metrics)]
    named += [
        (f"comparisons[{index}].current.metric_id", card.current.metric_id)
        for index, card in enumerate(definition.comparisons)
    ]
    for param, metric_id in named:
        if metric_id not in known:
            yield Fault(Code.INVALID_METRIC_ID, f"{shown(metric_id)} is no metric of this customer", param)


def _count_faults(definition: PortalDefinition) -> Iterator[Fault]:
    counts = (
        ("metrics", len(definition.metrics), MAX_METRICS),
        ("comparisons", len(definition.comparisons), MAX_COMPARISONS),
        ("access.allowed_domains", len(definition.access.allowed_domains), MAX_DOMAINS),
    )
    for param, count, most in counts:
        if count > most:
            yield _parameter(f"must be at most {most}; there are {count}", param)


def _branding_faults(definition: PortalDefinition, reach: Reach) -> Iterator[Fault]:
    branding = definition.branding
    if branding.primary_color is not None and not _COLOUR.fullmatch(branding.primary_color):
        message = "must be a colour such as #2563EB or #26E"
        yield _parameter(message, "branding.primary_color")
    if branding.logo_url is not None:
        try:
            check_url(branding.logo_url, reach)
        except ValueError as reason:
            yield _parameter(str(reason), "branding.logo_url")


def _chart_faults(definition: PortalDefinition, found: dict[str, MetricInfo | None]) -> Iterator[Fault]:
    for index, metric in enumerate(definition.metrics):
        if metric.chart_type is ChartType.PIE and not _has_parts(metric, found[metric.metric_id]):
            message = f"must be another one: only a total has parts for a pie, and {metric.metric_id} is none"
            yield _parameter(message, f"metrics[{index}].chart_type")


def _has_parts(metric: PortalMetric, info: MetricInfo | None) -> bool:
    # What is unknown is told as unknown.
    return info is None or (info.is_zero_when_empty and not is_custom(metric.metric_id))


def _name_faults(definition: PortalDefinition) -> Iterator[Fault]:
    seen = set[str]()
    for index, card in enumerate(definition.comparisons):
        if card.metric_id in seen:
            message = "must be a name of its own among the comparisons"
            yield _parameter(message, f"comparisons[{index}].metric_id")
        seen.add(card.metric_id)


def _with_checked_domains(access: Access) -> tuple[Access, list[Fault]]:
    kept, faults = list[str](), list[Fault]()
    for text in access.allowed_domains[:MAX_DOMAINS]:
        try:
            kept.append(check_domain(text))
        except ValueError as reason:
            faults.append(_parameter(f"{shown(text)} {reason}", "access.allowed_domains"))
    return replace(access, allowed_domains=tuple(dict.fromkeys(kept))), faults


def _parameter(message: str, param: str) -> Fault:
    return Fault(Code.INVALID_PARAMETER, message, param)
