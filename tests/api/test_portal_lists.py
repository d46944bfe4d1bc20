"""Portals in pages: whatever comes between, of one status, and with cursors that are good for nothing else."""

import pytest

from tests.builders.api import Api, code, fault
from tests.builders.portal_bodies import CUSTOMERS, PATH, made


def test_pages_lead_through_all_portals_whatever_comes_between(api: Api) -> None:
    names = [made(api, name=f"n{n}")["name"] for n in range(5)]
    seen, cursor = list[str](), ""
    for page in range(3):
        answer = api.get(f"{PATH}?limit=2{cursor}").json()
        seen += [portal["name"] for portal in answer["data"]]
        assert answer["pagination"]["has_more"] is (answer["pagination"]["next_cursor"] is not None)
        cursor = f"&cursor={answer['pagination']['next_cursor']}"
        if page == 0:
            made(api, name="new")
            made(api, "b", name="n 777")
    assert seen == [*names, "new"]
    assert answer["pagination"] == {"has_more": False, "next_cursor": None, "total": 6}


def test_a_page_of_one_status_has_only_those(api: Api) -> None:
    made(api, name="a")
    active = made(api, name="b")["portal_id"]
    api.patch(f"{PATH}/{active}", {"status": "active"})
    assert [p["portal_id"] for p in api.get(f"{PATH}?status=active").json()["data"]] == [active]
    assert api.get(f"{PATH}?status=archived").json()["pagination"]["total"] == 0
    assert fault(api.get(f"{PATH}?status=gone")) == (400, "INVALID_PARAMETER", "status")


def test_a_cursor_is_good_only_for_who_got_it_and_what_was_asked(api: Api) -> None:
    for n in range(3):
        made(api, name=f"n{n}")
        made(api, "b", name=f"n{n}")
    cursor = api.get(f"{PATH}?limit=1").json()["pagination"]["next_cursor"]
    of_b = api.get(f"{PATH}?limit=1", "b").json()["pagination"]["next_cursor"]
    assert api.get(f"{PATH}?limit=2&cursor={cursor}").status_code == 200
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for forged in (
        of_b,
        flipped,
        cursor + "=",
        cursor[:-4],
        "x",
        "",
        "%00",
        "W10",
        "ü",
        "A" * 3000,
        cursor + "A",
    ):
        answer = api.get(f"{PATH}?limit=2&cursor={forged}")
        assert fault(answer) == (400, "INVALID_PARAMETER", "cursor"), forged
    assert fault(api.get(f"{PATH}?status=draft&cursor={cursor}")) == (400, "INVALID_PARAMETER", "cursor")
    assert fault(api.get(f"{CUSTOMERS}?cursor={cursor}")) == (400, "INVALID_PARAMETER", "cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=1", "limit=1&limit=2"])
def test_what_cannot_be_asked_of_the_list_is_refused(shared_api: Api, query: str) -> None:
    assert code(shared_api.get(f"{PATH}?{query}")) == (400, "INVALID_PARAMETER")
