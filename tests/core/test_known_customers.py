"""Every customer there is: of events, or set by somebody; listed once, in order, with what is set on top."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.known_customers import find_customer, list_customers
from core.store.control.customers import CustomerSettings
from tests.builders import Events, customer, reader_of, snapshot_of
from tests.builders.events import call

EVENTS = snapshot_of(
    Events(
        llm_requests=[call(customer_id="only_events")],
        customers=[customer(), customer(customer_id="cust_b", name="Globex 777", timezone="Asia/Kathmandu")],
    )
)


def test_what_is_set_wins_field_by_field() -> None:
    said = CustomerSettings("cust_b", name="Renamed", locale="de")
    with reader_of(EVENTS, "cust_b") as reader:
        found = find_customer(reader, said, "cust_b")
        plain = find_customer(reader, None, "cust_b")
    assert found is not None and plain is not None
    assert (found.name, found.timezone, found.locale) == ("Renamed", "Asia/Kathmandu", "de")
    assert (plain.name, plain.timezone, plain.locale, plain.has_events) == (
        "Globex 777", "Asia/Kathmandu", "en-US", True,
    )  # fmt: skip


def test_one_that_nobody_knows_is_none() -> None:
    with reader_of(EVENTS, "cust_x") as reader:
        assert find_customer(reader, None, "cust_x") is None
        made = find_customer(reader, CustomerSettings("cust_x"), "cust_x")
    assert made is not None and (made.name, made.timezone, made.has_events) == ("cust_x", "UTC", False)
    assert find_customer(None, None, "cust_a") is None


def test_a_reader_of_one_customer_finds_no_other() -> None:
    with reader_of(EVENTS, "cust_a") as reader:
        assert find_customer(reader, None, "cust_b") is None
        assert [one.customer_id for one in list_customers(reader, {}, after="", limit=9)[0]] == ["cust_a"]


_IDS = st.text("abc_ü", min_size=1, max_size=3)


@settings(deadline=None, max_examples=60)
@given(st.sets(_IDS | st.sampled_from(["cust_a", "cust_b"])), st.integers(1, 4))
def test_pages_hold_everybody_once_and_in_order(set_ids: set[str], limit: int) -> None:
    said = {customer_id: CustomerSettings(customer_id) for customer_id in set_ids}
    seen, after = list[str](), ""
    with reader_of(EVENTS, None) as reader:
        while True:
            page, total = list_customers(reader, said, after=after, limit=limit)
            if not page:
                break
            seen += [one.customer_id for one in page]
            after = seen[-1]
    assert seen == sorted({"cust_a", "cust_b", "only_events", *set_ids}) and total == len(seen)
