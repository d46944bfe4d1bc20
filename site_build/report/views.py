"""What the report's template receives: words, pictures and addresses. A template never calculates or rounds."""

from dataclasses import dataclass

from site_build.views import ChangeView, DefinitionView, FigureView, TargetView


@dataclass(frozen=True)
class SummaryPart:
    """A few sentences under one heading; `is_list` puts each on a line of its own."""

    title: str
    sentences: tuple[str, ...]
    is_list: bool = False


@dataclass(frozen=True)
class HeadlineView:
    """One of the numbers of the first page."""

    label: str
    value: str
    unit: str
    change: ChangeView | None
    nothing: str | None
    qualifier: str | None = None
    spark: str | None = None


@dataclass(frozen=True)
class NumberRow:
    """A number in a table of numbers."""

    label: str
    value: str
    qualifier: str | None
    nothing: str | None
    change: ChangeView | None
    before: str
    target: TargetView | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PartRow:
    label: str
    value: str
    share: str
    place: int


@dataclass(frozen=True)
class TableBlock:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    rest: str | None = None


@dataclass(frozen=True)
class Block:
    """One metric with a picture or a table. `kind` is chart, parts or table."""

    key: str
    kind: str
    label: str
    sentence: str
    value: str
    unit: str
    qualifier: str | None
    change: ChangeView | None
    target: TargetView | None
    notes: tuple[str, ...]
    picture: str | None = None
    says: str = ""
    parts: tuple[PartRow, ...] = ()
    table: TableBlock | None = None
    legend: tuple[str, str] | None = None


@dataclass(frozen=True)
class SectionBlock:
    """A section of the portal: its single numbers as one table, then its blocks."""

    key: str
    title: str
    numbers: tuple[NumberRow, ...]
    has_targets: bool
    has_changes: bool
    before: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class SideRow:
    """`length` is in percent of the longer bar, 0 for none."""

    label: str
    value: str
    length: int


@dataclass(frozen=True)
class BeforeAfterBlock:
    label: str
    sentence: str
    tone: str
    before: SideRow
    after: SideRow
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A line of the contents."""

    title: str
    key: str


@dataclass(frozen=True)
class RestatedView:
    says: str
    changes: tuple[str, ...]


@dataclass(frozen=True)
class ReportView:
    """The whole report. `is_tight` is a cover with much on it."""

    title: str
    name: str
    running: str
    portal_title: str
    customer: str
    monogram: str
    logo: str | None
    period: str
    zone: str
    as_of: str
    made: str
    made_instant: str
    snapshot: str
    facts: tuple[FigureView, ...]
    contents: tuple[Entry, ...]
    portal_url: str | None
    restated: RestatedView | None
    warning: str | None
    summary: tuple[SummaryPart, ...]
    headlines: tuple[HeadlineView, ...]
    sections: tuple[SectionBlock, ...]
    comparisons: tuple[BeforeAfterBlock, ...]
    definitions: tuple[DefinitionView, ...]
    is_tight: bool
    notes: tuple[str, ...]
