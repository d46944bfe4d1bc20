"""A partial update merges objects, replaces lists, and takes away what is null."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidState
from core.portals.definition import Access, Branding, PortalStatus, Theme
from core.portals.merge import merge, merged
from core.portals.plain import from_plain, to_plain
from tests.builders.portals import before_after, card, portal

BEFORE = portal(
    card("cost.total", compare="previous"),
    card("perf.latency.avg", "line"),
    branding=Branding("Title", "https://acme.com/logo.png", "#2563EB", Theme.DARK),
    access=Access(True, ("*.acme.com",)),
    comparisons=(before_after(),),
)


def test_an_object_is_merged() -> None:
    after = merged(BEFORE, {"branding": {"title": "Other"}})
    assert after == replace(BEFORE, branding=replace(BEFORE.branding, title="Other"))


def test_a_list_is_replaced() -> None:
    after = merged(BEFORE, {"access": {"allowed_domains": ["acme.org"]}, "metrics": []})
    assert after == replace(BEFORE, access=Access(True, ("acme.org",)), metrics=())


def test_null_takes_an_optional_field_away() -> None:
    after = merged(BEFORE, {"branding": {"logo_url": None, "theme": None}, "comparisons": None})
    assert after == replace(
        BEFORE, branding=replace(BEFORE.branding, logo_url=None, theme=Theme.LIGHT), comparisons=()
    )


def test_a_null_inside_a_list_is_a_field_that_was_left_out() -> None:
    metric = {**to_plain(BEFORE)["metrics"][1], "target": None, "comparison": None}
    assert merged(BEFORE, {"metrics": [metric]}).metrics == (BEFORE.metrics[1],)


def test_nothing_changes_nothing() -> None:
    assert merged(BEFORE, {}) == BEFORE
    assert merged(BEFORE, to_plain(BEFORE)) == BEFORE


@pytest.mark.parametrize("before", ["draft", "active"])
@pytest.mark.parametrize("after", ["draft", "active", "archived"])
def test_a_status_that_is_not_final_leads_to_every_other(before: str, after: str) -> None:
    started = replace(BEFORE, status=PortalStatus(before))
    assert merged(started, {"status": after}).status is PortalStatus(after)


def test_archived_is_final() -> None:
    archived = replace(BEFORE, status=PortalStatus.ARCHIVED)
    for change in ({"status": "draft"}, {"status": "active"}, {"name": "Other"}):
        with pytest.raises(InvalidState, match="for good"):
            merged(archived, change)
    with pytest.raises(InvalidState):
        merged(archived, {}, is_other=True)
    assert merged(archived, {"status": "archived"}) == archived == merged(archived, {})


def test_a_configuration_comes_back_from_its_plain_values() -> None:
    assert from_plain(to_plain(BEFORE)) == BEFORE


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(st.text(max_size=2), _JSON, max_size=3)


@given(_OBJECTS, _OBJECTS)
def test_the_same_change_twice_is_the_change_once(before: dict, change: dict) -> None:
    once = merge(before, change)
    assert merge(once, change) == once


@given(_OBJECTS)
def test_an_empty_change_is_none(before: dict) -> None:
    assert merge(before, {}) == before
