"""Cards lie inside the grid and apart, and sections name cards that are there."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.portals.definition import Layout, PortalMetric, Position, Section, Size
from core.portals.grid import MAX_HEIGHT, MAX_ROWS, layout_faults
from tests.builders.portals import before_after, card, portal


def _at(row: int, col: int, width: int, height: int, metric_id: str = "cost.total") -> PortalMetric:
    return card(metric_id, position=Position(row, col), size=Size(width, height))


def _faults(*cards: PortalMetric, **more: object) -> list[tuple[str, str]]:
    definition = replace(portal(), metrics=cards, **more)
    return [(fault.param, fault.message) for fault in layout_faults(definition)]


def test_cards_side_by_side_and_below_one_another_are_fine() -> None:
    assert _faults(_at(0, 0, 6, 2), _at(0, 6, 6, 2), _at(2, 0, 12, 4), _at(99, 3, 1, 1)) == []
    assert _faults(_at(0, 0, 24, 2), layout=Layout(24)) == []


def test_a_grid_has_12_16_or_24_columns() -> None:
    for columns in (0, -12, 1, 11, 13, 100, 10**15):
        assert _faults(_at(0, 0, 1, 1), layout=Layout(columns)) == [
            ("layout.grid_columns", "must be 12, 16 or 24")
        ]


def test_every_number_outside_of_the_grid_is_named() -> None:
    found = _faults(
        _at(-1, -1, 0, 0), _at(0, 12, 1, 51), _at(0, 8, 5, 1), _at(995, 0, 1, 6), _at(0, 0, 13, 1)
    )
    assert found == [
        ("metrics[0].position.row", "must be 0 or more"),
        ("metrics[0].position.col", "must be from 0 to 11"),
        ("metrics[0].size.width", "must be from 1 to 12"),
        ("metrics[0].size.height", "must be from 1 to 50"),
        ("metrics[1].position.col", "must be from 0 to 11"),
        ("metrics[1].size.height", "must be from 1 to 50"),
        ("metrics[2].size.width", "must end within the 12 columns of the grid"),
        ("metrics[3].position.row", "must end within the first 1000 rows"),
        ("metrics[4].size.width", "must be from 1 to 12"),
    ]


def test_a_card_on_another_is_named_with_the_other() -> None:
    assert _faults(_at(0, 0, 6, 2), _at(0, 6, 6, 2), _at(1, 5, 2, 2)) == [
        ("metrics[2].position", "must not lie on metrics[0]")
    ]


def test_a_comparison_with_a_place_shares_the_grid() -> None:
    placed = replace(before_after(), position=Position(1, 1), size=Size(2, 2))
    found = _faults(_at(0, 0, 6, 2), comparisons=(placed,))
    assert found == [("comparisons[0].position", "must not lie on metrics[0]")]
    below = replace(placed, position=Position(2, 0))
    assert _faults(_at(0, 0, 6, 2), comparisons=(below, before_after())) == []


def test_a_comparison_has_both_a_position_and_a_size_or_neither() -> None:
    one, two = replace(before_after(), position=Position(0, 0)), replace(before_after(), size=Size(1, 1))
    found = _faults(comparisons=(one, two))
    assert [param for param, _ in found] == ["comparisons[0].size", "comparisons[1].position"]


def test_sections_name_cards_and_each_one_once() -> None:
    cards = (_at(0, 0, 1, 1, "a"), _at(0, 1, 1, 1, "b"))
    sections = (Section(("a", "gone")), Section(("b", "a")), Section(()))
    assert _faults(*cards, layout=Layout(12, sections)) == [
        ("layout.sections[0].metrics[1]", "must be the id of a metric that has a card"),
        ("layout.sections[1].metrics[1]", "must not stand here and in layout.sections[0].metrics[0]"),
    ]


def test_a_section_may_name_a_comparison_that_has_a_place_and_no_other() -> None:
    placed = replace(before_after(), position=Position(2, 0), size=Size(2, 2))
    layout = Layout(12, (Section(("comparison_1",)),))
    assert _faults(comparisons=(placed,), layout=layout) == []
    assert [p for p, _ in _faults(comparisons=(before_after(),), layout=layout)] == [
        "layout.sections[0].metrics[0]"
    ]


def test_what_no_section_names_stands_in_a_last_one() -> None:
    cards = (_at(0, 0, 1, 1, "a"), _at(0, 1, 1, 1, "b"), _at(0, 2, 1, 1, "a"))
    definition = replace(portal(), metrics=cards)
    assert definition.sections == (Section(("a", "b")),)
    asked = replace(definition, layout=Layout(12, (Section(("b",), "First"),)))
    assert asked.sections == (Section(("b",), "First"), Section(("a",)))
    whole = replace(definition, layout=Layout(12, (Section(("b", "a")),)))
    assert whole.sections == (Section(("b", "a")),)
    assert replace(portal(), metrics=()).sections == ()


_NEAR = st.integers(-2, 14)
_CARDS = st.lists(st.builds(_at, _NEAR, _NEAR, _NEAR, _NEAR), max_size=6)


@settings(max_examples=300, deadline=None)
@given(_CARDS)
def test_faults_are_found_exactly_where_cells_say_so(cards: list[PortalMetric]) -> None:
    taken: dict[tuple[int, int], int] = {}
    outside, overlapping = set[int](), set[int]()
    for index, one in enumerate(cards):
        cells = [
            (one.position.row + down, one.position.col + right)
            for down in range(one.size.height)
            for right in range(one.size.width)
        ]
        if not cells or any(row < 0 or not 0 <= col < 12 for row, col in cells):
            outside.add(index)
            continue
        if any(cell in taken for cell in cells):
            overlapping.add(index)
        taken |= {cell: index for cell in cells if cell not in taken}
    found = _faults(*cards)
    named = {int(param.split("]")[0].removeprefix("metrics[")) for param, _ in found}
    assert named == outside | overlapping
    on_others = {param for param, message in found if "must not lie on" in message}
    assert on_others == {f"metrics[{index}].position" for index in overlapping}


@given(st.integers(), st.integers(), st.integers(), st.integers(), st.integers())
def test_no_number_is_too_large_to_be_judged(
    row: int, col: int, width: int, height: int, columns: int
) -> None:
    found = _faults(_at(row, col, width, height), layout=Layout(columns))
    inside = row >= 0 and row + height <= MAX_ROWS and 1 <= height <= MAX_HEIGHT and col >= 0 and width >= 1
    if not found:
        assert inside and col + width <= columns and columns in (12, 16, 24)
