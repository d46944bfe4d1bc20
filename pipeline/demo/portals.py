"""Portals for the demo's customers: one for each by name, of different kinds, colours and themes.

They are configurations in the control store, as if somebody had made them by the API; their pages come with the
next build. Anybody may open them, so that a link to one never ends: what they show is made up.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from core.errors import PortalAlreadyExists
from core.portals.definition import (
    Access,
    Baseline,
    BaselineSource,
    BeforeAfter,
    Branding,
    CurrentMetric,
    Layout,
    PortalDefinition,
    PortalMetric,
    PortalStatus,
    Target,
    Theme,
)
from core.portals.preset import filled
from core.portals.presets import PRESETS
from core.store.control import ControlStore
from core.store.control.portals import add_portal, find_portal

_COLUMNS = 12
_HISTORICAL = BaselineSource.HISTORICAL


@dataclass(frozen=True)
class _Sketch:
    """A portal in a few words; `targets` by metric."""

    customer: str
    title: str
    preset: str
    color: str
    theme: Theme = Theme.AUTO
    targets: tuple[tuple[str, Target], ...] = ()
    before: tuple[BeforeAfter, ...] = ()

    def definition(self) -> PortalDefinition:
        cards, sections = filled([PRESETS[self.preset]], _COLUMNS)
        targets = dict(self.targets)
        return PortalDefinition(
            portal_id=f"portal_demo{self.customer}",
            name=self.title,
            customer_id=f"cust_{self.customer}",
            status=PortalStatus.ACTIVE,
            branding=Branding(self.title, primary_color=self.color, theme=self.theme),
            metrics=tuple(_with_target(card, targets) for card in cards),
            layout=Layout(_COLUMNS, sections),
            comparisons=self.before,
            access=Access(public=True),
        )


def _with_target(card: PortalMetric, targets: dict[str, Target]) -> PortalMetric:
    return replace(card, target=targets.get(card.metric_id))


def _before(metric_id: str, name: str, label: str, value: float) -> BeforeAfter:
    # The value stands only where the events bring no baseline.
    return BeforeAfter(
        f"{metric_id}.before", name, Baseline(label, value, _HISTORICAL), CurrentMetric("Today", metric_id)
    )


_SKETCHES = (
    _Sketch(
        "northwind",
        "What Nora and her team did",
        "support_agent",
        "#0f766e",
        targets=(
            ("autonomy.deflection_rate", Target(70, "Agreed: 70 of 100")),
            ("perf.latency.avg", Target(2500, "Agreed: 2.5 seconds")),
        ),
        before=(
            _before("autonomy.deflection_rate", "Solved without a person", "Help desk, before Nora", 24.5),
            _before("cost.per_completion", "Cost per solved conversation", "A ticket answered by hand", 6.4),
        ),
    ),
    _Sketch(
        "hanseat",
        "Frau Jensen und Schadenprüfer",
        "standard_dashboard",
        "#1d4ed8",
        Theme.LIGHT,
        targets=(("autonomy.intervention_rate", Target(25, "Agreed: at most 25 of 100")),),
        before=(_before("autonomy.deflection_rate", "Done without a person", "Hotline menu", 11),),
    ),
    _Sketch("hoshikawa", "What Hoshi did", "support_agent", "#db2777", Theme.LIGHT),
    _Sketch("malabar", "Shipwright at work", "coding_agent", "#f59e0b", Theme.DARK),
    _Sketch("himal", "What the concierge cost", "cost_control", "#b91c1c"),
    _Sketch("clairval", "Conseil Clairval", "sales_agent", "#7c3aed"),
)


def make_portals(
    store: ControlStore, customer_ids: Iterable[str], *, now: datetime
) -> list[PortalDefinition]:
    """The demo portals of these customers that are open; those that never existed here are made.

    One that somebody has changed stays as it is, and one that was archived stays archived.
    """
    wanted = frozenset(customer_ids)
    definitions = [s.definition() for s in _SKETCHES]
    with store.writing() as connection:
        return [
            found
            for definition in definitions
            if definition.customer_id in wanted
            for found in _made(connection, definition, now)
        ]


def _made(connection: Connection, definition: PortalDefinition, now: datetime) -> Iterator[PortalDefinition]:
    found = find_portal(connection, definition.portal_id, None)
    if found is None:
        with suppress(PortalAlreadyExists):
            yield add_portal(connection, definition, now=now).definition
    elif found.definition.status is PortalStatus.ACTIVE:
        yield found.definition
