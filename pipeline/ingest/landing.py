"""The landing directory: which files wait there, what each one is, and which are not for us.

Looks at names only. Copying, hashing and reading happen in `raw_store`, `opened` and the readers.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.contract import OTLP_FOLDER, TABLES
from pipeline.errors import LandingMissingError, PipelineError

COMPLETE_TO = "_complete_to"
_TABLE_FORMATS = {"jsonl": "jsonl", "csv": "csv", "parquet": "parquet"}
_OTLP_FORMATS = {"jsonl": "otlp", "json": "otlp"}
_COMPRESSED = {"jsonl": ("gz", "zst"), "csv": ("gz",), "json": ("gz", "zst"), "parquet": ()}


@dataclass(frozen=True)
class LandingFile:
    """One file that waits: its table, its format, and the customer its folder names (OpenTelemetry only)."""

    path: Path
    relative: str
    table: str
    format: str
    compression: str | None = None
    folder_customer: str | None = None


@dataclass(frozen=True)
class Unusable:
    """A file that no reader takes, and why."""

    path: Path
    relative: str
    table: str
    message: str


def find(landing: Path) -> list[LandingFile | Unusable]:
    """Every file below `landing`, sorted by its relative path; names that begin with `.` or `_`, or end in
    `.tmp` or `.part`, are still being written or not events, and are passed over."""
    unreadable: list[OSError] = []
    paths = sorted(_visible_files(landing, unreadable))
    if any(error.filename == str(landing) for error in unreadable):
        raise _missing(landing)
    folders = [_unusable(landing, Path(error.filename), _reason(error)) for error in unreadable]
    return [*folders, *(classify(landing, path) for path in paths)]


def classify(landing: Path, path: Path) -> LandingFile | Unusable:
    """What the file is, told from its folder and its name alone; of what is no ordinary file, that it is none."""
    relative = path.relative_to(landing)
    table = relative.parts[0] if len(relative.parts) > 1 else ""
    if not path.is_file():
        return _unusable(landing, path, "leads nowhere" if path.is_symlink() else "is no ordinary file")
    if not os.access(path, os.R_OK):
        return _unusable(landing, path, "cannot be read (Permission denied)")
    if table != OTLP_FOLDER and table not in TABLES:
        return _unusable(landing, path, _unknown_folder(table))
    formats = _OTLP_FORMATS if table == OTLP_FOLDER else _TABLE_FORMATS
    extension, compression = _extensions(path.name)
    if extension not in formats or (compression and compression not in _COMPRESSED[extension]):
        return _unusable(landing, path, _unknown_format(path.name, formats))
    customer = relative.parts[1] if table == OTLP_FOLDER and len(relative.parts) > 2 else None
    return LandingFile(path, _shown(relative), table, formats[extension], compression, customer)


def unreadable(file: LandingFile, error: OSError) -> Unusable:
    """The file as one that cannot be read now; the next run tries again."""
    return Unusable(file.path, file.relative, file.table, _reason(error))


def complete_to(landing: Path, *, now: datetime) -> datetime | None:
    """The instant up to which the source says it delivered everything (file `_complete_to`), at most `now`."""
    marker = landing / COMPLETE_TO
    if not marker.is_file():
        return None
    text = marker.read_text(encoding="utf-8", errors="replace").strip()
    try:
        instant = datetime.fromisoformat(text)
        utc = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PipelineError(
            f"{marker} holds {text[:60]!r}. Write one ISO instant there, such as 2026-11-20T00:00:00Z."
        ) from error
    return min(utc, now)


def _missing(landing: Path) -> LandingMissingError:
    return LandingMissingError(
        f"The landing directory {landing} cannot be read. Create it, or name another with --landing."
    )


def _visible_files(landing: Path, unreadable: list[OSError]) -> Iterator[Path]:
    """Links to folders are followed, once each; folders that cannot be listed are added to `unreadable`."""
    entered = set[tuple[int, int]]()
    for folder, folders, names in os.walk(landing, onerror=unreadable.append, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders[:] = [name for name in folders if not is_passed_over(name)]
        yield from (Path(folder, name) for name in names if not is_passed_over(name))


def _unusable(landing: Path, path: Path, message: str) -> Unusable:
    relative = path.relative_to(landing)
    return Unusable(path, _shown(relative), relative.parts[0] if len(relative.parts) > 1 else "", message)


def _reason(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error})"


def _shown(relative: Path) -> str:
    """The path as text that can be stored, whatever bytes the names are made of."""
    return str(relative).encode("utf-8", "backslashreplace").decode("utf-8")


def is_passed_over(name: str) -> bool:
    return name.startswith((".", "_")) or name.endswith((".tmp", ".part"))


def _extensions(name: str) -> tuple[str, str | None]:
    parts = name.lower().split(".")
    if parts[-1] in ("gz", "zst") and len(parts) > 2:
        return parts[-2], parts[-1]
    return parts[-1] if len(parts) > 1 else "", None


def _unknown_folder(table: str) -> str:
    known = ", ".join([*TABLES, OTLP_FOLDER])
    where = f"The folder {table}" if table else "A file outside any folder"
    return f"{where} is no table of the events contract. Put the file under one of: {known}."


def _unknown_format(name: str, formats: dict[str, str]) -> str:
    known = ", ".join(f".{extension}" for extension in formats)
    return f"{name} is in no format that is read here. Use {known}, or these compressed."
