"""A stored file as batches of numbered lines, with bounded memory whatever the file holds.

The Collector writes one batch of spans on one line, easily several MiB, so the events contract's limit of 1
MiB a line holds for each span (see `spans`) and a line may have 64 MiB. A file that is one object printed
over many lines counts as one line. What the lines say is read in `documents`.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
_BATCH_BYTES = 16 * 1024 * 1024
_SKIP_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Batch:
    """Lines joined by line feeds; `first_row` numbers the first from 1, `undecodable` are the numbers of
    those that are not UTF-8. Of a line longer than MAX_DOCUMENT_BYTES just more than that is there."""

    first_row: int
    text: str
    undecodable: tuple[int, ...] = ()


def batches(path: Path) -> Iterator[Batch]:
    """The file's lines in order. Raises OSError, EOFError or zlib.error for damaged compression."""
    with _opened(path) as reader:
        head = reader.readline(MAX_DOCUMENT_BYTES + 1).removeprefix(_BOM)
        # No line of a file of lines can be a lone brace: somebody's printer broke the line after it.
        if head.strip() in (b"{", b"["):
            yield _printed_document(head, reader)
        elif head:
            yield from _batches_of_lines(head, reader)


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _printed_document(head: bytes, reader: BinaryIO) -> Batch:
    data = head + reader.read(MAX_DOCUMENT_BYTES + 1)
    # In JSON a line feed can only stand between tokens, where it means nothing.
    return _decoded(1, data.replace(b"\n", b" "))


def _batches_of_lines(head: bytes, reader: BinaryIO) -> Iterator[Batch]:
    row, data = 1, head
    while data:
        if data.endswith(b"\n"):
            data += reader.read(_BATCH_BYTES)
        if not data.endswith(b"\n"):
            data += reader.readline(MAX_DOCUMENT_BYTES + 1)
        if not data.endswith(b"\n"):
            _skip_line(reader)
            data += b"\n"
        yield _decoded(row, data[:-1])
        row += data.count(b"\n")
        data = reader.read(_BATCH_BYTES)


def _skip_line(reader: BinaryIO) -> None:
    while (part := reader.readline(_SKIP_BYTES)) and not part.endswith(b"\n"):
        pass


def _decoded(first_row: int, data: bytes) -> Batch:
    try:
        return Batch(first_row, data.decode())
    except UnicodeDecodeError:
        lines = list(enumerate(data.split(b"\n"), start=first_row))
        bad = tuple(row for row, line in lines if not _is_utf8(line))
        return Batch(first_row, data.decode(errors="replace"), bad)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
