"""Which rows count, of all that came: keys and versions, and partial sessions made whole, in ordinary Python.

Late rows are left to the tests, which name the files they come in.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.end_to_end.oracle_contract import COLUMNS, EVERY, KEYS, Row
from tests.end_to_end.oracle_rows import RowRefusedError, rows_as_written, typed_row


@dataclass
class Standing:
    """The rows that count, per table (sessions: merged ones), and what became of the others."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejected: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    duplicates: Counter[str] = field(default_factory=Counter)
    superseded: Counter[str] = field(default_factory=Counter)
    incomplete_sessions: int = 0
    test_sessions: set[tuple[str, str]] = field(default_factory=set)


def standing(
    landing: Path,
    *,
    now: datetime,
    without: Collection[str] = (),
    more: Mapping[str, list[Row]] | None = None,
) -> Standing:
    """Everything in the landing directory that counts; `without` names files to leave out, `more` are rows that
    stand in other kinds of files."""
    found = Standing()
    for table in COLUMNS:
        good: list[Row] = []
        for written in (*rows_as_written(landing, table, without), *(more or {}).get(table, ())):
            try:
                good.append(typed_row(table, written, now))
            except RowRefusedError as refusal:
                found.rejected[table][str(refusal)] += 1
        if table == "sessions":
            _merge(found, good)
        else:
            found.rows[table] = list(_newest(found, table, good))
    return found


def _newest(found: Standing, table: str, rows: list[Row]) -> Iterator[Row]:
    """One row per key and source: identical rows are one, the highest version wins, others of it conflict."""
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_key[row["source_system"], *(row[name] for name in KEYS[table])].append(row)
    for of_key in by_key.values():
        different = _different(found, table, of_key)
        newest = max(row["record_version"] for row in different)
        best = [row for row in different if row["record_version"] == newest]
        found.superseded[table] += len(different) - len(best)
        found.rejected[table]["CONFLICT"] += len(best) - 1
        # Which of several rows of one version stands depends on a hash; tests see to it that no metric shows it.
        yield best[0]


def _different(found: Standing, table: str, rows: list[Row]) -> list[Row]:
    different: list[Row] = []
    for row in rows:
        if row in different:
            found.duplicates[table] += 1
        else:
            different.append(row)
    return different


def _merge(found: Standing, rows: list[Row]) -> None:
    """Partial rows to sessions: for every column the last value by version that is one."""
    pieces: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        pieces[row["customer_id"], row["session_id"]].append(row)
    found.rows["sessions"] = []
    for (customer_id, session_id), parts in pieces.items():
        merged: Row = {"customer_id": customer_id, "session_id": session_id}
        different = _different(found, "sessions", parts)
        for name in COLUMNS["sessions"].keys() - merged.keys() - EVERY.keys():
            merged[name] = _last(different, name)
        if merged["is_test"]:
            found.test_sessions.add((customer_id, session_id))
        if merged["agent_id"] is None or merged["started_at"] is None:
            found.incomplete_sessions += 1
        else:
            found.rows["sessions"].append(merged)


def _last(parts: list[Row], name: str) -> Any:
    said: dict[int, Any] = {}
    for part in parts:
        if part[name] is not None:
            known = said.setdefault(part["record_version"], part[name])
            assert known == part[name], f"two rows of one version say different things of {name}"
    return said[max(said)] if said else None
