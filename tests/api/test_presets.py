"""Presets are listed as a portal's configuration has them, for every key."""

import pytest

from core.portals.presets import PRESETS
from tests.builders.api import Api, code

PATH = "/v1/portal/presets"


def test_every_preset_is_listed_with_its_cards_and_sections(shared_api: Api) -> None:
    told = shared_api.get(PATH, "reader_a").json()
    assert [preset["id"] for preset in told["data"]] == list(PRESETS)
    for preset in told["data"]:
        assert preset["name"] and preset["description"]
        assert preset["layout"]["grid_columns"] == 12
        named = [i for section in preset["layout"]["sections"] for i in section["metrics"]]
        assert sorted(named) == sorted(card["metric_id"] for card in preset["metrics"])


@pytest.mark.parametrize("preset_id", PRESETS)
def test_a_preset_may_be_sent_as_it_is_or_by_its_name(api: Api, preset_id: str) -> None:
    preset = next(p for p in api.get(PATH).json()["data"] if p["id"] == preset_id)
    by_hand = {"branding": {"title": "By hand"}, "metrics": preset["metrics"], "layout": preset["layout"]}
    by_name = {"branding": {"title": "By name"}, "preset_metrics": [preset_id]}
    for who in ("a", "b"):
        one, two = (api.post("/v1/portal/configs", sent, who).json() for sent in (by_hand, by_name))
        assert one["metrics"] == two["metrics"] and one["layout"] == two["layout"]


def test_the_list_needs_a_key_and_no_parameters(shared_api: Api) -> None:
    assert code(shared_api.get(PATH, None)) == (401, "UNAUTHORIZED")
    assert code(shared_api.get(f"{PATH}?x=1")) == (400, "INVALID_PARAMETER")
