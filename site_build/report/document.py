"""A report's numbers → what its template receives, and what mails and webhooks say of it."""

from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate
from unicodedata import east_asian_width

from core.custom_metrics import CustomMetricDefinition
from core.periods import format_instant
from core.portal_data.answer import CardData
from core.portals.definition import Section
from core.reports.built import Headline, ReportBrief
from site_build.colour import brand
from site_build.definitions import definition_of
from site_build.logos import Logo
from site_build.report.blocks import before_after_block, block, is_block, number_row
from site_build.report.changes import as_text
from site_build.report.drawing import Ink
from site_build.report.grammar import as_sentence
from site_build.report.headlines import headline, headline_cards
from site_build.report.numbers import ReportNumbers
from site_build.report.period_names import period_name, shared_before
from site_build.report.restated import restated_view
from site_build.report.summary import summary
from site_build.report.views import (
    BeforeAfterBlock,
    Entry,
    HeadlineView,
    ReportView,
    SectionBlock,
    SummaryPart,
)
from site_build.views import DefinitionView, FigureView

_ALL = "All numbers"
_PICTURES = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp"}
_MOST_RUNNING, _LONG_NAME, _MANY_ENTRIES = 74, 60, 9


class ReportDocument:
    """All that one report says; `view` is for the template, `brief` for those who tell of it."""

    def __init__(self, numbers: ReportNumbers, logo: Logo | None = None) -> None:
        self._numbers, self._logo = numbers, logo
        self._words = numbers.words
        accent = brand(numbers.job.inputs.portal.branding.primary_color).light
        self._ink = Ink(accent.mark, accent.text)
        self._name = period_name(numbers.job.period, self._words).name
        self.summary = self._summary()
        cards = headline_cards(numbers.data.cards)
        self.headlines = tuple(headline(card, self._words, self._ink) for card in cards)

    def _summary(self) -> tuple[SummaryPart, ...]:
        return summary(self._numbers) if self._numbers.job.content.include_summary else ()

    def brief(self) -> ReportBrief:
        """In few words. Without a summary there are no sentences."""
        numbers = self._numbers
        portal = numbers.job.inputs.portal
        return ReportBrief(
            title=numbers.job.name,
            customer_name=numbers.customer.name,
            period_words=self._name,
            locale=numbers.customer.locale,
            brand_colour=brand(portal.branding.primary_color).light.mark,
            portal_id=portal.portal_id,
            sentences=tuple(sentence for part in self.summary for sentence in part.sentences),
            headlines=tuple(_told(view) for view in self.headlines),
            data_as_of=numbers.data_as_of,
            snapshot=numbers.data.snapshot,
        )

    def view(self) -> ReportView:
        numbers, words = self._numbers, self._words
        portal = numbers.job.inputs.portal
        sections = tuple(self._sections())
        comparisons = self._comparisons()
        definitions = tuple(self._definitions())
        contents = tuple(self._contents(sections, comparisons, definitions))
        return ReportView(
            title=f"{numbers.job.name} · {self._name}",
            name=numbers.job.name,
            running=running_head(f"{numbers.customer.name} · {numbers.job.name}"),
            portal_title=portal.branding.title,
            customer=numbers.customer.name,
            monogram=next((c.upper() for c in portal.branding.title if c.isalnum()), "P"),
            logo=_address(self._logo),
            period=self._name,
            zone=numbers.job.period.zone.key.replace("_", " "),
            as_of=words.moment(numbers.data_as_of),
            made=words.moment(numbers.job.now),
            made_instant=format_instant(numbers.job.now),
            snapshot=numbers.data.snapshot,
            facts=tuple(self._facts()),
            contents=contents,
            portal_url=_link(numbers.job.portal_url),
            restated=restated_view(numbers.job.restates, self.brief(), words),
            warning=self._warning(),
            summary=self.summary,
            headlines=self.headlines,
            sections=sections,
            comparisons=comparisons,
            definitions=definitions,
            is_tight=self._is_tight(len(contents)),
            notes=tuple(self._notes()),
        )

    def _facts(self) -> Iterator[FigureView]:
        numbers, words = self._numbers, self._words
        changes = [card.change for card in numbers.data.cards if card.change]
        yield FigureView("Period", words.span(numbers.job.period))
        yield FigureView("Days in", numbers.job.period.zone.key.replace("_", " "))
        if changes:
            yield FigureView("Compared with", shared_before(changes, words).name)
        yield FigureView("Data as of", words.moment(numbers.data_as_of))

    def _warning(self) -> str | None:
        """A report of a period that is not all there says so on its cover."""
        if self._numbers.is_complete:
            return None
        until = self._words.moment(self._numbers.data_as_of)
        return f"The data reaches to {until}, before the period ends. Numbers may still change."

    def _is_tight(self, entries: int) -> bool:
        """Whether the cover has more on it than its usual measures have room for."""
        job, names = self._numbers.job, (self._numbers.job.name, self._numbers.customer.name)
        is_long = any(len(name) > _LONG_NAME for name in names) or entries > _MANY_ENTRIES
        return is_long or job.restates is not None or not self._numbers.is_complete

    def _contents(
        self,
        sections: tuple[SectionBlock, ...],
        comparisons: tuple[BeforeAfterBlock, ...],
        definitions: tuple[DefinitionView, ...],
    ) -> Iterator[Entry]:
        yield Entry("Summary" if self.summary else "Key figures", "summary")
        for section in sections:
            yield Entry(section.title, section.key)
        if comparisons:
            yield Entry("Before and after", "before-after")
        if definitions:
            yield Entry("How these numbers are made", "definitions")

    def _sections(self) -> Iterator[SectionBlock]:
        """The portal's own sections with something in them, in reading order."""
        portal = self._numbers.job.inputs.portal
        named = sum(1 for section in portal.sections if section.title)
        for number, section in enumerate(portal.sections):
            made = self._section(section, f"s{number}", "More numbers" if named else _ALL)
            if made.numbers or made.blocks:
                yield made

    def _section(self, section: Section, key: str, untitled: str) -> SectionBlock:
        content, ids = self._numbers.job.content, frozenset(section.metrics)
        cards = [card for card in self._numbers.data.cards if card.card.metric_id in ids]
        cards.sort(key=lambda card: (card.card.position.row, card.card.position.col))
        large = [card for card in cards if is_block(card, has_charts=content.include_charts)]
        rows = tuple(number_row(card, self._words) for card in cards if card not in large)
        return SectionBlock(
            key=key,
            title=section.title or untitled,
            numbers=rows,
            has_targets=any(row.target for row in rows),
            has_changes=any(row.change for row in rows),
            before=shared_before((card.change for card in cards if card not in large), self._words).name,
            blocks=tuple(
                block(card, f"{key}-{place}", self._words, self._ink, self._rest())
                for place, card in enumerate(large)
            ),
        )

    def _rest(self) -> str:
        """Where the rows are that a table leaves out."""
        if self._numbers.job.content.include_raw_data:
            return "all of them are in the CSV file that comes with this report"
        return "all of them are on the dashboard"

    def _comparisons(self) -> tuple[BeforeAfterBlock, ...]:
        return tuple(before_after_block(found, self._words) for found in self._numbers.data.comparisons)

    def _definitions(self) -> Iterator[DefinitionView]:
        shown: dict[str, CardData] = {}
        for card in (*self._numbers.data.cards, *(c.current for c in self._numbers.data.comparisons)):
            shown.setdefault(card.card.metric_id, card)
        custom: dict[str, CustomMetricDefinition] = dict(self._numbers.definitions)
        for card in shown.values():
            found = definition_of(card, custom, self._words)
            yield replace(found, says=as_sentence(found.says))

    def _notes(self) -> Iterator[str]:
        """What holds for all numbers."""
        numbers = self._numbers
        yield (
            "“Within normal variation” means that a change is smaller than two standard errors. Changes are not "
            "judged over fewer than 7 days or 30 observations."
        )
        yield f"Prices: {numbers.price_list or 'no price list'}. Snapshot {numbers.data.snapshot}."
        if numbers.job.content.include_raw_data:
            yield "Every number of this report, to the last digit, is in the CSV file that comes with it."


def _told(view: HeadlineView) -> Headline:
    value = view.nothing or f"{view.value}{chr(0x202F) + view.unit if view.unit else ''}"
    return Headline(view.label, value, as_text(view.change))


def _address(logo: Logo | None) -> str | None:
    """The picture itself: nothing is fetched while a report is made. Only pictures made of points, as logos are."""
    kind = _PICTURES.get(logo.name.rpartition(".")[2]) if logo else None
    if logo is None or kind is None:
        return None
    return f"data:image/{kind};base64,{b64encode(logo.data).decode()}"


def running_head(text: str) -> str:
    """As much of it as one line at the head of a page has room for."""
    widths = list(accumulate(map(_width, text)))
    if not widths or widths[-1] <= _MOST_RUNNING:
        return text
    return f"{text[: bisect_right(widths, _MOST_RUNNING - 1)].rstrip()}…"


def _width(character: str) -> float:
    """How wide a character is on paper, in small letters."""
    if east_asian_width(character) in "WF":
        return 2
    return 1.7 if character in "mwMW@" else 1.25 if character.isupper() else 1


def _link(url: str | None) -> str | None:
    """Only addresses that a reader's browser opens safely."""
    return url if url and url.startswith(("https://", "http://")) else None
