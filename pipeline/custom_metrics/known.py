"""What the build's database says that matters here: whose days there are, which were touched, what was computed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from core.catalogue import CATALOGUE, OUTCOMES
from core.periods import wall_clock, zone
from pipeline.custom_metrics.table import COUNTED_UNTIL, LEDGER, TABLE, has_ledger
from pipeline.ingest.tables import get_state

Pair = tuple[str, str]
_FACTS = sorted({(f.table, f.event_time) for f in (OUTCOMES, *(m.fact for m in CATALOGUE.values()))})


# Compared by identity: there is one of each, and they are keys of what is to be done.
@dataclass(frozen=True, eq=False)
class Customer:
    """A customer's zone, its local days from the first with an event to the last that data reaches, and what
    happened to them: `touched` are UTC days, `computed` the first and last day of the table so far. With
    `has_uncounted` there are rows that lay in the future when the table was made.
    `percent_results` are its business results in percent, which enter formulas as ratios."""

    customer_id: str
    zone: ZoneInfo
    first: date
    last: date
    touched: frozenset[date] = frozenset()
    computed: tuple[date, date] | None = None
    has_uncounted: bool = False
    percent_results: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """`versions` are those by which the table's rows were computed, per metric and customer; `budgets` is
    another text whenever a budget is another one; nothing that happens after `now` is counted."""

    customers: tuple[Customer, ...] = ()
    versions: Mapping[Pair, str] = field(default_factory=dict)
    budgets: str = ""
    now: datetime | None = None


def read(database: Path, zones: Mapping[str, str]) -> Known:
    """What the build holds; `zones` win over those of the events."""
    with duckdb.connect(str(database), read_only=True) as connection:
        data_as_of, now = _instant(connection, "data_as_of"), _instant(connection, "run_started_at")
        if data_as_of is None or now is None:
            return Known()
        versions = _versions(connection) if has_ledger(connection) else {}
        customers = _Customers(connection, zones, data_as_of, _computed(connection) if versions else {})
        return Known(customers.all(), versions, _budgets(connection), max(now, data_as_of))


class _Customers:
    """Those of whom there is an event."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        zones: Mapping[str, str],
        data_as_of: datetime,
        computed: Mapping[str, tuple[date, date]],
    ) -> None:
        rows = connection.execute("SELECT customer_id, timezone FROM dim_customers ORDER BY customer_id")
        self._zones = {customer: zones.get(customer, timezone) for customer, timezone in rows.fetchall()}
        self._events = _events(connection)
        self._counted_until = _instant(connection, COUNTED_UNTIL)
        self._touched = _touched(connection)
        self._percents = _percent_results(connection)
        self._computed = computed
        # What ends at a midnight does not reach the day that begins there.
        self._newest = data_as_of - timedelta(microseconds=1)

    def all(self) -> tuple[Customer, ...]:
        return tuple(
            self._customer(customer_id) for customer_id in self._zones if customer_id in self._events
        )

    def _customer(self, customer_id: str) -> Customer:
        tz, (first, newest) = zone(self._zones[customer_id]), self._events[customer_id]
        return Customer(
            customer_id,
            tz,
            first=wall_clock(first, tz).date(),
            last=wall_clock(self._newest, tz).date(),
            touched=self._touched.get(customer_id, frozenset()),
            computed=self._computed.get(customer_id),
            has_uncounted=self._counted_until is None or newest >= self._counted_until,
            percent_results=self._percents.get(customer_id, frozenset()),
        )


def _events(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[datetime, datetime]]:
    """The first and the newest event of each customer."""
    each = " UNION ALL ".join(
        f"SELECT customer_id, min({time}) AS a, max({time}) AS z FROM {table} GROUP BY ALL"
        for table, time in _FACTS
    )
    rows = connection.execute(f"SELECT customer_id, min(a), max(z) FROM ({each}) GROUP BY ALL").fetchall()
    return {c: (first.replace(tzinfo=UTC), newest.replace(tzinfo=UTC)) for c, first, newest in rows}


def _touched(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[date]]:
    rows = connection.execute("SELECT customer_id, list(day) FROM raw.touched GROUP BY ALL").fetchall()
    return {customer_id: frozenset(days) for customer_id, days in rows}


def _computed(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[date, date]]:
    rows = connection.execute(f"SELECT customer_id, min(day), max(day) FROM {TABLE} GROUP BY ALL").fetchall()
    return {customer_id: (first, last) for customer_id, first, last in rows}


def _percent_results(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """Only those whose rows all agree on the unit are in percent."""
    rows = connection.execute(
        f"""SELECT customer_id, list(name) FROM (
                SELECT customer_id, name FROM {OUTCOMES.measure} GROUP BY customer_id, name
                HAVING count(DISTINCT unit) = 1 AND min(unit) = 'percent')
            GROUP BY ALL"""
    ).fetchall()
    return {customer_id: frozenset(names) for customer_id, names in rows}


def _versions(connection: duckdb.DuckDBPyConnection) -> dict[Pair, str]:
    rows = connection.execute(f"SELECT metric_id, customer_id, version FROM {LEDGER}").fetchall()
    return {(metric_id, customer_id): version for metric_id, customer_id, version in rows}


def _budgets(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute(
        "SELECT CAST(to_json(b) AS VARCHAR) FROM dim_budgets AS b ORDER BY ALL"
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest() if rows else ""


def _instant(connection: duckdb.DuckDBPyConnection, name: str) -> datetime | None:
    text = get_state(connection, name)
    return datetime.fromisoformat(text) if text else None
