"""Cards whose metric is not there: deleted, switched off, or a business result that the customer does not have."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.catalogue import OUTCOME_PREFIX, Better, outcome_metric
from core.custom_metrics import CustomMetricDefinition
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
    definition: CustomMetricDefinition | None = None

    @property
    def needs(self) -> Iterator[Need]:
        yield from ()

    def data(self, _source: NumberSource) -> CardData:
        if self.card.metric_id.startswith(OUTCOME_PREFIX):
            metric = outcome_metric(self.card.metric_id.removeprefix(OUTCOME_PREFIX), UNKNOWN_UNIT)
            return self._card(metric.name, metric.description, State.NO_DATA, better=Better.HIGHER)
        found = self.definition
        if found is None:
            gone = "This metric does not exist any more"
            return self._card(self.card.display_name, gone, State.UNAVAILABLE)
        if not found.is_active:
            off = "This metric is switched off at the moment"
            return self._card(found.name, off, State.INACTIVE, found.unit)
        lost = "This metric cannot be calculated any more: one that it uses is gone, or has changed"
        return self._card(found.name, lost, State.UNAVAILABLE, found.unit)

    def _card(
        self,
        name: str,
        description: str,
        state: State,
        unit: str = UNKNOWN_UNIT,
        better: Better = Better.NEUTRAL,
    ) -> CardData:
        return CardData(
            card=self.card,
            period=self.period,
            name=name,
            description=description,
            unit=unit,
            better=better,
            value=None,
            state=state,
        )
