"""A build's database as ingest and the models leave it, made of rows without either; and a control store beside it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from core.custom_metrics import CustomMetricDefinition, Formula, FormulaInput, FormulaType
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.custom_metrics import add_metric, change_metric, metrics_with_id, remove_metric
from pipeline import custom_metrics
from pipeline.home import Home
from pipeline.ingest.tables import create, set_state
from tests.builders.events import Events
from tests.builders.tables import fill, published_tables
from tests.pipeline.runs import settings_in

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TIMES = {"llm_requests": "started_at", "sessions": "started_at", "outcomes": "occurred_at"}
Key = tuple[str, str, date]


class Build:
    """One installation whose facts are what a test says they are."""

    def __init__(self, home: Path) -> None:
        self.settings: Settings = settings_in(home)
        self.database = Home(home).build("r1")
        self.database.parent.mkdir(parents=True)

    def load(
        self, events: Events, *, touched: Iterable[tuple[str, date]] | None = None, **state: datetime
    ) -> None:
        """Makes the tables those of `events`; what was touched are all their days, or those that are said."""
        with duckdb.connect(str(self.database)) as connection:
            fill(connection, events, run_id="r1")
            create(connection)
            days = set(touched) if touched is not None else set(days_of(events))
            connection.execute("CREATE OR REPLACE TABLE raw.touched (customer_id VARCHAR, day DATE)")
            connection.executemany(
                "INSERT INTO raw.touched VALUES (?, ?)", [*sorted(days), ("nobody", date(2026, 1, 1))]
            )
            newest = connection.execute("SELECT data_as_of FROM snapshot_info").fetchone()
            assert newest is not None
            noted = {"data_as_of": newest[0].replace(tzinfo=UTC), "run_started_at": NOW} | state
            connection.execute(
                "UPDATE snapshot_info SET data_as_of = ?", [noted["data_as_of"].replace(tzinfo=None)]
            )
            for name, instant in noted.items():
                set_state(connection, name, instant.isoformat())

    def compute(self) -> custom_metrics.Report:
        return custom_metrics.compute(self.settings, self.database, lambda *_: None)

    def rows(self) -> dict[Key, tuple[float | None, str, str]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            found = connection.execute("FROM custom_metric_daily").fetchall()
        rows = {(m, c, d): (value, inputs, unit) for m, c, d, value, inputs, unit in found}
        assert len(rows) == len(found), "a row stands twice"
        assert list(rows) == sorted(rows)
        return rows

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def define(self, *definitions: CustomMetricDefinition) -> None:
        """Keeps definitions as the API does, but without judging them; one that is there is changed."""
        store = open_control_store(self.settings)
        with store.writing() as connection:
            for definition in definitions:
                known = metrics_with_id(connection, definition.id, definition.customer_id)
                if known:
                    change_metric(connection, known[0], definition, now=NOW)
                else:
                    add_metric(connection, definition, now=NOW)
        store.close()

    def undefine(self, definition: CustomMetricDefinition) -> None:
        store = open_control_store(self.settings)
        with store.writing() as connection:
            remove_metric(connection, metrics_with_id(connection, definition.id, definition.customer_id)[0])
        store.close()


def days_of(events: Events) -> Iterable[tuple[str, date]]:
    """Every (customer, UTC day) with a row."""
    for name, rows in published_tables(events).items():
        if name.startswith("fact_"):
            yield from ((row["customer_id"], row["day"]) for row in rows)


def metric(
    metric_id: str = "cm_cost_per_session",
    expression: str = "$a / $b",
    *,
    unit: str = "usd",
    customer_id: str | None = None,
    **inputs: str,
) -> CustomMetricDefinition:
    """A definition whose inputs are `name="metric.id"` or `name="metric.id aggregation"`."""
    given = inputs or {"a": "cost.total", "b": "usage.sessions.total"}
    parts = tuple(FormulaInput(f"${name}", *text.split()) for name, text in given.items())
    made = Formula(FormulaType.ARITHMETIC, expression, parts)
    return CustomMetricDefinition(metric_id, metric_id, made, unit, customer_id=customer_id)


def inactive(definition: CustomMetricDefinition) -> CustomMetricDefinition:
    return replace(definition, is_active=False)
