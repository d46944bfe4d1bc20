"""A file of lines without those that are too long for the reader; each keeps its number."""

from collections.abc import Iterator
from pathlib import Path

from core.contract import Reason
from pipeline.ingest.rejects import Reject

_LIMIT_BYTES = 1024 * 1024
_SHOWN_CHARACTERS = 200


def without_overlong_lines(path: Path, work: Path) -> tuple[Path, list[Reject]]:
    """A copy of `path` in `work` whose overlong lines are blank, and the rejects that tell of them."""
    target, dropped = work / f"mended-{path.name}", list[Reject]()
    with path.open("rb") as reader, target.open("wb") as writer:
        for number, (head, size) in enumerate(_lines(reader), start=1):
            if size <= _LIMIT_BYTES:
                writer.write(head)
                continue
            writer.write(b"\n")
            shown = head[:_SHOWN_CHARACTERS].decode("utf-8", "replace") + "…"
            message = f"The line is {size} bytes long; at most 1 MiB is read"
            dropped.append(Reject(number, Reason.TOO_LONG, "", message, shown))
    return target, dropped


def _lines(reader: object) -> Iterator[tuple[bytes, int]]:
    """Each line's first part, whole where it is within the limit, and its size; never more in memory."""
    read = reader.readline  # type: ignore[attr-defined]
    while head := read(_LIMIT_BYTES + 1):
        size, part = len(head), head
        while not part.endswith(b"\n") and (part := read(_LIMIT_BYTES)):
            size += len(part)
        yield head, size
