"""Portals that are gathered together show what each shows alone, whatever their zones, and cost few passes."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from core.catalogue import CATALOGUE, REQUESTS, SESSIONS
from core.measures.gather import read_by_hours
from core.periods import default_now
from core.portal_data.customer import Overrides
from core.portal_data.inputs import PortalInputs
from core.portal_data.portal import portal_data
from core.portal_data.ranges import range_period
from core.portals.definition import PortalDefinition, RangeName
from core.store.readers import CustomerReaders, Reader
from core.store.snapshot import Snapshot
from site_build.gather import Gathered, _gather
from tests.builders import NOON, Events, call, card, customer, portal, session, snapshot_of

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Europe/Paris",
)
# Neither a full hour nor a full minute, so that every window is cut.
NOW = NOON + timedelta(minutes=17, seconds=23)
CUSTOMERS = [f"cust_{number}" for number in range(len(ZONES))]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Half a year of customers in zones of their own; an hour holds many calls and hardly two sessions."""
    chance, made = random.Random(5), Events()
    for number, (customer_id, tz) in enumerate(zip(CUSTOMERS, ZONES, strict=True)):
        made.customers.append(customer(customer_id=customer_id, timezone=tz))
        for _ in range(70):
            at = NOW - timedelta(seconds=chance.randrange(chance.choice((1, 9, 180)) * 86_400))
            name = f"{customer_id}_{len(made.sessions)}"
            made.sessions.append(session(customer_id=customer_id, session_id=name, started_at=at))
            made.llm_requests.extend(
                call(
                    customer_id=customer_id,
                    session_id=name,
                    started_at=at + timedelta(seconds=n),
                    model=f"model-{chance.randrange(3)}",
                    cost_usd=f"{chance.randrange(1, 900) / 100}",
                    latency_ms=chance.randrange(100, 9000) / 8,
                )
                for n in range(number + 12)
            )
    return snapshot_of(made)


def everything(customer_id: str) -> PortalDefinition:
    cards = [card(metric_id, "line", compare="previous") for metric_id in CATALOGUE]
    parts = [card("cost.by_model", "pie"), card("usage.requests.total", "bar")]
    # Not everybody shows the same, so that what they ask is not alike one by one.
    shown = cards if customer_id < "cust_4" else [*parts, *cards[::2]]
    return portal(*shown, customer_id=customer_id, portal_id=f"portal_{customer_id}")


class Counting(CustomerReaders):
    """Readers that count their passes over the rows of calls and sessions."""

    passes = 0

    def _run(self, text, values):  # type: ignore[no-untyped-def]
        self.passes += "llm_requests" in text or "sessions" in text
        return super()._run(text, values)


def together(
    snapshot: Snapshot, customer_ids: list[str], like: PortalDefinition | None = None
) -> tuple[dict[str, Gathered], int]:
    """Their portals, each as `everything` has it or all like one, and how many passes they cost."""
    own = (replace(like, customer_id=one) if like else everything(one) for one in customer_ids)
    inputs = [PortalInputs(one, {}, Overrides()) for one in own]
    assert snapshot.pin()
    with Counting(snapshot, customer_ids) as readers:
        found = list(_gather(readers, inputs, NOW))
        assert all(isinstance(one, Gathered) for one in found), found
        return {one.portal.customer_id: one for one in found if isinstance(one, Gathered)}, readers.passes


def test_portals_of_many_zones_gathered_together_show_what_each_shows_alone(snapshot: Snapshot) -> None:
    found, _ = together(snapshot, CUSTOMERS)
    for customer_id, tz in zip(CUSTOMERS, ZONES, strict=True):
        one = found[customer_id]
        assert one.customer.zone.key == tz
        assert snapshot.pin()
        with Reader(snapshot, customer_id) as own:
            for name in RangeName:
                period = range_period(name, default_now(NOW, own.data_as_of), one.customer.zone)
                alone = portal_data(own, one.portal, period, {}, for_page=True)
                assert one.ranges[name] == alone, (customer_id, name)
                assert any(shown.value for shown in alone.cards)


def test_calls_are_read_by_the_hour_and_sessions_are_not(snapshot: Snapshot) -> None:
    assert snapshot.pin()
    with CustomerReaders(snapshot, CUSTOMERS) as readers, readers.customer(CUSTOMERS[0]) as reader:
        by_hours = read_by_hours(reader)
    assert REQUESTS in by_hours and SESSIONS not in by_hours


def test_zones_of_the_same_hours_cost_what_one_of_them_does(snapshot: Snapshot) -> None:
    berlin, paris = (CUSTOMERS[ZONES.index(f"Europe/{city}")] for city in ("Berlin", "Paris"))
    # Both show the same, as else one of them asks for more.
    (_, one), (_, both) = (together(snapshot, ids, everything(berlin)) for ids in ([berlin], [berlin, paris]))
    assert 0 < one == both


def test_zones_cost_no_passes_of_their_own(snapshot: Snapshot) -> None:
    whole_hours = [CUSTOMERS[0]], [CUSTOMERS[0], CUSTOMERS[1], CUSTOMERS[2], CUSTOMERS[3]]
    (_, one), (_, four) = (together(snapshot, customer_ids) for customer_ids in whole_hours)
    assert 0 < one <= four < 1.5 * one
