"""Mails read well in a plain client, say the same in HTML, and are nothing but text whatever a name holds."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from core.delivery.letters import AlertLetter, Letter, LinkLetter, OperatorLetter, ReportLetter
from core.delivery.message import Envelope, message_bytes
from core.reports.built import Headline, ReportBrief
from site_build.colour import contrast
from site_build.mails import compose
from tests.site_build.payloads import MARKUP

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LINK = "https://portal.example.com/p/portal_A?token=abc.def.ghi"
BRIEF = ReportBrief(
    title="What your agent did",
    customer_name="Acme & Sons",
    period_words="October 2026",
    locale="de-DE",
    brand_colour="#ffee00",
    portal_id="portal_A",
    sentences=("It handled 45.230 requests.", "Nothing needs your attention."),
    headlines=(Headline("Requests", "45.230", "12,5 % more"), Headline("Spent", "1.547,82 $")),
    data_as_of=NOW,
    snapshot="s1",
)
REPORT = ReportLetter(BRIEF, "Monthly", True, LINK, NOW, "reports@acme.example")
ALERT = AlertLetter(
    {
        "alert_id": "alert_1", "name": "Cost", "metric_id": "cost.total", "customer_id": "cust_a", "value": 1234.5,
        "operator": "gt", "threshold": 1000.0, "state": "firing", "previous_state": None,
        "at": "2026-11-01T08:00:00Z", "snapshot": "s1",
    }
)  # fmt: skip
LETTERS: list[Letter] = [
    REPORT,
    LinkLetter("Portal", LINK, NOW, "en"),
    ALERT,
    OperatorLetter("Subject", "Text."),
]


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_report_says_the_same_in_both_parts() -> None:
    words = compose(REPORT)
    assert words.subject == "What your agent did – October 2026"
    assert words.html is not None
    html = " ".join(_Reader(words.html).text.split())
    for said in (
        "45.230",
        "12,5 % more",
        "Nothing needs your attention.",
        "Acme & Sons",
        "CSV file",
        "2. Nov",
    ):
        assert said in words.text and said in html
    assert LINK in words.text and _Reader(words.html).links == [LINK]
    assert "reports@acme.example" in words.text


def test_the_plain_part_fits_a_plain_client() -> None:
    lines = compose(REPORT).text.splitlines()
    assert max(len(line) for line in lines if not line.startswith("https://")) <= 72
    assert lines[:3] == ["Acme & Sons", "What your agent did", "October 2026"]


def test_a_report_without_a_csv_promises_none_and_a_correction_says_so() -> None:
    corrected = compose(replace(REPORT, has_csv=False, restates=True))
    assert "CSV" not in corrected.text
    assert corrected.subject.startswith("Corrected: ") and "corrected version" in corrected.text


def test_the_button_can_be_read_in_any_brands_colour() -> None:
    for colour in ("#ffee00", "#000", "#ffffff", "nonsense"):
        html = compose(replace(REPORT, brief=replace(BRIEF, brand_colour=colour))).html or ""
        behind = html.partition("border-radius:8px;background-color:")[2][:7]
        text = html.partition(f'href="{LINK}"')[2].partition("color:")[2][:7]
        assert contrast(behind, text) >= 4.5


@pytest.mark.parametrize(
    ("state", "value", "said"),
    [
        ("firing", 1234.5, "whether the value is above 1,000"),
        ("ok", 10.0, "met no more"),
        ("no_data", None, "has no value"),
    ],
)
def test_an_alert_says_what_happened_in_sentences(state: str, value: float | None, said: str) -> None:
    text = compose(AlertLetter({**ALERT.data, "state": state, "value": value})).text
    assert said in " ".join(text.split())


@pytest.mark.parametrize("payload", MARKUP)
def test_what_people_type_is_text_in_every_mail(payload: str) -> None:
    def letters(text: str) -> list[Letter]:
        brief = replace(
            BRIEF, title=text, customer_name=text, period_words=text, sentences=(text,),
            headlines=(Headline(text, text, text),),
        )  # fmt: skip
        alert = {**ALERT.data, "name": text, "metric_id": text, "customer_id": text, "alert_id": text}
        return [replace(REPORT, brief=brief), LinkLetter(text, LINK, NOW, "en"), AlertLetter(alert)]

    for letter, plain in zip(letters(payload), letters("plain"), strict=True):
        words, expected = compose(letter), compose(plain)
        assert words.html is not None and expected.html is not None
        assert _Reader(words.html).tags == _Reader(expected.html).tags
        assert _Reader(words.html).links == _Reader(expected.html).links


@pytest.mark.parametrize(
    "title",
    [
        *MARKUP,
        "a\nBcc: x@evil.example",
        "=?utf-8?q?=0ABcc:_x@evil?=",
        "==??utf-8?q?x?=",
        "\u2028Bcc: x",
        "a" * 5000,
    ],
)
def test_whatever_a_title_holds_there_is_one_subject_and_no_header_more(title: str) -> None:
    words = compose(replace(REPORT, brief=replace(BRIEF, title=title)))
    raw = message_bytes(Envelope("a@acme.example", "b@acme.example", "dlv_1", NOW), words)
    head = raw.partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"\r\nsubject:") == 1 and b"\r\nbcc" not in head
    assert "=?" not in words.subject and len(words.subject) <= 200


@pytest.mark.parametrize("letter", LETTERS)
def test_nothing_is_fetched_by_reading_a_mail(letter: Letter) -> None:
    html = compose(letter).html or ""
    assert "<img" not in html and "url(" not in html and "<script" not in html and "<link" not in html
