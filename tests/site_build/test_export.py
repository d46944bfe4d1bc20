"""The export opens as text: no cell is a formula, every text is one field, numbers stay exact numbers."""

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from core.periods import named_period, zone
from core.portal_data.portal import portal_data
from site_build.export import HEAD, export_csv, guarded
from tests.builders import NOON, card, portal, reader_of, snapshot_of
from tests.site_build.conftest import events, everything
from tests.site_build.payloads import FORMULAS, HARMLESS, MARKUP


def _rows(text: str) -> list[dict[str, str]]:
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(found[0]) == HEAD
    assert {len(row) for row in found} == {len(HEAD)}
    return [dict(zip(HEAD, row, strict=True)) for row in found[1:]]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_gets_a_quote(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS, *MARKUP])
def test_any_name_is_one_field(text: str) -> None:
    with reader_of(snapshot_of(events()), "cust_a") as reader:
        one = portal(replace(card("cost.total"), display_name=text))
        found = portal_data(reader, one, named_period("7d", NOON, zone("UTC")), {})
    names = {row["name"] for row in _rows(export_csv(found))}
    assert names == {guarded(text)}


def test_numbers_are_those_of_the_cards_to_the_last_digit() -> None:
    with reader_of(snapshot_of(events()), "cust_a") as reader:
        found = portal_data(reader, everything(), named_period("30d", NOON, zone("Europe/Berlin")), {})
    rows = _rows(export_csv(found))
    for one in found.cards:
        own = [row for row in rows if row["metric_id"] == one.card.metric_id]
        total = next(row for row in own if row["kind"] == "total")
        assert (
            total["value"] == "" if one.value is None else Decimal(total["value"]) == Decimal(str(one.value))
        )
        assert len([row for row in own if row["kind"] == "bucket"]) == len(one.series or ())
        assert len([row for row in own if row["kind"] == "part"]) == len(one.breakdown)
    assert "777" not in export_csv(found)
