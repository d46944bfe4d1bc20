"""The PDF as other programs see it: text, tags, fonts, links; nothing active, nothing fetched, always the same."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import tinyhtml5

from core.portal_data.customer import Overrides
from core.portals.definition import Branding, Layout, PortalDefinition, Section, Target
from core.reports.built import BuiltReport
from core.store.snapshot import Snapshot
from site_build.report import pdf
from site_build.report.document import ReportDocument
from site_build.report.job import Restated
from tests.builders import Events, agent, before_after, call, card, customer, portal, session, snapshot_of
from tests.site_build.conftest import everything
from tests.site_build.payloads import FORMULAS, MARKUP
from tests.site_build.report.papers import (
    FULL,
    between,
    built,
    facts_of,
    fonts_of,
    job_of,
    numbers_of,
    text_of,
    whole,
)

GOLDEN = Path(__file__).parent.parent / "golden" / "report.txt.golden"
ACTIVE = re.compile(rb"/(?:JavaScript|JS|OpenAction|Launch|EmbeddedFiles?|AA|SubmitForm|RichMedia|XFA)\b")


@pytest.fixture(scope="module")
def report(snapshot: Snapshot) -> BuiltReport:
    return built(snapshot, job_of(portal_url="https://portal.example/p/portal_A"))


@pytest.fixture(scope="module")
def text(report: BuiltReport, tmp_path_factory: pytest.TempPathFactory) -> str:
    return text_of(report.pdf, tmp_path_factory.mktemp("text"))


def test_its_text_is_as_it_was_read_in_review(text: str) -> None:
    """PROOFLINE_UPDATE_GOLDEN=1 writes it anew."""
    promise = "Promise: this is what a reader of a report with a card of every kind reads, word by word.\n"
    lines = (" ".join(word for word in line.split() if word != ".") for line in text.splitlines())
    found = promise + "\n".join(line for line in lines if line) + "\n"
    if os.environ.get("PROOFLINE_UPDATE_GOLDEN"):
        GOLDEN.write_text(found, "utf-8")
    # Where a line ends is the layout's business.
    assert GOLDEN.read_text("utf-8").split() == found.split()


def test_it_says_what_it_is_to_programs_too(report: BuiltReport, tmp_path: Path) -> None:
    found = facts_of(report.pdf, tmp_path)
    assert found["Title"] == "Monthly report · Oktober 2026"
    assert found["Author"] == "Your agents"
    assert found["Tagged"] == "yes" and found["JavaScript"] == "no" and found["Encrypted"] == "no"
    assert found["Pages"] == str(report.pages)
    assert found["Page size"].endswith("(A4)")
    assert b"/Lang (en)" in whole(report.pdf) and b"pdfuaid:part" in whole(report.pdf)


def test_paper_is_the_customers(snapshot: Snapshot, tmp_path: Path) -> None:
    one = built(snapshot, job_of(portal(card("cost.total")), overrides=Overrides(locale="en-US")))
    assert facts_of(one.pdf, tmp_path)["Page size"].endswith("(letter)")


def test_fonts_are_inside_and_cut(report: BuiltReport, tmp_path: Path) -> None:
    fonts = fonts_of(report.pdf, tmp_path)
    assert fonts and all(re.match(r"[A-Z]{6}\+", font[0]) for font in fonts)
    assert all(font[-5:-2] == ["yes", "yes", "yes"] for font in fonts)
    assert len(report.pdf) < 400_000


def test_every_picture_has_words_and_every_page_a_number(report: BuiltReport, text: str) -> None:
    figures = re.findall(rb"/S /Figure.*?>>\s*(?=<<|$)", whole(report.pdf), re.DOTALL)
    assert len(figures) >= 7 and all(b"/Alt" in figure for figure in figures)
    for page in range(1, report.pages + 1):
        assert f"Page {page} of {report.pages}" in text


def test_bookmarks_and_links_lead_through_it(report: BuiltReport) -> None:
    found = whole(report.pdf)
    assert found.count(b"/Outlines") >= 1
    links = set(re.findall(rb"/URI \((.*?)\)", found))
    assert links == {b"https://portal.example/p/portal_A"}


def test_heads_of_tables_are_repeated_on_each_page(snapshot: Snapshot, tmp_path: Path) -> None:
    one = portal(card("cost.total", "table", display_name="Long table"))
    spring = between("2026-07-20", "2026-10-28")
    made = built(snapshot, job_of(one, period=spring))
    assert text_of(made.pdf, tmp_path).count("Change") >= 3


def test_nothing_in_it_acts_or_is_hidden_in_it(report: BuiltReport) -> None:
    assert not ACTIVE.search(whole(report.pdf))


def test_the_same_input_is_the_same_bytes(snapshot: Snapshot, report: BuiltReport) -> None:
    """Also after other reports."""
    built(snapshot, job_of(portal(card("cost.total", "line"))))
    again = built(snapshot, job_of(portal_url="https://portal.example/p/portal_A"))
    assert sha256(again.pdf).hexdigest() == sha256(report.pdf).hexdigest()
    assert (again.csv, again.brief, again.pages) == (report.csv, report.brief, report.pages)


def test_another_process_makes_the_same_bytes(snapshot: Snapshot) -> None:
    """In whatever order it keeps sets."""
    code = (
        "from hashlib import sha256; from tests.builders import snapshot_of;"
        "from tests.site_build.conftest import events; from tests.site_build.report.papers import built, job_of;"
        "print(sha256(built(snapshot_of(events()), job_of()).pdf).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    assert other.stdout.strip() == sha256(built(snapshot, job_of()).pdf).hexdigest()


def test_another_instant_of_making_changes_nothing_but_itself(snapshot: Snapshot, tmp_path: Path) -> None:
    later = replace(job_of(), now=datetime(2027, 1, 1, tzinfo=UTC))
    one, other = built(snapshot, job_of()), built(snapshot, later)
    assert text_of(one.pdf, tmp_path) == text_of(other.pdf, tmp_path)
    assert b"2027" not in one.pdf and one.pdf != other.pdf


def test_a_restated_version_is_marked_on_its_cover(snapshot: Snapshot, tmp_path: Path) -> None:
    made = built(snapshot, job_of(restates=Restated(4, datetime(2026, 11, 1, tzinfo=UTC))))
    assert "Restated. This version replaces number 4" in text_of(made.pdf, tmp_path)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("ja-JP", ["2026年10月", "In 2026年10月, "]),
        ("de-DE", ["Oktober 2026", "1.0"]),
        ("fr-FR", ["octobre"]),
    ],
)
def test_numbers_and_dates_are_the_customers(
    snapshot: Snapshot, tmp_path: Path, locale: str, words: list[str]
) -> None:
    made = built(snapshot, job_of(overrides=Overrides(locale=locale)))
    found = text_of(made.pdf, tmp_path)
    assert words[0] in found


# What people may have written.


def _portal_with(texts: list[str]) -> PortalDefinition:
    """A portal where each text is a name of something, and the first of them is everything else."""
    kinds = ("line", "bar", "table", "number", "pie")
    cards = [
        card("cost.total" if kinds[n % 5] != "pie" else "cost.by_model", kinds[n % 5], display_name=text,
             target=Target(5, text), compare="previous")
        for n, text in enumerate(texts)
    ]  # fmt: skip
    comparison = replace(before_after(), display_name=texts[0])
    made = portal(*cards, comparisons=(comparison,), branding=Branding(texts[0]))
    return replace(made, layout=Layout(12, (Section(("cost.total",), texts[0]),)))


def _events_with(text: str) -> Events:
    at = datetime(2026, 10, 14, 12, tzinfo=UTC)
    return Events(
        llm_requests=[call(agent_id=text, model=text, cost_usd="1", started_at=at)],
        sessions=[session(agent_id=text, outcome=text, started_at=at)],
        customers=[customer(name=text)],
        agents=[agent(agent_id=text, name=text)],
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u2028\u2029\u200b]", "", text)


class _Canary(BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def canary() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Canary)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    _Canary.hits.clear()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


REACHING = (
    "<link rel=attachment href={canary}>",
    "<img src={canary}>",
    "<style>@import url({canary})</style>",
    "<object data={canary}>",
    "<a href={canary}>x</a>",
    "<svg><image href={canary}></svg>",
    "<div style='background:url({canary})'>",
    "x) /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (",
    "<td colspan=1000000>",
)


def test_no_text_makes_it_fetch_read_or_do_anything(canary: int, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY-SECRET")
    addresses = (f"http://127.0.0.1:{canary}/x", secret.as_uri())
    texts = [text.replace("{canary}", address) for address in addresses for text in REACHING]
    made = built(snapshot_of(_events_with(texts[0])), job_of(_portal_with(texts), name=texts[7]))
    assert _Canary.hits == []
    found = whole(made.pdf)
    assert b"CANARY-SECRET" not in found and b"/URI (" not in found
    assert b"/OpenAction" in found and not ACTIVE.search(_without_texts(found))


def _without_texts(pdf: bytes) -> bytes:
    """Without what a PDF has as text: strings in brackets, and the description in XML."""
    described = re.sub(rb"<rdf:RDF.*?</rdf:RDF>", b"", pdf, flags=re.DOTALL)
    return re.sub(rb"\((?:\\.|[^\\()])*\)", b"()", described, flags=re.DOTALL)


def test_markup_is_shown_as_it_was_written(tmp_path: Path) -> None:
    texts = [text for text in MARKUP if text.isascii()]
    made = built(snapshot_of(_events_with(texts[0])), job_of(_portal_with(texts), name=texts[1]))
    found = _squeezed(text_of(made.pdf, tmp_path))
    for text in texts:
        assert _squeezed(text) in found, text


def test_trees_differ_only_in_their_texts_whatever_a_text_is() -> None:
    free = {"alt", "content", "aria-label", "data-head", "src"}

    def shape(*texts: str) -> list[object]:
        job = job_of(_portal_with(list(texts)), name=texts[-1])
        numbers = numbers_of(snapshot_of(_events_with(texts[0])), job)
        root = tinyhtml5.parse(pdf.html(ReportDocument(numbers).view()), namespace_html_elements=False)
        return [
            (e.tag, sorted((k, "" if k in free else v) for k, v in e.attrib.items() if k != "class"))
            for e in root.iter()
            if isinstance(e.tag, str)
        ]

    plain = shape(*["plain words"] * 5)
    for first in range(0, len(MARKUP) - 4, 4):
        texts = MARKUP[first : first + 5]
        assert shape(*texts) == plain, texts


def test_formulas_are_text_in_the_file_beside_it() -> None:
    import csv
    import io

    texts = [text for text in FORMULAS if text.isprintable()]
    made = built(snapshot_of(_events_with("plain")), job_of(_portal_with(texts), FULL))
    assert made.csv is not None
    names = {row["name"] for row in csv.DictReader(io.StringIO(made.csv.decode()))}
    assert names == {f"'{text}" for text in texts}


def test_a_report_says_how_many_pages_it_has_and_how_long_it_took(report: BuiltReport) -> None:
    assert report.pages >= 5 and report.seconds > 0
    assert everything().metrics
