"""The words of mails: a text part that reads well in a plain client, and an HTML part with the same sentences.

What a mail is about comes from `core.delivery.letters`; headers, attachments and sending are delivery's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import fill
from zoneinfo import ZoneInfo

from core.alert_evaluation import State
from core.alerts import Operator
from core.delivery.letters import AlertLetter, Letter, LinkLetter, OperatorLetter, ReportLetter, Words
from core.reports.built import Headline
from site_build.colour import Accent, brand
from site_build.render import mail as rendered
from site_build.words import words_of

_WIDTH = 72
_MAX_SUBJECT = 200
_OPEN = "Open the dashboard"
_COMPARED = {
    Operator.GT: "above",
    Operator.LT: "below",
    Operator.GTE: "at or above",
    Operator.LTE: "at or below",
    Operator.EQ: "equal to",
}


@dataclass(frozen=True)
class MailPage:
    """What the template shows, in words. `preview` is what a list of mails shows beside the subject."""

    title: str
    preview: str
    accent: Accent
    paragraphs: tuple[str, ...]
    notes: tuple[str, ...]
    over: str = ""
    under: str = ""
    headlines: tuple[Headline, ...] = ()
    link: str = ""
    link_words: str = _OPEN


def compose(letter: Letter) -> Words:
    """The subject and both parts."""
    match letter:
        case ReportLetter():
            return _words(_report_subject(letter), _report(letter))
        case LinkLetter():
            return _words(f"Your link to {letter.portal_title}", _link(letter))
        case AlertLetter():
            return _words(_alert_subject(letter), _alert(letter))
        case OperatorLetter():
            return Words(_subject(letter.subject), _filled([letter.text]))


def _report_subject(letter: ReportLetter) -> str:
    corrected = "Corrected: " if letter.restates else ""
    return f"{corrected}{letter.brief.title} – {letter.brief.period_words}"


def _report(letter: ReportLetter) -> MailPage:
    brief = letter.brief
    files = "The report is attached as a PDF" + (", its numbers as a CSV file." if letter.has_csv else ".")
    corrected = ("This is a corrected version of a report that you have; the PDF says what changed.",)
    return MailPage(
        title=brief.title,
        preview=" ".join(brief.sentences[:2]),
        accent=brand(brief.brand_colour).light,
        over=brief.customer_name,
        under=brief.period_words,
        headlines=brief.headlines,
        paragraphs=((*corrected, *brief.sentences) if letter.restates else brief.sentences),
        link=letter.portal_link,
        notes=(
            f"{files} Data as of {_moment(brief.data_as_of, brief.locale)}.",
            f"The link is yours and opens the dashboard until {_moment(letter.link_until, brief.locale)}; after that"
            " its page offers to mail you a fresh one.",
            f"To receive this report no more, write to {letter.stop_by}.",
        ),
    )


def _link(letter: LinkLetter) -> MailPage:
    return MailPage(
        title=letter.portal_title,
        preview="Here is the fresh link that you asked for.",
        accent=brand(None).light,
        paragraphs=("Here is the fresh link that was asked for on the page of an older one.",),
        link=letter.portal_link,
        notes=(
            f"The link is yours and opens the dashboard until {_moment(letter.link_until, letter.locale)}.",
            "If you did not ask for it, there is nothing to do: nobody else was sent it.",
        ),
    )


def _alert_subject(letter: AlertLetter) -> str:
    said = {State.FIRING: "Alert", State.OK: "Over", State.NO_DATA: "No data"}[State(letter.data["state"])]
    return f"{said}: {letter.data['name']}"


def _alert(letter: AlertLetter) -> MailPage:
    data = letter.data
    whose = f" of {data['customer_id']}" if data["customer_id"] else ""
    limit = f"{_COMPARED[Operator(data['operator'])]} {_number(data['threshold'])}"
    value = "has no value" if data["value"] is None else f"is {_number(data['value'])}"
    states = {
        State.FIRING: f"The condition of this rule is met: it asks whether the value is {limit}.",
        State.OK: f"The condition of this rule is met no more: the value is not {limit}.",
        State.NO_DATA: "There is no value to judge; that may be right, or something may be missing.",
    }
    at = datetime.fromisoformat(data["at"])
    return MailPage(
        title=_alert_subject(letter),
        preview=f"{data['metric_id']} {value}.",
        accent=brand(None).light,
        paragraphs=(
            f"{data['metric_id']}{whose} {value} in the time up to {_moment(at, 'en')}.",
            states[State(data["state"])],
        ),
        notes=(
            f"Rule {data['alert_id']}. Change it or its actions at /v1/analytics/alerts/{data['alert_id']}.",
        ),
    )


def _words(subject: str, page: MailPage) -> Words:
    return Words(_subject(subject), _text(page), rendered(page))


def _subject(text: str) -> str:
    """One line that begins no header of its own, whatever a title holds."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    while "=?" in plain:
        plain = plain.replace("=?", "= ?")
    return plain if len(plain) <= _MAX_SUBJECT else plain[: _MAX_SUBJECT - 1] + "…"


def _text(page: MailPage) -> str:
    head = [line for line in (page.over, page.title, page.under) if line]
    parts = ["\n".join([*map(_wrapped, head), "=" * min(_WIDTH, max(map(len, head)))])]
    if page.headlines:
        parts.append("\n".join(_headline(one) for one in page.headlines))
    parts += map(_wrapped, page.paragraphs)
    if page.link:
        parts.append(f"{page.link_words}:\n{page.link}")
    return _filled([*parts, "-- \n" + "\n".join(map(_wrapped, page.notes))], wraps=False)


def _headline(one: Headline) -> str:
    change = f" ({one.change})" if one.change else ""
    return fill(f"{one.label}: {one.value}{change}", _WIDTH, initial_indent="* ", subsequent_indent="  ")


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _filled(parts: Iterable[str], *, wraps: bool = True) -> str:
    lines = [_wrapped(line) if wraps else line for part in parts for line in part.split("\n\n")]
    return "\n\n".join(lines) + "\n"


def _moment(at: datetime, locale: str) -> str:
    return f"{words_of(locale, ZoneInfo('UTC')).moment(at.astimezone(UTC))} UTC"


def _number(value: float) -> str:
    return f"{value:,.10g}"
