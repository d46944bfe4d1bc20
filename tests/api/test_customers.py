"""Customers: those of events and those that were set; what was set wins, and null gives it back."""

from typing import Any

import pytest

from tests.builders.api import Api, code, fault

PATH = "/v1/portal/customers"


def test_a_customer_is_what_events_say(shared_api: Api) -> None:
    told = shared_api.get(f"{PATH}/cust_b", "b").json()
    assert told == {
        "customer_id": "cust_b",
        "name": "Globex 777",
        "timezone": "Asia/Kathmandu",
        "locale": "en-US",
        "has_events": True,
        "updated_at": None,
    }


def test_what_is_set_wins_until_it_is_taken_back(api: Api) -> None:
    path = f"{PATH}/cust_a"
    before = api.get(path).json()
    sent = {"name": "Acme Renamed", "timezone": "America/New_York", "locale": "pt-br"}
    after = api.patch(path, sent).json()
    assert after == {**before, **sent, "locale": "pt-BR", "updated_at": after["updated_at"]}
    assert api.get(path, "reader_a").json() == after
    assert api.patch(path, {}).json() == after
    assert api.patch(path, {"name": "Acme Renamed"}).json() == after
    back = api.patch(path, {"name": None, "timezone": None}).json()
    assert (back["name"], back["timezone"], back["locale"]) == (before["name"], before["timezone"], "pt-BR")
    assert api.get(f"{PATH}/cust_b", "b").json()["timezone"] == "Asia/Kathmandu"


def test_the_zone_that_is_set_is_the_one_that_everybody_uses(api: Api) -> None:
    from core.store.control.customers import zones_by_customer

    api.patch(f"{PATH}/cust_a", {"timezone": "Pacific/Auckland"})
    api.patch(f"{PATH}/cust_b", {"name": "Only a name 777"}, "b")
    with api.services.store.reading() as connection:
        assert zones_by_customer(connection) == {"cust_a": "Pacific/Auckland"}


def test_a_customer_that_no_event_has_named_can_be_set_by_keys_for_all(api: Api) -> None:
    path = f"{PATH}/cust_new"
    assert code(api.get(path, "all")) == (404, "CUSTOMER_NOT_FOUND")
    assert code(api.patch(path, {}, "all")) == (404, "CUSTOMER_NOT_FOUND")
    for who in ("a", "reader_a", "reader_all"):
        assert code(api.patch(path, {"name": "New"}, who))[0] in (403, 404)
    told = api.patch(path, {"locale": "de"}, "all").json()
    assert (told["name"], told["timezone"], told["locale"], told["has_events"]) == (
        "cust_new",
        "UTC",
        "de",
        False,
    )
    assert api.get(path, "all").json() == told
    assert api.get("/metrics/cost.total?customer_id=cust_new", "all").status_code == 200
    assert code(api.get("/metrics/cost.total?customer_id=cust_newer", "all")) == (404, "CUSTOMER_NOT_FOUND")


def test_customers_can_be_set_before_anything_is_published(empty_api: Api) -> None:
    assert empty_api.get(PATH, "all").json()["data"] == []
    assert empty_api.patch(f"{PATH}/cust_new", {"name": "New"}, "all").json()["name"] == "New"
    page = empty_api.get(PATH, "all").json()
    assert [c["customer_id"] for c in page["data"]] == ["cust_new"] and page["pagination"]["total"] == 1


def test_a_key_of_one_customer_sees_and_sets_only_that_one(api: Api) -> None:
    assert [c["customer_id"] for c in api.get(PATH).json()["data"]] == ["cust_a"]
    assert api.get(PATH).json()["pagination"]["total"] == 1
    foreign = [api.call(m, f"{PATH}/cust_b", json=s) for m, s in (("GET", None), ("PATCH", {"name": "x"}))]
    unknown = [api.call(m, f"{PATH}/cust_x", json=s) for m, s in (("GET", None), ("PATCH", {"name": "x"}))]
    assert [a.text for a in foreign] == [a.text for a in unknown]
    assert {code(a) for a in foreign} == {(404, "CUSTOMER_NOT_FOUND")}
    assert api.patch(f"{PATH}/cust_a", {"name": "Mine"}).status_code == 200


def test_a_read_key_sets_nothing(api: Api) -> None:
    assert code(api.patch(f"{PATH}/cust_a", {"name": "x"}, "reader_a")) == (403, "FORBIDDEN")


def test_all_customers_are_listed_in_pages_by_their_ids(api: Api) -> None:
    for customer_id in ("cust_aa", "z", "A", "ü", "cust_b"):
        assert api.patch(f"{PATH}/{customer_id}", {"locale": "de"}, "all").status_code == 200
    seen, cursor = list[str](), ""
    while True:
        page = api.get(f"{PATH}?limit=2{cursor}", "all").json()
        seen += [customer["customer_id"] for customer in page["data"]]
        assert page["pagination"]["total"] == 6
        if not page["pagination"]["has_more"]:
            break
        cursor = f"&cursor={page['pagination']['next_cursor']}"
    assert seen == ["A", "cust_a", "cust_aa", "cust_b", "z", "ü"]


def test_an_id_may_hold_a_slash_or_any_other_sign(api: Api) -> None:
    for written, customer_id in (
        ("org%2Facme", "org/acme"),
        ("a%20b", "a b"),
        ("50%25", "50%"),
        ("%C3%BC", "ü"),
    ):
        told = api.patch(f"{PATH}/{written}", {"locale": "de"}, "all").json()
        assert told["customer_id"] == customer_id
        assert api.get(f"{PATH}/{written}", "all").json() == told


@pytest.mark.parametrize("customer_id", ["*", "%25", "_", "null", "ALL", "%20", "%00", "%E2%80%AE"])
def test_no_word_stands_for_everybody(shared_api: Api, customer_id: str) -> None:
    for who in ("a", "all"):
        assert code(shared_api.get(f"{PATH}/{customer_id}", who)) == (400, "INVALID_CUSTOMER_ID")


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": "EUROPE/BERLIN"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": 1}, "timezone"),
        ({"locale": "en_US"}, "locale"),
        ({"locale": "xx-YY"}, "locale"),
        ({"name": ""}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"plan": "gold"}, "plan"),
        ({"customer_id": "x"}, "customer_id"),
    ],
)
def test_what_cannot_be_set_is_refused(shared_api: Api, sent: dict[str, Any], param: str) -> None:
    assert fault(shared_api.patch(f"{PATH}/cust_a", sent)) == (400, "INVALID_PARAMETER", param)


def test_all_that_cannot_be_set_is_named_at_once(shared_api: Api) -> None:
    answer = shared_api.patch(f"{PATH}/cust_a", {"timezone": "x", "locale": "y", "name": ""})
    assert {d["param"] for d in answer.json()["error"]["details"]} == {"timezone", "locale", "name"}


def test_if_match_is_honoured(api: Api) -> None:
    path = f"{PATH}/cust_a"
    tag = {"If-Match": api.get(path).headers["etag"]}
    assert api.patch(path, {"name": "One"}, headers=tag).status_code == 200
    assert code(api.patch(path, {"name": "Two"}, headers=tag)) == (412, "PRECONDITION_FAILED")
    assert code(api.patch(f"{PATH}/cust_n", {"name": "N"}, "all", headers=tag)) == (
        412,
        "PRECONDITION_FAILED",
    )
