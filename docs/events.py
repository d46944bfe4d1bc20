"""The page of the events contract: tables, columns, types, bounds, and why a row is not loaded."""

from core.contract import (
    MAX_LINE_BYTES,
    MAX_TEXT_CHARACTERS,
    MONEY_PLACES,
    OTLP_FOLDER,
    TABLES,
    Column,
    Reason,
    Table,
    Type,
)
from docs.markdown import code, codes, page, table

_INTRO = f"""\
A landing directory holds a folder per table, and in it files as JSON lines (`.jsonl`, also `.gz` and `.zst`), CSV with a
head line (`.csv`, also `.gz`) or Parquet. Folders may have folders. A file is loaded once, known by its content; names
that begin with `.` or `_`, or end in `.tmp` or `.part`, are passed over, so write under such a name and rename.
OpenTelemetry goes under `{OTLP_FOLDER}/`, as the README says.

- **Keys.** A row with a key that is there already is a duplicate where it says the same, a new version where its
  `record_version` is higher, and otherwise a conflict. The order of files changes nothing.
- **Rejected rows** are kept with file, line, reason and text, and the others load: `proofline status` shows them.
- **Times** are ISO instants. One without offset is UTC, or in the zone that `PROOFLINE_SOURCE_ZONES` gives its source.
- **Sizes.** Text has at most {MAX_TEXT_CHARACTERS} characters, a line at most {MAX_LINE_BYTES:,} bytes. Money is kept
  to {MONEY_PLACES} decimal places. Unknown columns are kept beside the row and change nothing.
- **`_complete_to`**, a file beside the folders with one ISO instant, says up to when everything was delivered; without
  it that is the time of the newest event."""

_FORMS = {
    Type.TEXT: "text",
    Type.INT: "whole number",
    Type.NUMBER: "number",
    Type.DECIMAL: "decimal number, or its text",
    Type.BOOL: "true or false",
    Type.TIME: "ISO instant",
}

_REASONS = {
    Reason.BAD_JSON: "The line is no JSON object",
    Reason.TOO_LONG: "A text or a line is longer than it may be",
    Reason.MISSING_VALUE: "A required column is missing or null",
    Reason.BAD_TYPE: "The value is not of the column's type",
    Reason.BAD_TIME: "The time cannot be read, or is none that a clock shows",
    Reason.BAD_VALUE: "The word is not among those that the column knows, or the value cannot be meant",
    Reason.NEGATIVE: "A count, time or cost below 0",
    Reason.OUT_OF_RANGE: "The number is outside the column's bounds",
    Reason.CACHE_ABOVE_INPUT: "More tokens read from or written to the cache than were read at all",
    Reason.NO_CUSTOMER: "An OpenTelemetry span or event that names no customer",
    Reason.CONFLICT: "Two rows of one key and version that say different things",
    Reason.ERASED: "The row is of a customer who was erased",
}


def events() -> str:
    reasons = table(("Reason", "What is wrong"), [(code(reason), _REASONS[reason]) for reason in Reason])
    return page(
        "Events contract", _INTRO, *map(_table, TABLES.values()), "## Why a row is not loaded", reasons
    )


def _table(found: Table) -> str:
    rows = [(code(c.name), _FORMS[c.type], _needed(c), _bounds(c), c.description) for c in found.columns]
    time = f" A row belongs to the day of its `{found.event_time}`." if found.event_time else ""
    head = f"## {found.name}\n\n{found.description}. Its key is {codes(found.key)} within a `source_system`.{time}"
    return f"{head}\n\n{table(('Column', 'Type', 'Needed', 'Values', 'Meaning'), rows)}"


def _needed(column: Column) -> str:
    if column.required:
        return "yes"
    return "" if column.default is None else f"else {code(column.default)}"


def _bounds(column: Column) -> str:
    if column.choices:
        return codes(column.choices)
    if column.minimum is None and column.maximum is None:
        return ""
    return f"{column.minimum:,} to {column.maximum:,}"
