"""The numbers of many portals, read in shared passes: what every page of a portal is made from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby

from core.periods import default_now
from core.portal_data.activity import SessionSeen, newest_sessions
from core.portal_data.answer import PortalData
from core.portal_data.customer import Customer, agent_names, customer_of
from core.portal_data.inputs import PortalInputs
from core.portal_data.portal import PortalPlan, planned_data, portal_plan
from core.portal_data.ranges import default_range, may_choose, range_period
from core.portal_data.source import Need, NumberSource, SharedNeeds
from core.portals.definition import PortalDefinition, RangeName
from core.store.metric_store import MetricStore
from core.store.query import Query
from core.store.readers import CustomerReaders, Reader

# What is read at once is bounded by its rows, for the memory they take, and by its customers, for that of their pages.
_ROWS_TOGETHER = 500_000
_CUSTOMERS_TOGETHER = 150
# Each part costs a fifth of a second, however few they are.
_FEWEST_TOGETHER = 25


@dataclass(frozen=True)
class Gathered:
    """Everything that one portal's pages say, for each range that a visitor may choose."""

    inputs: PortalInputs
    customer: Customer
    default: RangeName
    ranges: dict[RangeName, PortalData]
    sessions: list[SessionSeen]
    agents: Mapping[str, str]
    data_as_of: datetime
    snapshot: str
    price_list: str

    @property
    def portal(self) -> PortalDefinition:
        return self.inputs.portal

    @property
    def shown(self) -> PortalData:
        """What the page opens with."""
        return self.ranges[self.default]


@dataclass(frozen=True)
class Ungathered:
    """A portal whose numbers could not be read, and why."""

    portal: PortalDefinition
    reason: Exception


def together(
    inputs: Sequence[PortalInputs], rows: Mapping[str, int], processes: int = 1
) -> list[list[PortalInputs]]:
    """The portals in parts that are each gathered at once, all of a customer in the same; `rows` by customer. The
    last parts are smaller where processes share them, so that none has long to wait for another."""
    ordered = sorted(inputs, key=lambda one: (one.portal.customer_id, one.portal.portal_id))
    groups = [[*portals] for _, portals in groupby(ordered, key=lambda one: one.portal.customer_id)]
    parts: list[list[PortalInputs]] = []
    room = customers = 0
    for number, portals in enumerate(groups):
        count = rows.get(portals[0].portal.customer_id, 0)
        room, customers = room - count, customers - 1
        if room < 0 or customers < 0:
            share = (len(groups) - number) // processes
            most = min(_CUSTOMERS_TOGETHER, max(_FEWEST_TOGETHER, share))
            parts.append([])
            room, customers = _ROWS_TOGETHER - count, most - 1
        parts[-1] += portals
    return parts


def gather(
    metrics: MetricStore, inputs: Sequence[PortalInputs], now: datetime
) -> Iterator[Gathered | Ungathered]:
    """Every portal's numbers, from the same passes over the rows; one that fails is told and harms no other."""
    with metrics.for_customers({one.portal.customer_id for one in inputs}) as readers:
        yield from _gather(readers, inputs, now)


@dataclass(frozen=True)
class _Planned:
    inputs: PortalInputs
    customer: Customer
    default: RangeName
    plans: dict[RangeName, PortalPlan]

    @property
    def needs(self) -> Iterator[Need]:
        return chain.from_iterable(plan.needs for plan in self.plans.values())


def _gather(
    readers: CustomerReaders, some: Iterable[PortalInputs], now: datetime
) -> Iterator[Gathered | Ungathered]:
    planned: list[_Planned] = []
    for one in some:
        try:
            with readers.customer(one.portal.customer_id) as reader:
                planned.append(_plan(reader, one, now))
        except Exception as error:
            yield Ungathered(one.portal, error)
    needs = SharedNeeds(chain.from_iterable(p.needs for p in planned))
    readers.expect(_queries(readers, planned, needs))
    for one_plan in planned:
        try:
            with readers.customer(one_plan.inputs.portal.customer_id) as reader:
                yield _read(reader, one_plan, needs, now)
        except Exception as error:
            yield Ungathered(one_plan.inputs.portal, error)


def _queries(
    readers: CustomerReaders, planned: Iterable[_Planned], needs: SharedNeeds
) -> dict[str, list[Query]]:
    """What is asked of each customer's rows."""
    found: dict[str, list[Query]] = {}
    for one in planned:
        customer_id = one.inputs.portal.customer_id
        with readers.customer(customer_id) as reader:
            found.setdefault(customer_id, []).extend(needs.queries(reader, one.needs))
    return found


def _plan(reader: Reader, inputs: PortalInputs, now: datetime) -> _Planned:
    customer = customer_of(reader, inputs.overrides)
    end, default = default_now(now, reader.data_as_of), default_range(inputs.portal)
    plans = {
        name: portal_plan(
            reader,
            inputs.portal,
            range_period(name, end, customer.zone),
            inputs.definitions,
            for_page=True,
        )
        for name in ranges_of(inputs.portal)
    }
    return _Planned(inputs, customer, default, plans)


def ranges_of(portal: PortalDefinition) -> tuple[RangeName, ...]:
    """What a visitor may choose from; only the default where no card follows the choice."""
    follows = portal.comparisons or any(may_choose(card) for card in portal.metrics)
    return tuple(RangeName) if follows else (default_range(portal),)


def _read(reader: Reader, planned: _Planned, needs: SharedNeeds, now: datetime) -> Gathered:
    source = NumberSource(reader, needs)
    return Gathered(
        inputs=planned.inputs,
        customer=planned.customer,
        default=planned.default,
        ranges={name: planned_data(plan, source) for name, plan in planned.plans.items()},
        sessions=newest_sessions(reader, until=default_now(now, reader.data_as_of)),
        agents=agent_names(reader),
        data_as_of=reader.data_as_of,
        snapshot=reader.snapshot_name.removesuffix(".duckdb"),
        price_list=reader.info.price_list_version,
    )
