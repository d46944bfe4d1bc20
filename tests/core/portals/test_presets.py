"""A preset is a portal that somebody can show in a minute, on every grid."""

from dataclasses import replace

import pytest

from core.catalogue import CATALOGUE
from core.metric_info import find_for_use
from core.portals.check import check_portal
from core.portals.definition import GRID_COLUMNS, ChartType, Layout
from core.portals.preset import Preset, filled
from core.portals.presets import PRESETS
from tests.builders.portals import card, portal

presets = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
grids = pytest.mark.parametrize("columns", GRID_COLUMNS)


def test_the_documented_preset_and_one_for_each_kind_of_agent_are_there() -> None:
    assert {"standard_dashboard", "support_agent", "sales_agent", "coding_agent"} <= PRESETS.keys()
    assert all(preset.id == preset_id for preset_id, preset in PRESETS.items())
    assert all(preset.name and preset.description.endswith(".") for preset in PRESETS.values())


@presets
@grids
def test_a_preset_is_sound_and_fills_the_width_of_every_row(preset: Preset, columns: int) -> None:
    cards = tuple(preset.cards(columns))
    definition = replace(portal(), metrics=cards, layout=Layout(columns, preset.sections()))
    assert check_portal(definition, find_metric=find_for_use).faults == ()
    for row in {one.position.row for one in cards}:
        assert sum(one.size.width for one in cards if one.position.row == row) == columns


@presets
def test_a_preset_shows_each_metric_once_in_words_of_its_readers(preset: Preset) -> None:
    cards = list(preset.cards(12))
    assert len({one.metric_id for one in cards}) == len(cards) >= 8
    assert len({one.display_name for one in cards}) == len(cards)
    assert all(one.metric_id in CATALOGUE and one.metric_id not in one.display_name for one in cards)


@presets
def test_a_preset_begins_with_numbers_and_has_several_kinds_of_charts(preset: Preset) -> None:
    cards = list(preset.cards(12))
    assert {one.chart_type for one in cards if one.position.row == 0} == {ChartType.NUMBER}
    assert len({one.chart_type for one in cards}) >= 3
    assert all(one.target is None for one in cards)


@presets
def test_a_preset_has_a_titled_section_for_every_card(preset: Preset) -> None:
    named = [metric_id for section in preset.sections() for metric_id in section.metrics]
    assert sorted(named) == sorted(one.metric_id for one in preset.cards(12))
    assert all(section.title for section in preset.sections())


@grids
def test_several_presets_lie_below_one_another_and_show_a_metric_once(columns: int) -> None:
    own = card("cost.total")
    cards, sections = filled(PRESETS.values(), columns, (own,))
    definition = replace(portal(), metrics=cards, layout=Layout(columns, sections))
    assert cards[0] == own and len({one.metric_id for one in cards}) == len(cards)
    assert check_portal(definition, find_metric=find_for_use).faults == ()


def test_the_neighbours_of_a_card_that_is_left_out_share_its_place() -> None:
    preset = PRESETS["standard_dashboard"]
    without = [one for one in preset.cards(12, without=["cost.per_completion"]) if one.position.row == 0]
    assert [(one.position.col, one.size.width) for one in without] == [(0, 4), (4, 4), (8, 4)]


def test_nothing_is_added_by_no_preset() -> None:
    assert filled([], 12, (card("cost.total"),)) == ((card("cost.total"),), ())
