"""Landing files as they arrived: byte-exact copies, named by their content, that every rebuild starts from.

A file is copied and hashed in one pass, so that what is parsed later is what was hashed, whatever happens to
the original. The same content under another name is the same file. What is in the copies is the business of
`readers`; which of them are loaded stands in the warehouse's ledger.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.fault import hit
from pipeline.ingest.landing import LandingFile

_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """One stored copy. `lines` counts its line breaks (and a last line without one), `taken_at` is when it
    was first seen, against which times in the future are judged for ever."""

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


@dataclass(frozen=True)
class Changing:
    """The file changed while it was copied; it waits for the next run."""

    relative: str


class RawStore:
    """The folder of stored copies, and the memory of which landing files were already seen."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._seen = self._read_seen()

    def take(self, file: LandingFile, *, now: datetime) -> StoredFile | Changing:
        """The stored copy of `file`, made now unless its content is stored already."""
        stamp = _stamp(file.path)
        known = self._seen.get(file.relative)
        if known and known["stamp"] == stamp and (stored := self.get(known["sha256"])):
            return stored
        return self._copy(file, stamp, now)

    def unseen(self, files: Iterable[LandingFile], settled_before: float) -> list[str]:
        """Names and stamps of files that were never seen as they are now, and no longer change."""
        stamps = ((file.relative, _stamp(file.path)) for file in files)
        return [
            f"{relative} {stamp}"
            for relative, stamp in stamps
            if stamp[1] <= settled_before * 1e9 and self._seen.get(relative, {}).get("stamp") != stamp
        ]

    def get(self, sha256: str) -> StoredFile | None:
        """The stored file with that content, if there is one."""
        sidecar = self.root / f"{sha256}.json"
        return _read_sidecar(sidecar) if sidecar.is_file() else None

    def all(self) -> Iterator[StoredFile]:
        """Every stored file, in the order of their names when they arrived."""
        yield from sorted(map(_read_sidecar, self.root.glob("*.json")), key=lambda f: (f.relative, f.sha256))

    def remember(self) -> None:
        """Keeps which landing files were seen, so that the next run need not read them again."""
        _write_atomically(self.root / "seen.cache", json.dumps(self._seen))

    def _copy(self, file: LandingFile, stamp: list[int], now: datetime) -> StoredFile | Changing:
        temporary = self.root / f"{os.getpid()}-{abs(hash(file.relative))}.tmp"
        try:
            digest, size, lines = _copy_and_hash(file.path, temporary)
            if _stamp(file.path) != stamp or size != stamp[0]:
                return Changing(file.relative)
            hit("ingest.after_copy")
            stored = self.get(digest) or self._keep(temporary, file, digest, size, lines, now)
        finally:
            temporary.unlink(missing_ok=True)
        self._seen[file.relative] = {"stamp": stamp, "sha256": digest}
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

    def _read_seen(self) -> dict[str, dict[str, Any]]:
        try:
            return dict(json.loads((self.root / "seen.cache").read_text()))
        except (OSError, ValueError):
            return {}  # Only a short cut: without it the files are hashed again.


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _copy_and_hash(source: Path, target: Path) -> tuple[str, int, int]:
    digest, size, lines, last = hashlib.sha256(), 0, 0, b"\n"
    with source.open("rb") as reader, target.open("wb") as writer:
        while chunk := reader.read(_CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
            size, lines, last = size + len(chunk), lines + chunk.count(b"\n"), chunk[-1:]
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest(), size, lines + (last != b"\n")


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
    temporary.write_text(text)
    temporary.replace(path)
