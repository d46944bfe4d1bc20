"""One portal, one period → every number it shows; and many portals with shared passes over the rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from core.custom_metrics import CustomMetricDefinition, is_custom
from core.errors import InvalidMetricId, ProoflineError
from core.measures.series import AUTO
from core.periods import Period
from core.portal_data.answer import CardData, PortalData
from core.portal_data.before_after import comparison_data, current_card
from core.portal_data.custom import CustomPlan
from core.portal_data.missing import MissingPlan
from core.portal_data.ranges import card_comparison, card_period, page_buckets
from core.portal_data.source import Need, NumberSource, SharedNeeds
from core.portal_data.standard import StandardPlan
from core.portals.definition import BeforeAfter, PortalDefinition, PortalMetric
from core.store.readers import Reader

Definitions = Mapping[str, CustomMetricDefinition]
CardPlan = StandardPlan | CustomPlan | MissingPlan


@dataclass(frozen=True)
class PortalPlan:
    """What a portal shows over a period, before anything is read."""

    portal: PortalDefinition
    period: Period
    cards: tuple[CardPlan, ...]
    comparisons: tuple[tuple[BeforeAfter, CardPlan], ...]

    @cached_property
    def needs(self) -> Collection[Need]:
        """Every table that it reads, once."""
        plans = (*self.cards, *(current for _, current in self.comparisons))
        return dict.fromkeys(chain.from_iterable(plan.needs for plan in plans))


def portal_data(
    reader: Reader,
    portal: PortalDefinition,
    period: Period,
    definitions: Definitions,
    *,
    metric_ids: Collection[str] | None = None,
    for_page: bool = False,
) -> PortalData:
    """Every number of the portal over the period, which is in the customer's zone.

    `metric_ids` narrows it to those; InvalidMetricId names all that are not the portal's. With `for_page`
    cards that do not follow the visitor's choice keep their own range up to the same end, and buckets are as wide
    as an eye can use.
    """
    chosen = portal if metric_ids is None else narrowed(portal, metric_ids)
    plan = portal_plan(reader, chosen, period, definitions, for_page=for_page)
    return planned_data(plan, NumberSource(reader, SharedNeeds(plan.needs)))


def narrowed(portal: PortalDefinition, metric_ids: Collection[str]) -> PortalDefinition:
    """The portal with those metrics and comparisons alone, in its own order; InvalidMetricId."""
    cards = tuple(card for card in portal.metrics if card.metric_id in metric_ids)
    comparisons = tuple(c for c in portal.comparisons if c.metric_id in metric_ids)
    known = {card.metric_id for card in cards} | {c.metric_id for c in comparisons}
    if unknown := [id[:200] or "an empty id" for id in dict.fromkeys(metric_ids) if id not in known]:
        raise InvalidMetricId(
            f"This portal does not show {', '.join(unknown)}; leave metric_ids out for all it shows",
            param="metric_ids",
        )
    return replace(portal, metrics=cards, comparisons=comparisons)


def portal_plan(
    reader: Reader,
    portal: PortalDefinition,
    period: Period,
    definitions: Definitions,
    *,
    for_page: bool = False,
) -> PortalPlan:
    """What the portal's cards need; a card whose metric is gone needs nothing and harms no other."""
    planner = _Planner(reader, period, definitions, for_page)
    cards = tuple(planner.card(card) for card in portal.metrics)
    comparisons = ((c, planner.value(current_card(c))) for c in portal.comparisons)
    return PortalPlan(portal, period, cards, tuple(comparisons))


def planned_data(plan: PortalPlan, source: NumberSource) -> PortalData:
    """The numbers of a plan from a source that knows what it needs."""
    return PortalData(
        plan.portal,
        plan.period,
        tuple(_card_data(card, source) for card in plan.cards),
        tuple(comparison_data(source.reader, c, _card_data(p, source)) for c, p in plan.comparisons),
        source.reader.data_as_of,
        source.reader.snapshot_name.removesuffix(".duckdb"),
    )


@dataclass(frozen=True)
class _Planner:
    reader: Reader
    period: Period
    definitions: Definitions
    for_page: bool

    def card(self, card: PortalMetric) -> CardPlan:
        return self._plan(card, has_series=True)

    def value(self, card: PortalMetric) -> CardPlan:
        return self._plan(card, has_series=False)

    def _plan(self, card: PortalMetric, *, has_series: bool) -> CardPlan:
        period = card_period(card, self.period, keeps_own_range=self.for_page)
        compared, shown = card_comparison(card, period), page_buckets(period) if self.for_page else AUTO
        try:
            if is_custom(card.metric_id):
                return CustomPlan.of(
                    self.reader,
                    card,
                    self.definitions,
                    period,
                    compared,
                    has_series=has_series,
                    buckets=shown,
                )
            return StandardPlan.of(self.reader, card, period, compared, has_series=has_series, buckets=shown)
        except ProoflineError as refusal:
            if refusal.status >= 500:
                raise
            return MissingPlan(card, period, self.definitions.get(card.metric_id))


def _card_data(plan: CardPlan, source: NumberSource) -> CardData:
    """The card's numbers. A formula that cannot be calculated any more leaves its own card empty."""
    try:
        return plan.data(source)
    except ProoflineError as refusal:
        if not isinstance(plan, CustomPlan) or refusal.status >= 500:
            raise
        return MissingPlan(plan.card, plan.period, plan.definition).data(source)
