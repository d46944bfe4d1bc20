"""Numbered copies of files of JSON lines: every line with its number, or with the reason why it is none.

Loading in bulk keeps no line numbers, since numbering costs more than all checks. Only a file of which some line was
not loaded is copied like this, and read again. Lines the reader would stumble over (too long, not UTF-8) are told in
the copy; whether the others are JSON is not judged here. CSV has its own copies in `csv_records`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from core.contract import MAX_LINE_BYTES, Reason

SEPARATOR = "\x01"
_CHUNK_BYTES = 4 * 1024 * 1024
_BYTES_PER_CHARACTER = 4
_SHOWN_CHARACTERS = 200
_BLANK = " \t\n\r\x0b\x0c"
# In JSON they may stand nowhere; in a copy they would be taken for something else.
_NEVER = (b"\x00", SEPARATOR.encode())
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_REPLACED = "�".encode()


@dataclass(frozen=True)
class Copy:
    """A numbered copy, how many rows it has (blank lines are none), and how many of them are refused."""

    path: Path
    rows: int
    refused: int


class Chunk(NamedTuple):
    """Whole lines, and the number of the first. Of a last line longer than 1 MiB only the beginning is there."""

    first: int
    data: bytes


class Refusal(NamedTuple):
    """Why a line has no values."""

    reason: Reason
    message: str


TOO_LONG = Refusal(Reason.TOO_LONG, "The line is longer than 1 MiB")
_NOT_UTF_8 = Refusal(Reason.BAD_JSON, "The line is not UTF-8")
_NOT_JSON = Refusal(Reason.BAD_JSON, "The line is not valid JSON")


def copy_json_lines(path: Path, target: Path) -> Copy:
    """Writes `target`, whose rows are `row_number`, `reason`, `message` and `line`, separated by SEPARATOR."""
    count = refused = 0
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as file:
        for chunk in chunks(source):
            rows = _good_rows(chunk)
            if rows is None:
                rows = list(_any_rows(chunk))
                refused += sum(row.split(SEPARATOR, 2)[1] != "" for row in rows)
            file.writelines(rows)
            count += len(rows)
    return Copy(target, count, refused)


def chunks(file: IO[bytes]) -> Iterator[Chunk]:
    """The file in pieces of some MiB, cut between lines, so that no line can fill the memory."""
    first = 1
    while data := file.read(_CHUNK_BYTES):
        if not data.endswith(b"\n"):
            data += file.readline(MAX_LINE_BYTES + 2)
        is_cut = not data.endswith(b"\n") and _skip_line(file)
        yield Chunk(first, data)
        first += data.count(b"\n") + is_cut


def shown(data: bytes) -> str:
    """Bytes as text for people, whatever they are; the beginning of what is too long."""
    text = _CONTROLS.sub(_REPLACED, data[:MAX_LINE_BYTES]).decode("utf-8", "replace").strip(_BLANK)
    return text if len(data) <= MAX_LINE_BYTES else f"{text[:_SHOWN_CHARACTERS]}…"


def _good_rows(chunk: Chunk) -> list[str] | None:
    """The rows of a chunk without any line that has to be told of, which nearly all are; else None."""
    if any(never in chunk.data for never in _NEVER) or b"\r" in chunk.data:
        return None
    try:
        lines = chunk.data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    if max(map(len, lines)) > MAX_LINE_BYTES // _BYTES_PER_CHARACTER:
        return None
    stripped = enumerate((line.strip(_BLANK) for line in lines), start=chunk.first)
    start = SEPARATOR * 3
    return [f"{number}{start}{line}\n" for number, line in stripped if line]


def _any_rows(chunk: Chunk) -> Iterator[str]:
    for number, data in enumerate(chunk.data.split(b"\n"), start=chunk.first):
        if refusal := _refusal(data.strip()):
            yield _row(number, shown(data), refusal)
        elif data.strip():
            yield _row(number, data.decode("utf-8").strip(_BLANK))


def _refusal(line: bytes) -> Refusal | None:
    if len(line) > MAX_LINE_BYTES:
        return TOO_LONG
    if any(never in line for never in _NEVER):
        return _NOT_JSON
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return _NOT_UTF_8
    return None


def _row(number: int, line: str, refusal: Refusal | None = None) -> str:
    reason, message = refusal or ("", "")
    # The copy's reader would end the row at a carriage return; to JSON a tab is the same, wherever it stands.
    plain = line.replace("\r", "\t")
    return f"{number}{SEPARATOR}{reason}{SEPARATOR}{message}{SEPARATOR}{plain}\n"


def _skip_line(file: IO[bytes]) -> bool:
    """Passes over the rest of a line; whether there was any."""
    is_any = False
    while part := file.readline(_CHUNK_BYTES):
        is_any = True
        if part.endswith(b"\n"):
            break
    return is_any
