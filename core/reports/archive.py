"""The files of what was built: one folder a version, put in place whole, never changed after.

    <reports>/<report_id>/<n>/report.pdf    as it was sent, byte for byte
                              report.csv    its numbers, where they were asked for
                              report.json   what mails and webhooks say of it

Which versions there are is the control store's; its hashes say whether a file is still what it was.
"""

import hashlib
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Unavailable
from core.reports.built import BuiltReport, ReportBrief
from core.settings import Settings

if TYPE_CHECKING:
    # Whoever builds pages needs the places of files, and no database for them.
    from core.store.control.report_archives import Archived

PDF, CSV, BRIEF = "report.pdf", "report.csv", "report.json"
_BESIDE = ".new-"
_ABANDONED_SECONDS = 3600


class ArchiveDamaged(Unavailable):
    """A file of the archive is gone or is not what it was; nothing of it is handed out."""

    code = "ARCHIVE_DAMAGED"

    def __init__(self, archived: "Archived", name: str) -> None:
        super().__init__(
            f"{name} of report {archived.report_id}, version {archived.n}, is missing or damaged in the archive;"
            " put its backup in place"
        )


@dataclass(frozen=True)
class Written:
    """The files of a version before it has a number: `put` gives them their place."""

    folder: Path
    pdf_sha256: str
    csv_sha256: str | None


def folder_of(settings: Settings, report_id: str, n: int) -> Path:
    return settings.reports_dir / report_id / str(n)


def write_beside(settings: Settings, report_id: str, built: BuiltReport) -> Written:
    """Writes the files, whole and on the disk, where nobody looks for them yet."""
    parent = settings.reports_dir / report_id
    folder = parent / f"{_BESIDE}{secrets.token_hex(8)}"
    folder.mkdir(parents=True, mode=0o700)
    files = {PDF: built.pdf, BRIEF: built.brief.to_json().encode()}
    if built.csv is not None:
        files[CSV] = built.csv
    for name, data in files.items():
        _write(folder / name, data)
    _sync(folder)
    return Written(folder, _sha256(built.pdf), None if built.csv is None else _sha256(built.csv))


def put(settings: Settings, written: Written, report_id: str, n: int) -> None:
    """Gives the files their place. What lies there already was left by a build that was never kept."""
    place = folder_of(settings, report_id, n)
    shutil.rmtree(place, ignore_errors=True)
    written.folder.rename(place)
    _sync(place.parent)


def discard(written: Written) -> None:
    shutil.rmtree(written.folder, ignore_errors=True)


def pdf_of(settings: Settings, archived: "Archived") -> bytes:
    """The PDF as it was built; ArchiveDamaged."""
    return _read(settings, archived, PDF, archived.pdf_sha256)


def csv_of(settings: Settings, archived: "Archived") -> bytes | None:
    """The numbers beside it; None where none were asked for."""
    return None if archived.csv_sha256 is None else _read(settings, archived, CSV, archived.csv_sha256)


def brief_of(settings: Settings, archived: "Archived") -> ReportBrief:
    """What is said of it."""
    return ReportBrief.from_json(_read(settings, archived, BRIEF, None).decode())


def remove_abandoned(settings: Settings) -> int:
    """Removes what killed builds have left beside the archive; how many folders."""
    oldest = time.time() - _ABANDONED_SECONDS
    gone = [p for p in settings.reports_dir.glob(f"*/{_BESIDE}*") if p.stat().st_mtime < oldest]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _read(settings: Settings, archived: "Archived", name: str, sha256: str | None) -> bytes:
    try:
        data = (folder_of(settings, archived.report_id, archived.n) / name).read_bytes()
    except OSError:
        raise ArchiveDamaged(archived, name) from None
    if sha256 is not None and _sha256(data) != sha256:
        raise ArchiveDamaged(archived, name)
    return data


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
