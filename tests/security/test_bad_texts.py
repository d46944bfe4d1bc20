"""Hostile texts in bodies: kept in one form or refused with a reason, and nothing but text where they are shown."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
import tinyhtml5

from core.periods import named_period, zone
from core.portal_data.portal import portal_data
from site_build.charts import forbidden, specs
from site_build.export import export_csv, guarded
from tests.builders import NOON, card, portal, reader_of, snapshot_of
from tests.security.bodies import card_body, kept, metric_body, portal_body
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A, Answer, Stage
from tests.site_build.conftest import events
from tests.site_build.test_pages import PAGES, _files_with, _shape

_TEXT = "branding.title | metric display_name"


def _everywhere(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Requests that put a text into every field that is a name of something."""
    body = portal_body(A, title=text)
    body["metrics"] = [card_body(display_name=text, target={"value": 5, "label": text})]
    body["layout"] = {"sections": [{"title": text, "metrics": ["cost.total"]}]}
    named = metric_body("$a", "a", name=text, description=text)
    rule = {
        "name": text,
        "metric_id": "cost.total",
        "condition": {"operator": "gt", "threshold": 1, "duration": "1h"},
    }
    return [
        ("POST", "/v1/portal/configs", body),
        ("POST", "/v1/analytics/metrics/custom", named),
        ("POST", "/v1/analytics/alerts", rule),
        ("PATCH", f"/v1/portal/customers/{A.customer_id}", {"name": text}),
    ]


def _sent(stage: Stage, text: str) -> list[Answer]:
    return [stage.ask(method, path, "all", body) for method, path, body in _everywhere(text)]


@pytest.mark.parametrize("one", taken(group="xss_html_css", where=_TEXT), ids=str)
def test_markup_is_taken_as_the_text_that_it_is(stage: Stage, one: Entry) -> None:
    for answer in _sent(stage, one.text):
        assert answer.status in one.statuses, answer.text
        assert answer.header("content-type") == "application/json"
        assert answer.header("x-content-type-options") == "nosniff"
        assert json.dumps(one.text, ensure_ascii=False).strip('"') in answer.text or one.text in str(
            answer.json()
        )


@pytest.mark.parametrize("one", taken(group="xss_html_css", where=_TEXT), ids=str)
def test_on_every_page_markup_changes_nothing_but_texts(one: Entry) -> None:
    made, plain = _files_with(one.text), _files_with("plain words")
    for name in PAGES:
        tree, other = (tinyhtml5.parse(files[name], namespace_html_elements=False) for files in (made, plain))
        assert _shape(tree) == _shape(other), name
        for island in re.findall(r'application/json"[^>]*>(.*?)</script>', made[name], re.S):
            json.loads(island)
        assert "49" not in one.text or "49" in plain[name] or "{{49}}" not in made[name]


_WRONG_BRANDING = {
    "branding.primary_color": "primary_color",
    "branding.logo_url": "logo_url",
    "branding.theme": "theme",
}


@pytest.mark.parametrize(
    "one", [one for where in _WRONG_BRANDING for one in taken(group="xss_html_css", where=where)], ids=str
)
def test_what_is_no_colour_address_or_theme_is_refused_by_name(stage: Stage, one: Entry) -> None:
    before = kept(stage)
    answer = stage.post("/v1/portal/configs", portal_body(A, **{_WRONG_BRANDING[one.where]: one.text}))
    assert answer.status == 400 and answer.status in one.statuses
    assert answer.param == one.where
    assert kept(stage) == before


@pytest.mark.parametrize("one", taken(ids=("XSS-050", "XSS-052", "XSS-053")), ids=str)
def test_nobody_hands_in_a_part_of_a_chart(stage: Stage, one: Entry) -> None:
    bodies = [portal_body(A), portal_body(A), portal_body(A)]
    bodies[0]["branding"] = one.input if "title" in one.input else {"title": one.input}
    bodies[1]["metrics"] = [card_body(spec=one.input)]
    bodies[2]["metrics"] = [card_body(chart_type=one.input)]
    for body in bodies:
        assert stage.post("/v1/portal/configs", body).status in one.statuses


def test_the_specs_of_charts_can_fetch_and_run_nothing() -> None:
    assert all(not forbidden(spec) for spec in specs().values())
    for one in (entry("XSS-052"), entry("XSS-053"), entry("XSS-050")):
        assert forbidden({"layer": [one.input]}), one
    for key in ("url", "href", "expr", "signal", "loader", "usermeta"):
        assert forbidden({"config": {"a": [{key: 1}]}})


_REFUSED_TEXTS = ("UNIC-006", "UNIC-007", "UNIC-010", "UNIC-017")


@pytest.mark.parametrize("one", taken(group="unicode", but=_REFUSED_TEXTS), ids=str)
def test_a_text_is_kept_in_one_form(stage: Stage, one: Entry) -> None:
    for answer in _sent(stage, one.text):
        assert answer.status in one.statuses, answer.text
        told = json.dumps(answer.json(), ensure_ascii=False)
        assert unicodedata.is_normalized("NFC", told)
        assert not re.search("[\ufeff\u202a-\u202e\u2066-\u2069]", told)


@pytest.mark.parametrize("one", taken(ids=_REFUSED_TEXTS), ids=str)
def test_a_text_that_cannot_be_stored_or_shown_is_refused(stage: Stage, one: Entry) -> None:
    """Control characters are refused and not taken out: nothing of a text is kept that nobody wrote."""
    before = kept(stage)
    for answer in _sent(stage, one.text):
        assert answer.status == 400 and answer.code and answer.param
        assert "\x1b" not in answer.text and "\0" not in answer.text
    assert kept(stage) == before


@pytest.mark.parametrize("one", taken(group="csv_injection"), ids=str)
def test_a_cell_opens_as_text_in_one_field(one: Entry) -> None:
    with reader_of(snapshot_of(events()), "cust_a") as reader:
        shown = portal(replace(card("cost.total"), display_name=one.text))
        made = export_csv(portal_data(reader, shown, named_period("7d", NOON, zone("UTC")), {}))
    rows = list(csv.reader(io.StringIO(made, newline="")))
    assert len({len(row) for row in rows}) == 1
    names = {row[rows[0].index("name")] for row in rows[1:]}
    assert names == {guarded(one.text)}
    if one.text.strip(" \t\r\n\"'")[:1] in "=+-@":
        assert guarded(one.text) == f"'{one.text}"
