"""List prices for every (provider, model) that was called, as rows beside the contract prices.

Which price a call pays is decided in SQL, in the warehouse; here prices only become a table. A price that differs
from the one an earlier run used touches the days of its calls.
"""

import duckdb

from pipeline.ingest import touched
from pipeline.prices import list_prices, price_list_version

_COLUMNS = (
    "provider",
    "model",
    "valid_from",
    "valid_to",
    "daily_from",
    "daily_to",
    "tier_from_tokens",
    "input_usd_per_million",
    "output_usd_per_million",
    "cache_read_usd_per_million",
    "cache_write_usd_per_million",
)


def refresh(connection: duckdb.DuckDBPyConnection, *, first_new: int) -> None:
    """Brings `raw.list_prices` up to date, and notes whose price changed."""
    pairs = connection.execute(
        "SELECT DISTINCT provider, model FROM raw.llm_requests ORDER BY ALL"
    ).fetchall()
    rows = [tuple(getattr(price, name) for name in _COLUMNS) for price in list_prices(pairs)]
    connection.execute("CREATE OR REPLACE TEMP TABLE new_prices AS FROM raw.list_prices LIMIT 0")
    if rows:
        connection.executemany(f"INSERT INTO new_prices VALUES ({', '.join('?' * len(_COLUMNS))})", rows)
    if first_new > 1:
        _note_differences(connection, first_new)
    connection.execute("DELETE FROM raw.list_prices; INSERT INTO raw.list_prices FROM new_prices")


def version() -> str:
    """The price list and its version, as it stands in every snapshot."""
    return price_list_version()


def _note_differences(connection: duckdb.DuckDBPyConnection, first_new: int) -> None:
    """A price that came, went or changed, and from when; of contract prices also for whom."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repriced AS
            SELECT provider, model, NULL AS customer_id, min(valid_from) AS valid_from
            FROM ((FROM raw.list_prices EXCEPT FROM new_prices) UNION ALL
                  (FROM new_prices EXCEPT FROM raw.list_prices)) GROUP BY provider, model
            UNION ALL
            SELECT provider, model, customer_id, min(valid_from) FROM raw.prices WHERE file_id >= {first_new}
            GROUP BY provider, model, customer_id"""
    )
    # Nearly always there is none, and looking for its calls would read all of them.
    if connection.execute("SELECT 1 FROM repriced LIMIT 1").fetchone():
        touched.note_repriced(connection, "repriced")
