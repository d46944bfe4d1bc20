"""A finished build becomes an immutable, verified snapshot behind a pointer that moves atomically.

Readers open the file that `CURRENT` names and keep it; a new snapshot is always a new name, since DuckDB serves a
replaced path from its cache. At every instant `CURRENT` names a complete file that a fresh process has read whole.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from core.contract import TABLES
from core.fault import hit
from core.settings import Settings
from pipeline.errors import NotPublishedError
from pipeline.home import Home
from pipeline.ingest.tables import EVENT_TABLES
from pipeline.resources import Resources

_PUBLISHED_TABLES = ("fact_", "measure_", "dim_", "custom_metric_", "snapshot_info")
_SNAPSHOT_NAME = re.compile(r"snap-(\d+)-[0-9a-f]{12}\.duckdb")
_KEPT_SECONDS = 600
_SHRINK_FROM_ROWS = 100


@dataclass(frozen=True)
class Snapshot:
    """What was published: its number, file, size, and the rows of every table."""

    number: int
    path: Path
    sha256: str
    bytes: int
    rows: dict[str, int]
    seconds: float


def publish(settings: Settings, build: Path, *, run_id: str) -> Snapshot:
    """Publishes the tables of the database `build`. Raises NotPublishedError, and leaves what is published as
    it is, when the copy does not read back as it was written or has lost rows."""
    started, home = time.monotonic(), Home(settings.home)
    home.published.mkdir(parents=True, exist_ok=True)
    draft = home.published / f"draft-{run_id}.tmp"
    spill = draft.with_suffix(".spill")
    try:
        rows = _copy(build, draft, settings, spill)
        _refuse_shrinking(settings, build, rows)
        _verify(draft, rows)
        _refuse_erased(settings, build)
        return _move_in(home, draft, rows, settings, started)
    finally:
        draft.unlink(missing_ok=True)
        shutil.rmtree(spill, ignore_errors=True)


def current(home: Home) -> Path | None:
    """The snapshot that is being served, if there is one."""
    pointer = home.published / "CURRENT"
    if not pointer.is_file():
        return None
    path = home.published / pointer.read_text().strip()
    return path if path.is_file() else None


def manifest(snapshot: Path) -> dict[str, object]:
    """What was noted of a snapshot when it was published."""
    return dict(json.loads(snapshot.with_suffix(".json").read_text()))


def clear_away(settings: Settings) -> list[str]:
    """Removes snapshots that are neither served, nor among the last few, nor young, nor being read, and drafts
    that died; returns their names."""
    home, gone = Home(settings.home), []
    serving = current(home)
    numbered = sorted(_snapshots(home), reverse=True)
    for _, path in numbered[settings.keep_snapshots :]:
        if path != serving and _age(path) > _KEPT_SECONDS and not _is_read(path):
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            gone.append(path.name)
    for left in [*home.published.glob("*.tmp"), *home.published.glob("*.spill")]:
        if _age(left) > 3600:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
            gone.append(left.name)
    return gone


def _copy(build: Path, draft: Path, settings: Settings, spill: Path) -> dict[str, int]:
    draft.unlink(missing_ok=True)
    connection = Resources.of(settings, spill).connect(draft)
    try:
        connection.execute(f"ATTACH '{build}' AS build (READ_ONLY)")
        found = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'build' AND schema_name = 'main' ORDER BY ALL"
        ).fetchall()
        names = [name for (name,) in found if name.startswith(_PUBLISHED_TABLES)]
        for name in names:
            connection.execute(f"CREATE TABLE {name} AS FROM build.main.{name} {_reading_order(name)}")
        rows = {name: _count(connection, name) for name in names}
        connection.execute("DETACH build; CHECKPOINT")
    finally:
        connection.close()
    hit("publish.after_checkpoint")
    if draft.with_name(f"{draft.name}.wal").exists():
        raise NotPublishedError("The new snapshot was not written out whole; the one before goes on serving.")
    return rows


def _reading_order(name: str) -> str:
    """Questions are about one customer and a stretch of time, so those rows lie together, in few blocks. The warehouse
    keeps no order: what a run touches is appended there."""
    kind, _, events = name.partition("_")
    if kind == "measure":
        return "ORDER BY customer_id, hour"
    return f"ORDER BY customer_id, {TABLES[events].event_time}" if kind == "fact" else ""


def _refuse_erased(settings: Settings, build: Path) -> None:
    """Whoever was erased since this build began is not published again."""
    if settings.database_url or settings.control_path.exists() or settings.erasures_dir.exists():
        # Imported here: whoever has no control store need not wait for what reads one.
        from pipeline.erasure.known import refuse_if_newer

        refuse_if_newer(settings, build)


def _erased_rows(settings: Settings, snapshot: Path) -> dict[str, int]:
    """How many rows of each fact table were those of customers who are erased now."""
    if not (settings.database_url or settings.control_path.exists() or settings.erasures_dir.exists()):
        return {}
    from pipeline.erasure.known import read

    if not (erased := read(settings).tombstones):
        return {}
    counted = {}
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        for name in EVENT_TABLES:
            by_customer = f"SELECT customer_id, count(*) FROM fact_{name} GROUP BY customer_id"
            rows = connection.execute(by_customer).fetchall()
            counted[name] = sum(count for customer, count in rows if erased.names(customer))
    return counted


def _refuse_shrinking(settings: Settings, build: Path, rows: dict[str, int]) -> None:
    """A fact table that lost half its rows though nobody replaced, withdrew or erased them is a fault, not news."""
    home = Home(settings.home)
    before = current(home)
    if before is None:
        return
    earlier = manifest(before)["rows"]
    assert isinstance(earlier, dict)
    erased = _erased_rows(settings, before)
    for name in EVENT_TABLES:
        was = int(earlier.get(f"fact_{name}", 0)) - erased.get(name, 0)
        now = rows.get(f"fact_{name}", 0)
        if was >= _SHRINK_FROM_ROWS and now < was / 2 and _known_rows(build, name) < was / 2:
            raise NotPublishedError(
                f"fact_{name} would shrink from {was} rows to {now}, so nothing was published and the snapshot"
                " before goes on serving. If the stored files were removed on purpose, remove"
                f" {home.published / 'CURRENT'} and build again."
            )


def _known_rows(build: Path, name: str) -> int:
    with duckdb.connect(str(build), read_only=True) as connection:
        raw = _count(connection, f"raw.{name}")
        replaced = f"(SELECT 1 FROM raw.replaced WHERE table_name = '{name}')"
        return raw + _count(connection, replaced)


def _verify(draft: Path, rows: dict[str, int]) -> None:
    """Reads every block back in a fresh process: only that sees what is really in the file."""
    command = [sys.executable, "-m", "pipeline.verify", str(draft)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise NotPublishedError(
            f"The new snapshot cannot be read back, so the one before goes on serving: {result.stderr.strip()}"
        )
    if json.loads(result.stdout) != rows:
        raise NotPublishedError(
            "The new snapshot reads back other row counts than were written; the one before goes on serving."
        )


def _move_in(home: Home, draft: Path, rows: dict[str, int], settings: Settings, started: float) -> Snapshot:
    sha256, size = _digest(draft), draft.stat().st_size
    hit("publish.after_fsync")
    number = max((n for n, _ in _snapshots(home)), default=0) + 1
    path = home.published / f"snap-{number}-{sha256[:12]}.duckdb"
    snapshot = Snapshot(number, path, sha256, size, rows, round(time.monotonic() - started, 3))
    _write_durably(path.with_suffix(".json"), json.dumps(_manifest(snapshot), indent=1))
    draft.rename(path)
    path.chmod(0o444)
    hit("publish.after_rename")
    pointer = home.published / "CURRENT"
    hit("publish.before_replace")
    _write_durably(pointer, path.name + "\n")
    hit("publish.after_replace")
    clear_away(settings)
    return snapshot


def _manifest(snapshot: Snapshot) -> dict[str, object]:
    return {
        "number": snapshot.number,
        "sha256": snapshot.sha256,
        "bytes": snapshot.bytes,
        "duckdb_version": duckdb.__version__,
        "published_at": datetime.now(UTC).isoformat(),
        "publishing_seconds": snapshot.seconds,
        "rows": snapshot.rows,
    }


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as reader:
        while chunk := reader.read(4 * 1024 * 1024):
            digest.update(chunk)
        os.fsync(reader.fileno())
    return digest.hexdigest()


def _write_durably(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with temporary.open("w") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _snapshots(home: Home) -> Iterator[tuple[int, Path]]:
    for path in home.published.glob("snap-*.duckdb"):
        if matched := _SNAPSHOT_NAME.fullmatch(path.name):
            yield int(matched[1]), path


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_read(path: Path) -> bool:
    """Whether another process has the snapshot open: DuckDB holds a shared lock on what it reads."""
    import fcntl
    import struct

    wanted = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    with path.open("rb") as handle:
        answer = fcntl.fcntl(handle, fcntl.F_GETLK, wanted)
    return bool(struct.unpack("hhqqi", answer)[0] != fcntl.F_UNLCK)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
