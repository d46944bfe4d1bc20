"""Backups: all that cannot be built again, as a folder; and a home made of one.

    control.sqlite     the control store, in one state, whoever writes to it meanwhile
    raw/               the stored copies of landing files, from which everything published is built again
    reports/           archives of reports, as they were sent
    erasures/          records of who was erased, so that they stay so
    signing_keys.json  0600; without it every link ends
    backup.json        what this is, and the SHA-256 of every file

Sites, the warehouse and snapshots are built again by the next run. A control store in PostgreSQL is backed up by
`pg_dump`, at the same time; everything else is here.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.erasure_records import PATTERN, reapply_missing, tombstones_in
from core.fault import hit
from core.settings import Settings
from core.store.control import existing_control_store
from core.tokens.key_file import key_path
from pipeline import build
from pipeline.errors import PipelineError
from pipeline.home import Home

_FOLDERS = ("raw", "reports", "erasures")
_FACTS = "backup.json"
_STORE = "control.sqlite"
_FORMAT = 1
# What is written anew at any time and is worth nothing elsewhere.
_LEFT_OUT = (".tmp", ".cache", ".lock")


@dataclass(frozen=True)
class Backup:
    """A finished backup: where it is, how many files it has, and how large they are."""

    folder: Path
    files: int
    bytes: int
    has_control_store: bool


@dataclass(frozen=True)
class Restored:
    """What was put back, and how many erasures are done anew."""

    files: int
    erasures: int


def backup(settings: Settings, folder: Path, *, now: datetime) -> Backup:
    """Writes a backup into `folder`, which is new or empty; under the pipeline's lock, so that no run changes what is
    copied. It appears under its name when it is whole."""
    if folder.exists() and any(folder.iterdir()):
        raise PipelineError(f"{folder} is not empty. Name a new folder; each backup has its own.")
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    try:
        with build.lock(Home(settings.home)):
            has_store = _copy_store(settings, beside / _STORE)
            hit("backup.after_store")
            _copy_files(settings, beside)
        digests = {str(p.relative_to(beside)): _digest(p) for p in _files(beside)}
        facts = {"format": _FORMAT, "made_at": now.astimezone(UTC).isoformat(), "files": digests}
        _write(beside / _FACTS, json.dumps(facts, indent=1))
        hit("backup.after_facts")
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    sizes = [p.stat().st_size for p in _files(folder)]
    return Backup(folder, len(sizes), sum(sizes), has_store)


def restore(settings: Settings, folder: Path, *, more_records: list[Path], now: datetime) -> Restored:
    """Puts a backup into an empty home. Whoever was erased since, as records in the home or in `more_records` tell, is
    erased again before this returns: a home that it left whole has nothing of them to show."""
    home = settings.home
    if others := [p.name for p in _there(home)]:
        raise PipelineError(
            f"{home} holds {', '.join(sorted(others)[:3])} already. Restore into an empty PROOFLINE_HOME; only"
            " `erasures` may be there."
        )
    files = _checked(folder)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in files:
        _put(folder / name, home / name)
    hit("restore.after_files")
    for place in more_records:
        for record in sorted(p for p in place.rglob(PATTERN) if p.is_file()):
            _put(record, settings.erasures_dir / record.name)
    return Restored(len(files), _erase_again(settings, now))


def _there(home: Path) -> list[Path]:
    # The lock's own file says nothing; a restore that was killed is begun again in a new home.
    return [p for p in home.glob("*") if p.name not in ("erasures", "pipeline.lock")] if home.exists() else []


def _erase_again(settings: Settings, now: datetime) -> int:
    """Tombstones first, in the store; then every stored copy, so that nobody is there to be published."""
    if not (tombstones_in(settings.erasures_dir) or settings.database_url or settings.control_path.exists()):
        return 0
    store = existing_control_store(settings)
    if store is None:
        return 0
    try:
        count = reapply_missing(store, settings.erasures_dir, now=now, again=True)
    finally:
        store.close()
    if count:
        build.erase_from_stored_files(settings)
    return count


def _copy_store(settings: Settings, target: Path) -> bool:
    """One state of the store, without stopping who uses it."""
    if settings.database_url or not settings.control_path.exists():
        return False
    with closing(sqlite3.connect(f"file:{settings.control_path}?mode=ro", uri=True)) as source:
        source.execute("PRAGMA busy_timeout = 5000")
        source.execute("VACUUM INTO ?", [str(target)])
    target.chmod(0o600)
    return True


def _copy_files(settings: Settings, target: Path) -> None:
    for name in _FOLDERS:
        source = settings.home / name
        for path in _files(source):
            _put(path, target / name / path.relative_to(source))
    keys = key_path(settings)
    if keys.exists():
        _put(keys, target / keys.name)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    shutil.copyfile(source, temporary)
    temporary.chmod(source.stat().st_mode & 0o777)
    temporary.replace(target)


def _files(folder: Path) -> Iterator[Path]:
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink())
    return (p for p in found if not p.name.endswith(_LEFT_OUT))


def _checked(folder: Path) -> list[str]:
    """The names of all files of a backup; PipelineError for one that is not as it was written."""
    try:
        facts = json.loads((folder / _FACTS).read_text())
        digests: dict[str, str] = dict(facts["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PipelineError(f"{folder} is no backup: its {_FACTS} cannot be read ({error}).") from None
    if facts["format"] != _FORMAT:
        raise PipelineError(f"{folder} was made by another version of Proofline; restore it with that one.")
    for name, digest in digests.items():
        path = folder / name
        if (
            not path.resolve().is_relative_to(folder.resolve())
            or not path.is_file()
            or _digest(path) != digest
        ):
            raise PipelineError(f"{path} is missing or damaged. Take another backup; nothing was restored.")
    return list(digests)


def _digest(path: Path) -> str:
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("w") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
