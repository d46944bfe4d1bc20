"""Names of portals: one customer has each of them once, in one form, and again when its portal is archived."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.builders.api import Api, code, fault
from tests.builders.portal_bodies import PATH, body, made


@pytest.mark.parametrize("name", ["Dashboard", "DASHBOARD", "dashboard", "\ufeffDashboard"])
def test_the_same_name_for_the_same_customer_is_refused(api: Api, name: str) -> None:
    made(api)
    assert fault(api.post(PATH, body(name=name))) == (409, "PORTAL_ALREADY_EXISTS", "name")
    assert made(api, "b", name=name)["customer_id"] == "cust_b"


def test_names_that_look_the_same_are_the_same(api: Api) -> None:
    made(api, name="Caf\u00e9 Stra\u00dfe")
    assert code(api.post(PATH, body(name="Cafe\u0301 STRASSE")))[0] == 409


def test_a_name_is_free_again_when_its_portal_is_archived(api: Api) -> None:
    first = made(api)
    other = made(api, name="Other")
    path = f"{PATH}/{other['portal_id']}"
    assert fault(api.patch(path, {"name": "Dashboard"})) == (409, "PORTAL_ALREADY_EXISTS", "name")
    api.patch(f"{PATH}/{first['portal_id']}", {"status": "archived"})
    assert api.patch(path, {"name": "Dashboard"}).json()["name"] == "Dashboard"
    assert api.patch(path, {"name": "DASHBOARD"}).json()["name"] == "DASHBOARD"


def test_of_many_who_take_one_name_at_once_one_gets_it(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api.post(PATH, body()).status_code, range(10)))
    assert sorted(statuses) == [201] + [409] * 9
    assert api.get(PATH).json()["pagination"]["total"] == 1


def test_names_are_kept_in_one_form(api: Api) -> None:
    told = made(api, name="\ufeffCafe\u0301", branding={"title": "<b>\u2028 & Co"})
    assert told["name"] == "Caf\u00e9"
    assert told["branding"]["title"] == "<b>\u2028 & Co"
    assert made(api, access={"embed_enabled": True, "allowed_domains": ["B\u00fccher.example"]})["access"][
        "allowed_domains"
    ] == ["xn--bcher-kva.example"]
