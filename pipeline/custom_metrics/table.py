"""The table `custom_metric_daily` and its ledger in a build's database: how results get in, and old ones out.

Results are gathered in a file of their own, because the build's database cannot be written while it is read
from; then one transaction makes the table anew from them and from the days that stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from core.settings import Settings
from pipeline.ingest.tables import set_state
from pipeline.resources import Resources

TABLE = "custom_metric_daily"
LEDGER = "raw.custom_metric_versions"
FINGERPRINT = "custom_metrics"
# What happened later was not counted, and rates of the day in progress ended there.
COUNTED_UNTIL = "custom_metrics_until"

_WRITTEN_AT_ONCE = 20_000
_UNNESTED = "unnest(?), unnest(?), unnest(?), unnest(CAST(? AS DOUBLE[])), unnest(?), unnest(?)"
_COLUMNS = "metric_id VARCHAR, customer_id VARCHAR, day DATE, value DOUBLE, inputs VARCHAR, unit VARCHAR"


class Gathered:
    """Results on their way into the table."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self._connection = duckdb.connect(str(path))
        self._connection.execute(f"CREATE TABLE results ({_COLUMNS})")
        self._waiting: list[tuple[str, str, date, float | None, str, str]] = []

    def add(self, metric_id: str, unit: str, rows: Sequence[tuple[str, date, float | None, str]]) -> None:
        """Rows of one metric: customer, day, value, inputs."""
        self._waiting += [(metric_id, *row, unit) for row in rows]
        # A statement costs milliseconds, and there may be thousands of metrics of one customer each.
        if len(self._waiting) >= _WRITTEN_AT_ONCE:
            self._write()

    def close(self) -> None:
        self._write()
        self._connection.close()

    def _write(self) -> None:
        if self._waiting:
            columns = [list(column) for column in zip(*self._waiting, strict=True)]
            self._connection.execute(f"INSERT INTO results SELECT {_UNNESTED}", columns)
        self._waiting = []


@dataclass(frozen=True)
class Row:
    """A metric of a customer in the table: by which version, from which day to which, and whether the days
    that were not computed now stay."""

    metric_id: str
    customer_id: str
    version: str
    first: date
    last: date
    is_kept: bool


def write(
    settings: Settings, database: Path, gathered: Path, pairs: Sequence[Row], state: Mapping[str, str]
) -> tuple[int, int]:
    """Makes the table and its ledger what `pairs` say; returns the rows that are new and all rows."""
    with _connect(settings, database) as connection:
        connection.execute(f"ATTACH '{gathered}' AS gathered (READ_ONLY)")
        connection.execute("BEGIN")
        _note(connection, pairs)
        connection.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} ({_COLUMNS})")
        connection.execute(
            f"""CREATE OR REPLACE TABLE {TABLE} AS
                WITH computed AS (SELECT r.* FROM gathered.results AS r SEMI JOIN pairs USING (metric_id, customer_id)),
                staying AS (
                    SELECT t.* FROM {TABLE} AS t JOIN pairs AS p USING (metric_id, customer_id)
                    WHERE p.is_kept AND t.day BETWEEN p.first_day AND p.last_day)
                SELECT * FROM computed
                UNION ALL
                SELECT * FROM staying ANTI JOIN computed USING (metric_id, customer_id, day)
                ORDER BY metric_id, customer_id, day"""
        )
        connection.execute(
            f"CREATE OR REPLACE TABLE {LEDGER} AS SELECT metric_id, customer_id, version FROM pairs ORDER BY ALL"
        )
        for name, value in state.items():
            set_state(connection, name, value)
        connection.execute("COMMIT")
        new = _count(connection, "gathered.results SEMI JOIN pairs USING (metric_id, customer_id)")
        connection.execute("DETACH gathered; CHECKPOINT")
        return new, _count(connection, TABLE)


def exists(database: Path) -> bool:
    """Whether an earlier run has made the table."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return bool(_count(connection, f"duckdb_tables() WHERE table_name = '{TABLE}'"))


def has_ledger(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether it is known what the table's rows were computed by."""
    return bool(_count(connection, f"duckdb_tables() WHERE table_name = '{LEDGER.removeprefix('raw.')}'"))


def drop(settings: Settings, database: Path) -> None:
    """Removes the table: there is no metric any more."""
    with _connect(settings, database) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}; DROP TABLE IF EXISTS {LEDGER}")
        set_state(connection, FINGERPRINT, "")
        connection.execute("CHECKPOINT")


def forget(settings: Settings, database: Path) -> None:
    """Takes out what this run's rows have made wrong, and has the rest computed again as soon as somebody can."""
    with _connect(settings, database) as connection:
        connection.execute(
            f"""DELETE FROM {TABLE} AS t WHERE EXISTS (
                    SELECT 1 FROM raw.touched AS d
                    WHERE d.customer_id = t.customer_id AND t.day BETWEEN d.day - 1 AND d.day + 1);
                DROP TABLE IF EXISTS {LEDGER}"""
        )
        set_state(connection, FINGERPRINT, "not known")
        connection.execute("CHECKPOINT")


def _note(connection: duckdb.DuckDBPyConnection, pairs: Sequence[Row]) -> None:
    columns: Mapping[str, str] = {
        "metric_id": "VARCHAR",
        "customer_id": "VARCHAR",
        "version": "VARCHAR",
        "first_day": "DATE",
        "last_day": "DATE",
        "is_kept": "BOOLEAN",
    }
    wanted = ", ".join(f"unnest(CAST(? AS {kind}[])) AS {name}" for name, kind in columns.items())
    given = [
        [getattr(pair, name) for pair in pairs]
        for name in ("metric_id", "customer_id", "version", "first", "last", "is_kept")
    ]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT {wanted}", given)


def _connect(settings: Settings, database: Path) -> duckdb.DuckDBPyConnection:
    return Resources.of(settings, database.parent / "work").connect(database)


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
