"""What ingest must come to, in plain Python and written from the events contract: nothing here is fast or shared with
the product. It knows calls of tools and sessions, which between them have every rule about keys."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
DEFAULTS = {"source_system": "native", "record_version": 0}
OF_THE_WHOLE = ("agent_id", "started_at", "outcome", "handoff", "channel", "user_turns", "is_test")


@dataclass
class Expected:
    """The standing rows as canonical JSON, merged sessions by key, verdicts and conflicts by table."""

    calls: set[str] = field(default_factory=set)
    session_rows: set[str] = field(default_factory=set)
    sessions: dict[tuple[str, str], Row] = field(default_factory=dict)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)


def expected(calls: Iterable[Row], sessions: Iterable[Row]) -> Expected:
    """What stands after all these rows, in whatever order and files they came."""
    result = Expected()
    _keep_newest(_by_key([_known(row) for row in calls], "source_system", "tool_call_id"), result)
    pieces = _by_key([_known(row) for row in sessions], "customer_id", "session_id")
    for key, rows in pieces.items():
        _merge((key[0], key[1]), rows, result)
    return result


def canonical(row: Row) -> str:
    """The columns that are not null, by name."""
    given = {name: value for name, value in sorted(row.items()) if value is not None}
    return json.dumps(given, separators=(",", ":"), ensure_ascii=False)


def _sha256(row: Row) -> str:
    return hashlib.sha256(canonical(row).encode()).hexdigest()


def _known(row: Row) -> Row:
    return DEFAULTS | {name: value for name, value in row.items() if value is not None}


def _by_key(rows: Iterable[Row], *key: str) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in key), []).append(row)
    return groups


def _distinct(table: str, rows: list[Row], result: Expected) -> list[Row]:
    different = {canonical(row): row for row in rows}
    result.verdicts[table, "DUPLICATE"] += len(rows) - len(different)
    return list(different.values())


def _keep_newest(groups: dict[tuple[str, ...], list[Row]], result: Expected) -> None:
    for rows in groups.values():
        different = _distinct("tool_calls", rows, result)
        newest = max(row["record_version"] for row in different)
        rivals = [row for row in different if row["record_version"] == newest]
        result.calls.add(canonical(max(rivals, key=_sha256)))
        result.verdicts["tool_calls", "SUPERSEDED"] += len(different) - len(rivals)
        result.verdicts["tool_calls", "CONFLICT"] += len(rivals) - 1
        result.conflicts["tool_calls"] += len(rivals) - 1


def _merge(key: tuple[str, str], rows: list[Row], result: Expected) -> None:
    different = _distinct("sessions", rows, result)
    result.session_rows.update(map(canonical, different))
    in_order = sorted(different, key=lambda row: (row["record_version"], _sha256(row)))
    merged: Row = {}
    for row in in_order:
        merged |= {name: row[name] for name in OF_THE_WHOLE if name in row}
    merged["is_test"] = merged.get("is_test", False)
    merged["is_complete"] = "agent_id" in merged and "started_at" in merged
    result.sessions[key] = merged
    result.conflicts["sessions"] += sum(
        any(_loses(row, name, in_order) for name in OF_THE_WHOLE) for row in in_order
    )


def _loses(row: Row, name: str, in_order: list[Row]) -> bool:
    """Whether another row of its source and version says otherwise and stands, and nobody newer says anything."""
    if name not in row:
        return False
    says = [other for other in in_order if name in other]
    peers = [
        r
        for r in says
        if (r["source_system"], r["record_version"]) == (row["source_system"], row["record_version"])
    ]
    is_newest = row["record_version"] == max(r["record_version"] for r in says)
    return is_newest and bool(row[name] != peers[-1][name])
