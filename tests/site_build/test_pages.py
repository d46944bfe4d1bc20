"""Pages say what the numbers say, in words that nobody can turn into anything else."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import duckdb
import pytest
import tinyhtml5

from core.measures import Direction
from core.periods import format_instant
from core.portal_data.customer import Overrides
from core.portal_data.stored import PortalInputs
from core.portals.definition import Branding, Layout, PortalDefinition, Section, Target, Theme
from core.sites import FOR_EXPORT, DoorPage, seen_from_beside
from core.store.snapshot import Snapshot
from site_build import portal_site, render
from site_build.gather import Gathered, _gather
from site_build.sentences import period_before
from tests.builders import (
    Events,
    agent,
    before_after,
    call,
    card,
    customer,
    portal,
    session,
    snapshot_of,
)
from tests.site_build.conftest import ASSETS, NOW, events, everything
from tests.site_build.payloads import MARKUP

GOLDEN = Path(__file__).parent / "golden"
PAGES = ("index.html", "definitions.html", "activity.html", "reports.html")
_PLAIN = "plain words"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return snapshot_of(events())


def gathered(
    snapshot: Snapshot, definition: PortalDefinition, now: datetime = NOW, **overrides: str
) -> Gathered:
    from core.store.readers import CustomerReaders

    assert snapshot.pin()
    with CustomerReaders(snapshot, {definition.customer_id}) as readers:
        (found,) = _gather(readers, [PortalInputs(definition, {}, Overrides(**overrides))], now)
    assert isinstance(found, Gathered), found.reason
    return found


def files(
    snapshot: Snapshot, definition: PortalDefinition, now: datetime = NOW, **overrides: str
) -> dict[str, str]:
    return portal_site.files(gathered(snapshot, definition, now, **overrides), ASSETS)


@pytest.fixture(scope="module")
def site(snapshot: Snapshot) -> dict[str, str]:
    return files(snapshot, everything())


def tree(text: str) -> Any:
    return tinyhtml5.parse(text, namespace_html_elements=False)


def elements(root: Any) -> Iterator[Element]:
    return (e for e in root.iter() if isinstance(e.tag, str))


def shown_range(root: Any) -> Any:
    return next(e for e in elements(root) if e.get("id") == "shown")


def without_instants(page: str) -> str:
    """Instants in numbers may hold any digits."""
    page = re.sub(r'"(edges|weekends)":\[[\d,\[\]]*\]', "", page)
    return re.sub(r'\[\d{12,13}(?=,")', "", page)


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize(
    "name", ["index.html", "definitions.html", "activity.html", "reports.html", "export.csv"]
)
def test_pages_are_as_they_were_read_in_review(site: dict[str, str], name: str) -> None:
    """PROOFLINE_UPDATE_GOLDEN=1 writes them anew."""
    path = GOLDEN / f"{name}.golden"
    promise = f"Promise: this is {name} of a portal with a card of every kind, to the byte.\n"
    if os.environ.get("PROOFLINE_UPDATE_GOLDEN"):
        path.write_text(promise + site[name], "utf-8", newline="")
    with path.open(encoding="utf-8", newline="") as golden:
        assert golden.read() == promise + site[name]


def test_whatever_leads_to_an_export_is_marked_for_the_door(site: dict[str, str]) -> None:
    marked = re.compile(".*?".join(FOR_EXPORT), re.DOTALL)
    for name, page in site.items():
        if name.endswith(".html"):
            assert "export.csv" in page and "export.csv" not in marked.sub("", page)


def test_the_same_numbers_are_the_same_bytes(snapshot: Snapshot, site: dict[str, str]) -> None:
    assert files(snapshot, everything()) == site


@pytest.mark.parametrize("name", PAGES)
def test_pages_run_and_fetch_nothing_but_their_own(site: dict[str, str], name: str) -> None:
    for element in elements(tree(site[name])):
        attributes = dict(element.attrib)
        assert "style" not in attributes and not any(key.startswith("on") for key in attributes)
        if element.tag == "script":
            is_data = attributes.get("type") == "application/json"
            assert is_data or (attributes["src"].startswith("/assets/") and not element.text)
        assert element.tag not in ("style", "iframe", "object", "embed", "base")
        for key in ("src", "href", "action"):
            # An empty icon keeps browsers from asking for one.
            address = attributes.get(key, "").removeprefix("data:,")
            assert not re.match(r"(?i)\s*(https?:|//|javascript:|data:)", address), address


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_up_to_when_its_data_reaches(site: dict[str, str], name: str) -> None:
    assert "2. Nov. 2026, 13:00" in site[name]
    assert format_instant(NOW).replace("13:00", "12:00") in site[name]


def test_links_of_the_first_page_fit_both_of_its_addresses(site: dict[str, str]) -> None:
    def links(page: str) -> list[str]:
        return [e.attrib["href"] for e in elements(tree(page)) if e.tag == "a"]

    page = site["index.html"]
    names = ["index.html", "activity.html", "reports.html", "definitions.html", "export.csv"]
    assert links(page)[1:] == [f"./{name}" for name in names]
    beside = seen_from_beside(page.encode(), "portal_A").decode()
    assert links(beside)[1:] == [f"portal_A/{name}" for name in names]
    assert beside.replace('href="portal_A/', 'href="./') == page, "nothing else is another"


def test_every_range_a_visitor_may_choose_is_on_the_page(site: dict[str, str]) -> None:
    root = tree(site["index.html"])
    shown = [shown_range(root).get("data-range")]
    assert shown == ["30d"]
    others = [e.get("data-range") for e in elements(root) if e.tag == "template"]
    assert others == ["24h", "7d", "90d", "ytd"]
    island = json.loads(re.search(r'id="numbers">(.*?)</script>', site["index.html"], re.S)[1])  # type: ignore[index]
    assert island["ranges"].keys() == {"24h", "7d", "30d", "90d", "ytd"}
    for found in island["ranges"].values():
        for one in found["cards"].values():
            assert len(one["value"]) == len(one["text"])
            if "buckets" in one:
                assert len(found["buckets"][one["buckets"]]["edges"]) == len(one["value"]) + 1


def test_the_page_is_whole_without_a_script(site: dict[str, str]) -> None:
    shown = shown_range(tree(site["index.html"]))
    text = words(shown)
    for number in range(10):
        assert f"Card {number} About this number" in text
    tables = [e for e in elements(shown) if e.tag == "table"]
    assert len(tables) == 4
    assert all(len([r for r in elements(t) if r.tag == "tr"]) > 10 for t in tables)


def test_a_picture_says_in_words_what_it_shows(site: dict[str, str]) -> None:
    plots = [e for e in elements(tree(site["index.html"])) if e.get("role") == "img"]
    assert plots and all(len(e.get("aria-label", "")) > 20 for e in plots)


def test_a_page_is_light(site: dict[str, str]) -> None:
    import gzip

    for name in PAGES:
        assert len(gzip.compress(site[name].encode())) < 40_000


@pytest.mark.parametrize("name", [*PAGES, "export.csv"])
def test_the_canary_of_another_customer_is_in_no_file(site: dict[str, str], name: str) -> None:
    assert "777" not in without_instants(site[name])


def test_a_portal_of_the_other_customer_has_its_own(snapshot: Snapshot) -> None:
    of_b = files(snapshot, everything("cust_b", "portal_B"))
    assert "model-777" in of_b["index.html"] and "Acme" not in "".join(of_b.values())


def _with_text(text: str) -> tuple[Events, PortalDefinition]:
    """One customer whose every text is this one."""
    made = Events(
        llm_requests=[call(agent_id=text, model=text, cost_usd="1")],
        sessions=[session(agent_id=text, outcome=text)],
        customers=[customer(name=text)],
        agents=[agent(agent_id=text, name=text)],
    )
    cards = (
        card("cost.by_model", "pie", display_name=text, target=Target(5, text)),
        card("cost.by_agent", "table", display_name=text, compare="previous"),
        card("cost.total", "line", display_name=text, target=Target(5, text)),
        card("perf.latency.distribution", "bar", display_name=text),
    )
    comparison = replace(before_after(), display_name=text)
    comparison = replace(
        comparison,
        baseline=replace(comparison.baseline, label=text),
        current=replace(comparison.current, label=text),
    )
    one = portal(*cards, comparisons=(comparison,), branding=Branding(text))
    return made, replace(one, layout=Layout(12, (Section(("cost.by_model",), text),)))


@cache
def _files_with(text: str) -> dict[str, str]:
    made, one = _with_text(text)
    with duckdb.connect(":memory:") as connection:
        return files(snapshot_of(made, into=connection), one)


def _shape(root: Any) -> list[Any]:
    """The tree without its texts: elements and attributes, of which those that hold a person's words by name."""
    free = {"aria-label", "value", "title", "data-head", "data-span"}
    return [(e.tag, sorted((k, "" if k in free else v) for k, v in e.attrib.items())) for e in elements(root)]


# The entry is the first page under another address.
@pytest.mark.parametrize("name", PAGES)
def test_trees_differ_only_in_their_texts_whatever_a_text_is(name: str) -> None:
    plain = _shape(tree(_files_with(_PLAIN)[name]))
    for text in MARKUP:
        page = _files_with(text)[name]
        assert _shape(tree(page)) == plain, text
        for island in re.findall(r'application/json"[^>]*>(.*?)</script>', page, re.S):
            json.loads(island)


def test_a_text_is_shown_as_it_was_written() -> None:
    text = "<b>\"Tom\" & 'Jerry'</b> {{ 7 * 7 }}"
    root = tree(_files_with(text)["index.html"])
    assert words(next(e for e in elements(root) if e.tag == "h1")) == text
    assert words(next(e for e in elements(root) if e.tag == "title")) == text


@pytest.mark.parametrize(
    "at", ["2026-12-31T23:00", "2026-03-29T01:00", "2026-10-25T00:30", "2020-01-01T00:00"]
)
def test_a_page_can_be_built_at_any_instant(at: str) -> None:
    """On the first of a year's, in hours that come twice or not at all, and before any event."""
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with duckdb.connect(":memory:") as connection:
        seen = snapshot_of(events(), data_as_of=now, into=connection)
        made = files(seen, everything(), now=now)
    assert "Card 0" in made["index.html"]


@pytest.mark.parametrize("theme", list(Theme))
def test_the_theme_is_the_portals(snapshot: Snapshot, theme: Theme) -> None:
    one = portal(card("cost.total"), branding=Branding("T", theme=theme))
    root = tree(files(snapshot, one)["index.html"])
    assert root.get("data-theme") == theme.value


def test_agents_are_called_by_their_names(snapshot: Snapshot) -> None:
    made = files(snapshot, portal(card("cost.by_agent", "pie"), card("cost.by_agent", "table")))
    for name in ("index.html", "activity.html"):
        assert "Support desk" in made[name]
    assert ">support<" not in made["index.html"] and "777" not in without_instants(made["index.html"])


def test_a_portal_without_cards_says_so(snapshot: Snapshot) -> None:
    assert "shows no metrics yet" in files(snapshot, portal())["index.html"]


def test_why_a_card_is_empty_is_said(snapshot: Snapshot) -> None:
    one = portal(card("cost.burn_rate"), card("custom.nothing"), card("cm_gone"))
    text = words(shown_range(tree(files(snapshot, one)["index.html"])))
    for said in ("No budget runs", "No data in this period yet", "not available any more"):
        assert said in text


def test_what_a_comparison_did_is_one_sentence(snapshot: Snapshot) -> None:
    one = portal(comparisons=(before_after(),))
    text = files(snapshot, one, locale="en-US")["index.html"]
    assert re.search(r"Response time improved from 2,400\u202fms to \d+\u202fms \(8\d% faster, ", text)


def test_nearly_all_is_not_called_all(snapshot: Snapshot) -> None:
    told = before_after()
    one = portal(comparisons=(replace(told, baseline=replace(told.baseline, value=1e6)),))
    assert re.search(r"\(99\.\d% faster, ", files(snapshot, one, locale="en-US")["index.html"])


def test_what_the_api_has_set_on_a_customer_wins(snapshot: Snapshot) -> None:
    one = portal(card("cost.total"))
    page = files(snapshot, one, name="Renamed", timezone="Asia/Tokyo", locale="en-GB")["index.html"]
    assert "Renamed" in page and "Asia/Tokyo" in page and "2 Nov 2026, 21:00" in page


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("vs previous 30d", "the 30 days before"),
        ("vs previous 24h", "the 24 hours before"),
        ("vs previous period", "the period before"),
        ("vs last year", "the same dates a year before"),
        ("vs last year to date", "last year to date"),
    ],
)
def test_what_is_compared_is_said_in_words(label: str, expected: str) -> None:
    assert period_before(label) == expected


def test_good_and_bad_are_words_too(snapshot: Snapshot) -> None:
    found = gathered(snapshot, everything()).shown.cards
    told = {c.change.direction for c in found if c.change}
    assert told <= {Direction.BETTER, Direction.WORSE, None}
    text = files(snapshot, everything())["index.html"]
    for tone, word in (("good", "better"), ("bad", "worse")):
        assert len(re.findall(f'class="change {tone}"', text)) == len(
            re.findall(f'class="word">{word}<', text)
        )


@pytest.mark.parametrize("which", list(DoorPage))
def test_a_page_that_is_no_portal_says_what_to_do_and_names_nobody(which: DoorPage) -> None:
    page = render.message(which, ASSETS)
    root = tree(page)
    forms = [e for e in elements(root) if e.tag == "form"]
    fields = {DoorPage.PASSWORD: "password", DoorPage.WRONG_PASSWORD: "password", DoorPage.EXPIRED: "fresh"}
    assert len(forms) == (which in fields)
    for form in forms:
        assert form.attrib == {"method": "post"}
        named = [e.get("name") for e in elements(form) if e.tag in ("input", "button")]
        assert [name for name in named if name] == [fields[which]]
    assert len(words(next(e for e in elements(root) if e.tag == "main"))) > 30
    assert "portal_" not in page
