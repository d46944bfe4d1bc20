"""A stored file made plain: decompressed within bounds, without a byte-order mark.

Bounds are checked while decompressing, so that a small file cannot fill the disk.
"""

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import UnreadableError
from pipeline.ingest.raw_store import StoredFile, line_breaks

_CHUNK_BYTES = 4 * 1024 * 1024
# One block of four bytes can unfold to 128 KiB: what is read at once bounds what is held at once.
_ZSTD_CHUNK_BYTES = 4 * 1024
_BOM = b"\xef\xbb\xbf"
# Small files may be dense (one repeated line); the ratio is judged once there is this much.
_RATIO_FROM_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What decompression may produce from one file: `ratio` times its size, and `max_bytes` in all."""

    ratio: int
    max_bytes: int


@dataclass(frozen=True)
class Plain:
    """A plain file to read, and how many lines it has."""

    path: Path
    lines: int


def opened(stored: StoredFile, work: Path, bounds: Bounds) -> Plain:
    """The plain form of `stored`: its own copy where that is plain already, else a new file in `work`.

    Raises UnreadableError for what cannot be decompressed or grows beyond the bounds.
    """
    if stored.compression is None and not _has_bom(stored):
        return Plain(stored.copy, stored.lines)
    target = work / f"{stored.sha256}.{stored.format}"
    try:
        return Plain(target, _write_plain(stored, target, bounds))
    except UnreadableError:
        target.unlink(missing_ok=True)
        raise


def _write_plain(stored: StoredFile, target: Path, bounds: Bounds) -> int:
    size, lines, last = 0, 0, b"\n"
    with stored.copy.open("rb") as reader, target.open("wb") as writer:
        for chunk in _without_bom(_decompressed(reader, stored.compression)):
            size += len(chunk)
            _check(size, stored.bytes, bounds)
            writer.write(chunk)
            lines, last = lines + line_breaks(chunk), chunk[-1:]
    return lines + (last != b"\n")


def _check(size: int, stored_bytes: int, bounds: Bounds) -> None:
    if size > bounds.max_bytes:
        raise UnreadableError(f"grows beyond {bounds.max_bytes} bytes when decompressed; split it")
    if size >= _RATIO_FROM_BYTES and size > bounds.ratio * stored_bytes:
        raise UnreadableError(f"grows to more than {bounds.ratio} times its size when decompressed")


def _decompressed(reader: BinaryIO, compression: str | None) -> Iterator[bytes]:
    """What is wrong with the file is told apart here from what goes wrong while its plain form is written."""
    try:
        yield from _DECOMPRESSORS[compression](reader)
    except (OSError, EOFError, zlib.error, _zstd_error()) as error:
        raise UnreadableError(f"cannot be decompressed, it is cut off or damaged ({error})") from error


def _zstd_error() -> type[Exception]:
    import zstandard

    return zstandard.ZstdError


def _plain(reader: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: reader.read(_CHUNK_BYTES), b"")


def _gunzipped(reader: BinaryIO) -> Iterator[bytes]:
    return _plain(gzip.open(reader, "rb"))  # type: ignore[arg-type]


def _unzstd(reader: BinaryIO) -> Iterator[bytes]:
    """Frame by frame, since only a finished frame tells that the file was not cut off."""
    import zstandard

    frame = None
    while chunk := reader.read(_ZSTD_CHUNK_BYTES):
        while chunk:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            if plain := frame.decompress(chunk):
                yield plain
            chunk, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
    if frame is not None:
        raise EOFError("the last frame is not complete")


_DECOMPRESSORS: dict[str | None, Callable[[BinaryIO], Iterator[bytes]]] = {
    None: _plain,
    "gz": _gunzipped,
    "zst": _unzstd,
}


def _without_bom(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    while len(first) < len(_BOM) and (chunk := next(chunks, b"")):
        first += chunk
    yield from (chunk for chunk in itertools.chain((first.removeprefix(_BOM),), chunks) if chunk)


def _has_bom(stored: StoredFile) -> bool:
    if stored.format == "parquet":
        return False
    with stored.copy.open("rb") as reader:
        return reader.read(len(_BOM)) == _BOM
