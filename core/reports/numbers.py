"""What a report says, metric by metric: kept with it, so that a later correction can be found and told."""

from decimal import Decimal, InvalidOperation

from core.measures import Number
from core.periods import Period
from core.portal_data.inputs import PortalInputs
from core.portal_data.portal import planned_data, portal_plan
from core.portal_data.source import NumberSource, SharedNeeds
from core.reports.definition import ReportContent
from core.reports.shown import over_one_period
from core.store.control.report_archives import NumberChange, Numbers
from core.store.readers import Reader

# Rates are added up in another order from snapshot to snapshot; no one would call that a correction.
_SAME = Decimal("1e-12")


def said_numbers(reader: Reader, inputs: PortalInputs, content: ReportContent, period: Period) -> Numbers:
    """Every card's name and value over the period."""
    plan = portal_plan(reader, over_one_period(inputs.portal, content), period, inputs.definitions)
    found = planned_data(plan, NumberSource(reader, SharedNeeds(plan.needs)))
    cards = {card.card.metric_id: (card.card.display_name, _text(card.value)) for card in found.cards}
    before = {
        one.comparison.metric_id: (one.comparison.display_name, _text(one.current.value))
        for one in found.comparisons
    }
    return {**before, **cards}


def corrections(before: Numbers, after: Numbers) -> tuple[NumberChange, ...]:
    """The numbers of both that are others now; what only one of them has is no correction."""
    return tuple(
        NumberChange(metric_id, name, before[metric_id][1], value)
        for metric_id, (name, value) in after.items()
        if metric_id in before and not _is_same(before[metric_id][1], value)
    )


def _text(value: Number | None) -> str | None:
    """Exact: all digits of a decimal that say something, the shortest text of a float that reads back as the same."""
    if value is None:
        return None
    if not isinstance(value, Decimal):
        return repr(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_same(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one == other
    try:
        first, second = Decimal(one), Decimal(other)
    except InvalidOperation:
        return one == other
    return first == second or abs(first - second) <= _SAME * max(abs(first), abs(second))
