"""Drawings are made of numbers; words are put beside them as text, and nothing in them reaches outside."""

import json
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from core.portals.definition import Target
from core.store.snapshot import Snapshot
from site_build.chart_data import buckets, chart_data
from site_build.report.drawing import WIDTH, Ink, _filled, _wrapped, chart, donut, spark
from site_build.report.rows import Rows, donut_rows, series_rows, spark_rows
from site_build.report.specs import compiled, refuse_reach, written
from site_build.words import words_of
from tests.builders import card, portal
from tests.site_build.payloads import MARKUP
from tests.site_build.report.papers import OCTOBER, job_of, numbers_of

INK = Ink("#2563eb", "#1d4ed8")
DRAWN = {"svg", "g", "path", "line", "text", "circle", "rect"}


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())


@pytest.fixture(scope="module")
def rows(snapshot: Snapshot) -> dict[str, Rows]:
    words, found = words_of("de-DE", OCTOBER.zone), {}
    for kind in ("line", "bar"):
        one = portal(card("cost.total", kind, target=Target(5, "Goal")))
        data = numbers_of(snapshot, job_of(one)).data.cards[0]
        found[kind] = series_rows(chart_data(data, words), buckets(data, words))
    return found


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_chart_is_of_plain_shapes_and_as_wide_as_the_page(rows: dict[str, Rows], kind: str) -> None:
    svg = chart(rows[kind], INK, ("Okt.", "Sept."))
    assert {one.tag.partition("}")[2] for one in elements(svg)} <= DRAWN
    assert elements(svg)[0].get("width") == f"{WIDTH:g}"
    assert not re.search(
        r"https?:(?!//www\.w3\.org/2000/svg)|href|<style|<script|<image|NaN|undefined|@", svg
    )


def test_the_same_numbers_are_the_same_drawing(rows: dict[str, Rows]) -> None:
    assert chart(rows["line"], INK, ("a", "b")) == chart(rows["line"], INK, ("a", "b"))


def test_words_stay_words_whatever_they_are(rows: dict[str, Rows]) -> None:
    plain = [one.tag for one in elements(chart(replace(rows["line"], target=(5.0, "x")), INK, ("x", "x")))]
    for text in MARKUP:
        svg = chart(replace(rows["line"], target=(5.0, text[:12])), INK, (text[:12], text[:12]))
        found = elements(svg)
        assert [one.tag for one in found] == plain
        assert text[:12].strip() in "".join(one.text or "" for one in found)


def test_only_numbers_reach_the_drawing_library(rows: dict[str, Rows]) -> None:
    spec: Any = _filled(replace(rows["line"], target=(5.0, "WORDS"), xticks=((1.0, "WORDS"),)), INK, 10, 10)
    assert "WORDS" not in json.dumps(spec)


def test_zero_to_top_is_the_height_of_the_drawing(rows: dict[str, Rows]) -> None:
    low, high = rows["line"].y
    assert low == 0 < high
    assert all(low <= at <= high for at, _ in rows["line"].yticks)


def test_neighbours_names_do_not_cover_each_other(rows: dict[str, Rows]) -> None:
    low, high = rows["line"].y
    for at in (low, high, (low + high) / 2):
        crowded = replace(rows["line"], target=(at, "Goal of two long lines that wrap"), ends=(at, at))
        svg = chart(crowded, INK, ("Okt.", "Sept."))
        side = [float(one.get("y", 0)) for one in elements(svg) if one.get("text-anchor") == "start"]
        assert len(side) == 4 and all(0 < y < 178 for y in side)
        assert min(b - a for a, b in zip(sorted(side), sorted(side)[1:], strict=False)) > 8


def test_a_long_name_is_wrapped_and_cut() -> None:
    assert _wrapped("Short") == ("Short",)
    assert (
        _wrapped("Agreed: at most 25 of 100") == ("Agreed: at most 25", "of 100")
        or len(_wrapped("Agreed: at most 25 of 100")) == 2
    )
    first, second = _wrapped("W" * 200)
    assert second.endswith("…") and len(first) < 40


def test_a_donut_has_a_slice_for_each_part() -> None:
    found = [one.get("fill") for one in elements(donut(donut_rows([0.5, 0.3, 0.2]), INK))]
    assert [fill for fill in found if fill and fill != "none"] == list(INK.parts[:3])


def test_a_small_line_needs_two_values() -> None:
    assert spark_rows([None, 1.0]) is None and spark_rows([]) is None
    flat = spark_rows([0.0, 0.0])
    assert flat is not None and "NaN" not in spark(flat, INK)


def test_the_specs_hold_nothing_that_reaches_outside() -> None:
    assert set(compiled()) == set(written()) == {"line", "bar", "histogram", "donut", "spark"}
    for spec in written().values():
        assert not re.search(r'"(url|href|expr|signal|usermeta)"|"image"', json.dumps(spec))


@pytest.mark.parametrize(
    "bad",
    [
        {"mark": "image"},
        {"mark": {"type": "image"}},
        {"data": {"url": "http://127.0.0.1/x"}},
        {"layer": [{"encoding": {"href": {"value": "x"}}}]},
        {"params": [{"expr": "1"}]},
        {"usermeta": {"embedOptions": {}}},
        {"title": {"text": {"signal": "1"}}},
    ],
)
def test_a_spec_that_could_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="may not have"):
        refuse_reach("line", bad)
