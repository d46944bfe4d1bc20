"""Why a line, a span or a log record is not read: conditions in SQL, and how they are told in `raw.rejects`.

What is wrong with rows of the contract is not said here; the loader checks those.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from core.contract import OTLP_FOLDER, Reason
from pipeline.ingest.otlp.names import quoted

# What a reject shows of a text: enough to know it again; file and line tell where the rest is.
_SHOWN_CHARACTERS = 10_000


@dataclass(frozen=True)
class Fault:
    """A condition under which something is not read, with the reason and the sentence a person reads."""

    condition: str
    reason: Reason
    message: str
    field: str = ""


def first_fault(faults: Sequence[Fault]) -> str:
    """SQL for the place of the first fault that holds, null for none. One CASE, so that no condition is tried
    on what an earlier one refuses."""
    cases = (f"WHEN {fault.condition} THEN {place}" for place, fault in enumerate(faults, start=1))
    return f"CASE {' '.join(cases)} END"


def shown(text: str) -> str:
    """SQL for what a reject shows of `text`."""
    return f"left({text}, {_SHOWN_CHARACTERS})"


def reject(
    connection: duckdb.DuckDBPyConnection, relation: str, faults: Sequence[Fault], file_id: int
) -> int:
    """Tells of every row of `relation` (row_number, fault, shown) that has a fault; returns how many."""
    lists = ((quoted(getattr(fault, part)) for fault in faults) for part in ("reason", "field", "message"))
    told = ", ".join(f"([{', '.join(texts)}])[fault]" for texts in lists)
    row = connection.execute(
        f"""INSERT INTO raw.rejects (file_id, row_number, table_name, reason, column_name, message, original)
        SELECT $file_id, row_number, '{OTLP_FOLDER}', {told}, shown
        FROM {relation} WHERE fault IS NOT NULL""",
        {"file_id": file_id},
    ).fetchone()
    return int(row[0]) if row else 0


def times(record: str, *fields: str) -> tuple[Fault, ...]:
    """A fault for each field that is given and is no time."""
    return tuple(
        Fault(
            f"(coalesce({record}.{field}, '') <> '' AND try_cast({record}.{field} AS BIGINT) IS NULL)",
            Reason.BAD_TIME,
            f"{field} is not nanoseconds since 1970",
            field,
        )
        for field in fields
    )
