"""The published metrics, read-only: follows `published/CURRENT` and hands out scoped readers.

Every reader stays on the snapshot it was born with. A pointer that is missing or damaged never stops the
answers: the snapshot at hand is kept, or the newest whole one is taken, and `problem` says so. Writing
snapshots is the pipeline's.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import duckdb

from core.errors import NothingPublished, ProoflineError
from core.store.query import ROW_COUNTS, Query
from core.store.readers import CustomerReaders, Reader
from core.store.snapshot import Limits, Snapshot, open_snapshot

_log = logging.getLogger(__name__)
POINTER = "CURRENT"
_NAME = re.compile(r"snap-(\d{1,18})-[0-9a-f]{12}\.duckdb", re.ASCII)
_Signature = tuple[int, int, int] | None
_NOT_LOOKED: _Signature = (-1, -1, -1)


class MetricStore:
    """Give it the published directory; ask it for readers. Safe to share between threads."""

    def __init__(self, directory: Path, *, threads: int, limits: Limits, poll_seconds: float) -> None:
        self._directory = directory
        self._threads = threads
        self._limits = limits
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._seen = _NOT_LOOKED
        self._next_look = 0.0
        # Snapshots that turned out to be damaged while they were read: never opened again.
        self._damaged: dict[str, str] = {}
        self.problem: str | None = None

    @classmethod
    def open(
        cls,
        published_dir: Path,
        *,
        threads: int = 1,
        query_seconds: float | None = None,
        memory: str | None = None,
        poll_seconds: float = 0.5,
    ) -> Self:
        """Open what is published now, if anything.

        `threads` are DuckDB's, for one query; `query_seconds` is the longest a reader may read, `memory` what
        all of them may use (such as "1GB"). Readers refuse what takes longer or more.
        """
        limits = Limits(query_seconds, memory)
        store = cls(published_dir, threads=threads, limits=limits, poll_seconds=poll_seconds)
        store.refresh()
        return store

    def for_customer(self, customer_id: str) -> Reader:
        """A reader that sees this customer's rows and cannot name another customer."""
        return Reader(self._pinned(), customer_id)

    def for_all(self) -> Reader:
        """A reader of everybody's rows, for the vendor."""
        return Reader(self._pinned(), None)

    def rows_by_customer(self) -> dict[str, int]:
        """How many rows all facts together have of each customer who has any."""
        counts = Query("dim_customers", ("sum(row_count)",), ("customer_id",), rows=f"({ROW_COUNTS})")
        with self.for_all() as reader:
            found = reader.rows(counts)
        return {str(customer_id): int(str(count)) for customer_id, count in found}

    def for_customers(self, customer_ids: Iterable[str]) -> CustomerReaders:
        """Readers of many customers that share their passes over the rows, for builds."""
        return CustomerReaders(self._pinned(), customer_ids)

    def has_customer(self, customer_id: str) -> bool:
        """Whether the snapshot that a reader would get now knows this customer."""
        self._look_if_due()
        snapshot = self._snapshot
        # Once they are read nothing is read again, so nobody need hold the file.
        if snapshot is not None and snapshot.knows_customers:
            return customer_id in snapshot.customer_ids
        snapshot = self._pinned()
        try:
            return customer_id in snapshot.customer_ids
        finally:
            snapshot.unpin()

    @property
    def snapshot_name(self) -> str | None:
        """The file name of the snapshot that a reader would get now."""
        self._look_if_due()
        return self._snapshot.name if self._snapshot else None

    def close(self) -> None:
        """Let go of the snapshot; it closes with its last reader."""
        with self._lock:
            self._take(None)
            self._next_look = float("inf")

    def refresh(self) -> None:
        """Look at the pointer now."""
        with self._lock:
            self._look()

    def _pinned(self) -> Snapshot:
        self._look_if_due()
        while (snapshot := self._snapshot) is not None:
            if snapshot.pin():
                return snapshot
        # Why is for the log and for `problem`; it may name files.
        raise NothingPublished("Nothing has been published yet that can be read")

    def _look_if_due(self) -> None:
        # Whoever comes while another thread opens a new snapshot is served from the one at hand.
        is_due = time.monotonic() >= self._next_look or self._is_damaged()
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()

    def _look(self) -> None:
        self._next_look = time.monotonic() + self._poll_seconds
        signature = _signature(self._directory / POINTER)
        self._set_aside()
        if signature == self._seen and self.problem is None:
            return
        self._seen = signature
        before, self.problem = self.problem, self._follow_pointer()
        # A folder with nothing in it is a new installation's, and no trouble.
        if self.problem is not None and self.problem != before and any(self._directory.glob("*")):
            _log.warning("%s", self.problem)
        if self._snapshot is None:
            self._take(self._newest_whole())

    def _is_damaged(self) -> bool:
        return self._snapshot is not None and self._snapshot.damage is not None

    def _set_aside(self) -> None:
        """Lets go of a snapshot that some reader could not read."""
        if self._snapshot is not None and self._snapshot.damage is not None:
            self._damaged[self._snapshot.name] = self._snapshot.damage
            self._seen = _NOT_LOOKED
            self._take(None)

    def _follow_pointer(self) -> str | None:
        """Move to the snapshot the pointer names; the reason why not, if so."""
        try:
            name = (self._directory / POINTER).read_text("utf-8").strip()
        except (OSError, UnicodeError) as error:
            return f"{POINTER} cannot be read: {error}"
        if not _NAME.fullmatch(name):
            return f"{POINTER} does not name a snapshot"
        if name in self._damaged:
            return f"{name} is damaged: {self._damaged[name]}"
        if self._snapshot is not None and self._snapshot.name == name:
            return None
        try:
            self._take(self._open(self._directory / name))
        except (duckdb.Error, ProoflineError, ValueError, OSError) as error:
            return f"{name} cannot be read: {error}"
        return None

    def _newest_whole(self) -> Snapshot | None:
        found = (p for p in self._directory.glob("snap-*.duckdb") if p.name not in self._damaged)
        numbered = ((_NAME.fullmatch(p.name), p) for p in found)
        newest_first = sorted(((int(m[1]), p) for m, p in numbered if m), reverse=True)
        for _, path in newest_first:
            try:
                return self._open(path)
            except (duckdb.Error, ProoflineError, ValueError, OSError):
                continue
        return None

    def _open(self, path: Path) -> Snapshot:
        _refuse_newer(path)
        return open_snapshot(path, threads=self._threads, limits=self._limits)

    def _take(self, snapshot: Snapshot | None) -> None:
        before, self._snapshot = self._snapshot, snapshot
        if before is not None:
            before.unpin()


def _refuse_newer(path: Path) -> None:
    """A file of a newer DuckDB than ours is told before it is opened; who could read it wrongly never tries."""
    try:
        version = str(json.loads(path.with_suffix(".json").read_text())["duckdb_version"])
        theirs, ours = (tuple(map(int, v.split(".")[:2])) for v in (version, duckdb.__version__))
    except (OSError, ValueError, KeyError, TypeError):
        return
    if theirs > ours:
        raise ValueError(
            f"it was written by DuckDB {version}, and this process has {duckdb.__version__}; upgrade and restart it"
        )


def _signature(path: Path) -> _Signature:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
