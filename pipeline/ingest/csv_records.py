"""CSV as people's programs write it, record by record, and numbered copies of it.

A line that is no row costs only itself: where a quote is not closed, or a record of several lines has not as many
values as the header, its first line is told and reading goes on with the next. Files without such lines are read in
bulk and never come here, their header aside.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from core.contract import MAX_LINE_BYTES, Reason
from pipeline.errors import UnreadableError
from pipeline.ingest.numbered import TOO_LONG, Copy, Refusal, shown

csv.field_size_limit(2 * MAX_LINE_BYTES)
_NOT_UTF_8 = Refusal(Reason.BAD_VALUE, "The line is not UTF-8")
# A value in quotes with spaces around it, which the reader in bulk drops.
_SPACED = re.compile(r'(?:^|(?<=,)) *("(?:[^"]|"")*") *(?=,|[\r\n]*$)')


class Record(NamedTuple):
    """One record: the line it begins on, its text, and its values or the reason why it has none."""

    number: int
    original: str
    values: Sequence[str] = ()
    refusal: Refusal | None = None


class _Line(NamedTuple):
    """A line with its line break; of one longer than 1 MiB only the beginning is there."""

    number: int
    data: bytes

    @property
    def is_cut(self) -> bool:
        return len(self.data.rstrip(b"\r\n")) > MAX_LINE_BYTES


def header(path: Path) -> list[str]:
    """The column names of a CSV file. Raises UnreadableError for none, or for two alike."""
    with path.open("rb") as file:
        first = file.readline(MAX_LINE_BYTES).rstrip(b"\r\n")
    try:
        names = next(csv.reader([first.decode("utf-8")], strict=True), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableError(f"has no readable header line ({error})") from error
    if not any(names):
        raise UnreadableError("has no header line; its first line must name the columns")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableError(f"names the column {twice[0]} twice")
    return names


def copy(path: Path, width: int, target: Path) -> Copy:
    """Writes `target` with `row_number`, `reason`, `message`, `original` and `width` values a record."""
    rows, refused, nothing = 0, 0, ("",) * width
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in records(path, width):
            rows, refused = rows + 1, refused + (record.refusal is not None)
            reason, message = record.refusal or ("", "")
            writer.writerow((record.number, reason, message, record.original, *(record.values or nothing)))
    return Copy(target, rows, refused)


def records(path: Path, width: int) -> Iterator[Record]:
    """The records after the header, each with `width` values or the reason why it has not."""
    with path.open("rb") as file:
        lines = _Lines(file)
        lines.take()
        while line := lines.take():
            if line.data.strip():
                yield _record(line, lines, width)


class _Lines:
    """The lines of a file, of which some can be given back."""

    def __init__(self, file: IO[bytes]) -> None:
        self._coming = _lines(file)
        self._again = deque[_Line]()

    def take(self) -> _Line | None:
        return self._again.popleft() if self._again else next(self._coming, None)

    def give_back(self, lines: Sequence[_Line]) -> None:
        self._again.extendleft(reversed(lines))


def _lines(file: IO[bytes]) -> Iterator[_Line]:
    number = 0
    while data := file.readline(MAX_LINE_BYTES + 2):
        number += 1
        yield _Line(number, data)
        while not data.endswith(b"\n") and (data := file.readline(MAX_LINE_BYTES)):
            pass


def _record(first: _Line, lines: _Lines, width: int) -> Record:
    if first.is_cut:
        return Record(first.number, shown(first.data), refusal=TOO_LONG)
    try:
        text = first.data.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return Record(first.number, shown(first.data), refusal=_NOT_UTF_8)
    if '"' in text:
        return _quoted_record(first, lines, width)
    return _checked(Record(first.number, text, text.split(",")), width)


def _quoted_record(first: _Line, lines: _Lines, width: int) -> Record:
    """A record with quotes may go on over many lines; those of one that is no row are read again by themselves."""
    taken = [first]
    try:
        values = next(csv.reader(_texts(taken, lines), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        record = Record(first.number, "", refusal=_not_csv(error))
    else:
        record = _checked(Record(first.number, _text(*taken).rstrip("\r\n"), values), width)
    if record.refusal:
        lines.give_back(taken[1:])
        return record._replace(original=_text(first).rstrip("\r\n"))
    return record


def _texts(taken: list[_Line], lines: _Lines) -> Iterator[str]:
    """The first line, and each that follows as the reader asks for it, up to the length of one line."""
    yield _SPACED.sub(r"\1", _text(*taken))
    size = len(taken[0].data)
    while line := lines.take():
        taken.append(line)
        size += len(line.data)
        if size > MAX_LINE_BYTES:
            return
        yield _SPACED.sub(r"\1", _text(line))


def _text(*lines: _Line) -> str:
    return b"".join(line.data for line in lines).decode("utf-8")


def _checked(record: Record, width: int) -> Record:
    if len(record.values) == width:
        return record
    if len(record.values) == width + 1 and not record.values[-1]:  # a comma at the end, which is common
        return record._replace(values=record.values[:-1])
    message = f"The line has {len(record.values)} values and the header names {width} columns"
    return record._replace(values=(), refusal=Refusal(Reason.BAD_VALUE, message))


def _not_csv(error: Exception) -> Refusal:
    is_open = isinstance(error, UnicodeDecodeError) or "unexpected end" in str(error)
    words = "a quote is not closed" if is_open else str(error)
    return Refusal(Reason.BAD_VALUE, f"The line is no CSV row: {words}")
