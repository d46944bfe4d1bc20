"""Portals are changed in parts: states, fields, tags of what was read, and passwords that are never read back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.portals.passwords import is_password
from core.store.control.portals import password_hash, touch_portal
from tests.builders.api import NOW, Api, code, fault
from tests.builders.portal_bodies import COMPARISON, PATH, body, card, made


def test_draft_and_active_change_into_each_other_and_archived_is_final(api: Api) -> None:
    path = f"{PATH}/{made(api)['portal_id']}"
    for status in ("active", "draft", "active", "active", "archived", "archived"):
        assert api.patch(path, {"status": status}).json()["status"] == status
    for change in (
        {"status": "draft"},
        {"status": "active"},
        {"name": "x"},
        {"access": {"password": "hunter2hunter2"}},
    ):
        assert fault(api.patch(path, change)) == (409, "INVALID_STATE", "status")
    assert api.patch(path, {}).status_code == 200
    assert api.get(path).json()["status"] == "archived"
    assert fault(api.patch(path, {"status": "deleted"})) == (400, "INVALID_PARAMETER", "status")


def test_an_empty_change_changes_nothing(api: Api) -> None:
    told = made(api)
    path = f"{PATH}/{told['portal_id']}"
    for change in (
        {},
        {"branding": {}},
        {"access": {}},
        {"name": told["name"]},
        {"metrics": told["metrics"]},
    ):
        assert api.patch(path, change).json() == told


def test_what_was_read_can_be_sent_back(api: Api) -> None:
    told = made(
        api, comparisons=[COMPARISON], access={"embed_enabled": True, "allowed_domains": ["acme.com"]}
    )
    path = f"{PATH}/{told['portal_id']}"
    kept = ("name", "customer_id", "status", "branding", "metrics", "layout", "comparisons", "access")
    assert {**api.patch(path, {n: told[n] for n in kept}).json(), "updated_at": ""} == {
        **told,
        "updated_at": "",
    }


def test_objects_are_merged_lists_replaced_and_null_takes_away(api: Api) -> None:
    told = made(
        api,
        branding={"title": "T", "logo_url": "https://cdn.acme.com/l.png", "primary_color": "#26E",
        "theme": "dark"},
        access={"embed_enabled": True, "allowed_domains": ["acme.com", "acme.org"]},
        layout={"grid_columns": 24, "sections": [{"title": "S",
        "collapsible": True, "metrics": ["quality.sentiment_shift"]}]},
    )  # fmt: skip
    path = f"{PATH}/{told['portal_id']}"
    after = api.patch(
        path, {"branding": {"logo_url": None, "title": "U"}, "access": {"allowed_domains": ["acme.net"]}}
    )
    assert after.json()["branding"] == {"title": "U", "primary_color": "#26E", "theme": "dark"}
    assert after.json()["access"]["allowed_domains"] == ["acme.net"]
    assert after.json()["access"]["embed_enabled"] is True
    assert after.json()["layout"] == told["layout"]
    assert after.json()["name"] == "T"
    assert api.patch(path, {"layout": None}).json()["layout"]["grid_columns"] == 12
    for change in (
        {"branding": {"title": None}},
        {"metrics": None},
        {"name": None},
        {"access": None},
        {"status": None},
    ):
        assert code(api.patch(path, change)) == (400, "INVALID_PARAMETER")


def test_a_section_must_not_name_a_card_that_a_change_takes_away(api: Api) -> None:
    sections = [{"metrics": ["quality.sentiment_shift"]}]
    path = f"{PATH}/{made(api, layout={'sections': sections})['portal_id']}"
    answer = api.patch(path, {"metrics": [card()]})
    assert fault(answer) == (400, "INVALID_LAYOUT", "layout.sections[0].metrics[0]")
    both = {"metrics": [card()], "layout": {"sections": [{"metrics": ["cost.total"]}]}}
    assert api.patch(path, both).status_code == 200


def test_whose_portal_it_is_cannot_be_changed(api: Api) -> None:
    path = f"{PATH}/{made(api, 'all', customer_id='cust_a')['portal_id']}"
    assert api.patch(path, {"customer_id": "cust_a"}, "all").status_code == 200
    for who, other in (("all", "cust_b"), ("a", "cust_b"), ("a", "cust_x")):
        assert fault(api.patch(path, {"customer_id": other}, who)) == (
            400,
            "INVALID_PARAMETER",
            "customer_id",
        )


def test_if_match_is_honoured(api: Api) -> None:
    path = f"{PATH}/{made(api)['portal_id']}"
    tag = {"If-Match": api.get(path).headers["etag"]}
    with ThreadPoolExecutor(4) as pool:
        statuses = list(
            pool.map(lambda n: api.patch(path, {"name": f"N{n}"}, headers=tag).status_code, range(4))
        )
    assert sorted(statuses) == [200, 412, 412, 412]


def test_a_look_at_the_portal_does_not_change_its_tag(api: Api) -> None:
    portal_id = made(api)["portal_id"]
    tag = api.get(f"{PATH}/{portal_id}").headers["etag"]
    with api.services.store.writing() as connection:
        touch_portal(connection, portal_id, now=NOW)
    again = api.get(f"{PATH}/{portal_id}", headers={"If-None-Match": tag})
    assert again.status_code == 304


def _hash(api: Api, portal_id: str) -> str | None:
    with api.services.store.reading() as connection:
        return password_hash(connection, portal_id)


def test_a_password_is_kept_as_a_hash_and_never_read_back(api: Api) -> None:
    answer = api.post(PATH, body(access={"password": "hunter2-hunter2"}))
    told = answer.json()
    assert told["access"]["password_protected"] is True
    assert "hunter2" not in answer.text and "password" not in told["access"]
    kept = _hash(api, told["portal_id"])
    assert kept is not None and kept.startswith("$argon2id$") and is_password(kept, "hunter2-hunter2")
    path = f"{PATH}/{told['portal_id']}"
    after = api.patch(path, {"access": {"password": "another-one"}})
    assert after.json()["updated_at"] > told["updated_at"] and "another" not in after.text
    assert is_password(_hash(api, told["portal_id"]) or "", "another-one")
    for got in (api.get(path), api.get(PATH)):
        assert "argon2" not in got.text and "another" not in got.text


def test_protection_is_switched_without_losing_the_password(api: Api) -> None:
    portal_id = made(api, access={"password": "hunter2-hunter2"})["portal_id"]
    path = f"{PATH}/{portal_id}"
    assert api.patch(path, {"access": {"password_protected": False}}).status_code == 200
    assert _hash(api, portal_id) is not None
    assert api.patch(path, {"access": {"password_protected": True}}).status_code == 200
    refused = api.patch(path, {"access": {"password": None}})
    assert fault(refused) == (400, "INVALID_PARAMETER", "access.password")
    assert api.patch(path, {"access": {"password": None, "password_protected": False}}).status_code == 200
    assert _hash(api, portal_id) is None


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201, "seven\u0007 letters"])
def test_a_text_that_can_be_no_password_is_refused_without_being_said(api: Api, password: str) -> None:
    answer = api.post(PATH, body(access={"password": password}))
    assert fault(answer) == (400, "INVALID_PARAMETER", "access.password")
    assert not password or password not in answer.text


def test_a_protected_portal_needs_a_password(api: Api) -> None:
    answer = api.post(PATH, body(access={"password_protected": True}))
    assert fault(answer) == (400, "INVALID_PARAMETER", "access.password")
