"""Cards whose metric is not there: it was deleted, or the customer has no such business result."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.catalogue import OUTCOME_PREFIX, Better, outcome_metric
from core.periods import Period
from core.portal_data.answer import CardData, State
from core.portal_data.source import Need, NumberSource
from core.portals.definition import PortalMetric

UNKNOWN_UNIT = "count"


@dataclass(frozen=True)
class MissingPlan:
    """A card without numbers, that harms no other."""

    card: PortalMetric
    period: Period

    def needs(self) -> Iterator[Need]:
        yield from ()

    def data(self, _source: NumberSource) -> CardData:
        is_result = self.card.metric_id.startswith(OUTCOME_PREFIX)
        name, description = self.card.display_name, "This metric does not exist any more"
        if is_result:
            metric = outcome_metric(self.card.metric_id.removeprefix(OUTCOME_PREFIX), UNKNOWN_UNIT)
            name, description = metric.name, metric.description
        return CardData(
            card=self.card,
            period=self.period,
            name=name,
            description=description,
            unit=UNKNOWN_UNIT,
            better=Better.HIGHER if is_result else Better.NEUTRAL,
            value=None,
            state=State.NO_DATA if is_result else State.UNAVAILABLE,
        )
