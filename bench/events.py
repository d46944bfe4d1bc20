"""Events in bulk: a landing directory of model calls with their sessions and tool calls, made by DuckDB.

Every value is a hash of its row's number and the seed (`events.sql`), so the same arguments give the same
files and no row depends on another. Shapes are those of real agents: uneven customers, office hours, cached
prefixes, nulls where sources are silent. The events a newcomer is shown are made elsewhere, with their story.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import duckdb

Format = Literal["jsonl", "parquet"]

CALLS_PER_SESSION = 8
TOOL_CALLS_IN_TEN = 8
# All of them are in the price list, some with dearer tiers for long contexts.
MODELS = (
    ("openai", "gpt-4o-mini"),
    ("anthropic", "claude-haiku-4-5-20251001"),
    ("gcp.gemini", "gemini-2.5-flash"),
    ("openai", "gpt-4o"),
    ("mistral_ai", "mistral-large-latest"),
    ("openai", "gpt-5"),
    ("gcp.gemini", "gemini-2.5-pro"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
)
TOOLS = (
    "search_orders",
    "read_page",
    "send_mail",
    "update_ticket",
    "query_stock",
    "refund",
    "lookup_customer",
)

# The number of a row is how it is made, and no column of the contract.
_QUERIES = {
    "llm_requests": "SELECT * EXCLUDE (call_number) FROM calls_of",
    "sessions": "SELECT * EXCLUDE (session_number) FROM sessions_of",
    "tool_calls": "SELECT * FROM tool_calls_of",
}
_COPY_OPTIONS = {
    "jsonl": "FORMAT json, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ'",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}


def write(out: Path, *, calls: int, customers: int, days: int, seed: int, fmt: Format, end: date) -> None:
    """Writes `calls` model calls of the `days` UTC days before `end` (excluded), one file per table and day.

    With them one session for every 8 calls, and a tool call for about 8 of 10.
    """
    with duckdb.connect() as connection:
        _prepare(connection, {"seed": seed, "calls": calls, "customers": customers})
        for table, query in _QUERIES.items():
            (out / table).mkdir(parents=True, exist_ok=True)
            for day, first, last in _days(calls, days, end):
                path = str(out / table / f"{day}.{fmt}").replace("'", "''")
                # By key: a join of several threads keeps no order of its own.
                rows = f"{query}({first}, {last}, TIMESTAMP '{day}') ORDER BY 1"
                connection.execute(f"COPY ({rows}) TO '{path}' ({_COPY_OPTIONS[fmt]})")


def _prepare(connection: duckdb.DuckDBPyConnection, sizes: Mapping[str, int]) -> None:
    values: dict[str, int | list[str]] = {
        **sizes,
        "calls_per_session": CALLS_PER_SESSION,
        "tool_calls_in_ten": TOOL_CALLS_IN_TEN,
        "providers": [provider for provider, _ in MODELS],
        "models": [model for _, model in MODELS],
        "tools": list(TOOLS),
    }
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = {value}")
    connection.execute(Path(__file__).with_suffix(".sql").read_text())


def _days(calls: int, days: int, end: date) -> Iterator[tuple[date, int, int]]:
    """Each day with its first session number and the next day's, the sessions shared out evenly."""
    sessions = -(-calls // CALLS_PER_SESSION)
    for number in range(days):
        day = end - timedelta(days=days - number)
        yield day, sessions * number // days, sessions * (number + 1) // days
