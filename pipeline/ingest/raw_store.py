"""Landing files as they arrived: byte-exact copies, named by their content, that every rebuild starts from.

A file is copied and hashed in one pass, so that what is parsed later is what was hashed, whatever happens to
the original. The same content under another name is the same file, unless the name says to read it differently: a
file that was put into the wrong folder is read when it is moved to the right one. What is in the copies is the
business of the readers; which of them are loaded stands in the warehouse's ledger.
"""

import hashlib
import json
import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from core.fault import hit
from pipeline.ingest.landing import LandingFile, Unusable, unreadable

# What fits beside the processor is hashed, counted and written while it is still there.
_CHUNK_BYTES = 256 * 1024
_SEEN = "seen.cache"


@dataclass(frozen=True)
class StoredFile:
    """One stored copy. `sha256` is that of how it is to be read and of its content; `lines` counts its line breaks
    (and a last line without one); `taken_at` is when it was first seen, against which times in the future are
    judged for ever; `erased` are the rows of erased customers that were taken out of the copy, which leaves its
    name as it was: the same file again is no new one."""

    sha256: str
    copy: Path
    relative: str
    table: str
    format: str
    compression: str | None
    folder_customer: str | None
    bytes: int
    lines: int
    taken_at: datetime
    erased: int = 0


@dataclass(frozen=True)
class Changing:
    """The file changed while it was copied; it waits for the next run."""

    relative: str


class _SourceError(Exception):
    """The landing file could not be read; anything else that goes wrong while copying is not its fault."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class RawStore:
    """The folder of stored copies, and the memory of which landing files were already seen."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._seen_before = _read_seen(root / _SEEN)
        self._seen: dict[str, list[Any]] = {}
        self._keeping = Lock()

    def take(self, file: LandingFile, *, now: datetime) -> StoredFile | Changing | Unusable:
        """The stored copy of `file`, made now unless its content is stored already. May be called by several
        threads for different files."""
        try:
            stamp = _stamp(file.path)
            return self._known(file, stamp) or self._copy(file, stamp, now)
        except _SourceError as source:
            if isinstance(source.error, FileNotFoundError):
                return Changing(file.relative)
            return unreadable(file, source.error)

    def waiting(
        self, files: Iterable[LandingFile], loaded: Container[str], settled_before: float
    ) -> list[str]:
        """Names and stamps of files that no longer change and are not among the `loaded` contents, as far as
        that is known without reading them: a file that was seen before has the content it had then."""
        settled = (
            (f, stamp)
            for f in files
            if (stamp := _stamp_or_none(f.path)) and stamp[1] <= settled_before * 1e9
        )
        return [
            f"{file.relative} {stamp}"
            for file, stamp in settled
            if not ((known := self._known(file, stamp)) and known.sha256 in loaded)
        ]

    def get(self, sha256: str) -> StoredFile | None:
        """The stored file of that name, if there is one and its copy is still there."""
        sidecar = self.root / f"{sha256}.json"
        stored = _read_sidecar(sidecar) if sidecar.is_file() else None
        return stored if stored and stored.copy.is_file() else None

    def names(self) -> set[str]:
        """The names of all stored files."""
        return {path.stem for path in self.root.glob("*.json")}

    def all(self) -> Iterator[StoredFile]:
        """Every stored file, in the order of their names when they arrived."""
        found = (stored for name in self.names() if (stored := self.get(name)))
        yield from sorted(found, key=lambda f: (f.relative, f.sha256))

    def remember(self) -> None:
        """Keeps which landing files were seen, so that the next run need not read them again."""
        _write_atomically(self.root / _SEEN, json.dumps(self._seen))

    def rewrite(self, stored: StoredFile, fresh: Path | None) -> None:
        """Puts `fresh` in the place of the copy, where there is one, and keeps the description `stored`."""
        if fresh is not None:
            with fresh.open("rb") as written:
                os.fsync(written.fileno())
            fresh.replace(stored.copy)
        _write_atomically(self.root / f"{stored.sha256}.json", _sidecar(stored))

    def _known(self, file: LandingFile, stamp: list[int]) -> StoredFile | None:
        seen = self._seen_before.get(_name(file), [])
        if seen[:-1] != [_way(file), *stamp]:
            return None
        self._seen[_name(file)] = seen
        return self.get(seen[-1])

    def _copy(self, file: LandingFile, stamp: list[int], now: datetime) -> StoredFile | Changing:
        temporary = self.root / f"{os.getpid()}-{abs(hash(file.relative))}.tmp"
        try:
            # What cannot be read is seen, too: only when it changes is there something to do.
            self._seen[_name(file)] = [_way(file), *stamp, ""]
            digest, size, lines = _copy_and_hash(file, temporary)
            if _stamp(file.path) != stamp or size != stamp[0]:
                del self._seen[_name(file)]
                return Changing(file.relative)
            hit("ingest.after_copy")
            with self._keeping:  # two files of the same content may arrive at once
                stored = self.get(digest) or self._keep(temporary, file, digest, size, lines, now)
        finally:
            temporary.unlink(missing_ok=True)
        self._seen[_name(file)][-1] = digest
        return stored

    def _keep(
        self, temporary: Path, file: LandingFile, digest: str, size: int, lines: int, now: datetime
    ) -> StoredFile:
        extension = file.format if file.compression is None else f"{file.format}.{file.compression}"
        stored = StoredFile(
            digest,
            self.root / f"{digest}.{extension}",
            file.relative,
            file.table,
            file.format,
            file.compression,
            file.folder_customer,
            size,
            lines,
            now,
        )
        temporary.replace(stored.copy)
        # The description comes last: a copy without one was never taken, and is overwritten.
        _write_atomically(self.root / f"{digest}.json", _sidecar(stored))
        return stored


def _read_seen(path: Path) -> dict[str, list[Any]]:
    """Each file's manner, stamp and stored name. Only a short cut: without it the files are hashed again."""
    try:
        seen = json.loads(path.read_text())
        return {str(relative): list(facts) for relative, facts in seen.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _name(file: LandingFile) -> str:
    """The file's name as it is remembered: names may be those of customers, and some are to be forgotten."""
    return hashlib.sha256(file.relative.encode("utf-8", "surrogatepass")).hexdigest()


def _way(file: LandingFile) -> str:
    """The file's manner as it is remembered."""
    return hashlib.sha256(_manner(file).encode()).hexdigest()


def _manner(file: LandingFile) -> str:
    """All that the file's place and name say about how to read it."""
    return json.dumps([file.table, file.format, file.compression, file.folder_customer])


def _stamp(path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError as error:
        raise _SourceError(error) from error
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _stamp_or_none(path: Path) -> list[int] | None:
    try:
        return _stamp(path)
    except _SourceError:
        return None


def _copy_and_hash(file: LandingFile, target: Path) -> tuple[str, int, int]:
    digest, size, lines, last = hashlib.sha256(_manner(file).encode()), 0, 0, b"\n"
    with target.open("wb") as writer:
        for chunk in _chunks(file.path):
            digest.update(chunk)
            writer.write(chunk)
            size, lines, last = size + len(chunk), lines + line_breaks(chunk), chunk[-1:]
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size, lines + (last != b"\n")


def line_breaks(chunk: bytes) -> int:
    """As `chunk.count(b"\\n")`, which looks at byte after byte and keeps the other threads waiting meanwhile: taking
    lines apart is twice as fast."""
    return len(BytesIO(chunk).readlines()) - (chunk[-1:] not in (b"\n", b""))


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb", buffering=0) as reader:
            while chunk := reader.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _SourceError(error) from error


def _sidecar(stored: StoredFile) -> str:
    facts = asdict(stored)
    return json.dumps(facts | {"copy": stored.copy.name, "taken_at": stored.taken_at.isoformat()}, indent=1)


def _read_sidecar(path: Path) -> StoredFile:
    facts = json.loads(path.read_text())
    facts["copy"] = path.parent / facts["copy"]
    facts["taken_at"] = datetime.fromisoformat(facts["taken_at"])
    return StoredFile(**facts)


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("w") as writer:
        writer.write(text)
        os.fsync(writer.fileno())
    temporary.replace(path)
