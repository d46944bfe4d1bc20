"""One scan of one published table, said without a word about whose rows: the reader adds its scope.

Texts in a query are our own identifiers and expressions; every value travels beside them, bound by name.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

Row = tuple[object, ...]
# Where rows of several tables are read as one, their times are called this.
MOMENT = "moment"

# By the name of a fact the column of its hourly measure that counts its rows.
_FACTS = {
    "llm_requests": "request_count",
    "sessions": "session_count",
    "tool_calls": "tool_call_count",
    "evaluations": "evaluation_count",
    "outcomes": "outcome_count",
}
BY_CUSTOMER = frozenset(
    [f"fact_{name}" for name in _FACTS]
    + [f"measure_{name}_hourly" for name in _FACTS]
    + ["dim_customers", "dim_baselines"]
)
ROW_COUNTS = " UNION ALL ".join(
    f"SELECT customer_id, {count} AS row_count FROM measure_{name}_hourly" for name, count in _FACTS.items()
)
_AGENTS_SEEN = " UNION ALL ".join(
    f"SELECT agent_id FROM measure_{name}_hourly WHERE customer_id = $scope" for name in _FACTS
)
# Of more than fifty customers the database no longer sees that their rows lie together, and reads all there are.
BETWEEN = "customer_id BETWEEN $lowest AND $highest"
OF_MANY = (BETWEEN, "customer_id IN (SELECT unnest($scope))")
_AGENTS_OF_MANY = " UNION ".join(
    f"SELECT customer_id, agent_id FROM measure_{name}_hourly WHERE {' AND '.join(OF_MANY)}"
    for name in _FACTS
)
# A row for every customer that may see it, of a table that is not about customers.
_FOR_MANY = {"dim_agents": f"(({_AGENTS_OF_MANY}) JOIN dim_agents USING (agent_id))"}
# What one customer may see of the tables that are not about customers.
_SCOPES = {
    "dim_agents": f"agent_id IN ({_AGENTS_SEEN})",
    "dim_budgets": "(scope = 'agent' OR (scope = 'customer' AND scope_id = $scope))",
    "dim_prices": "(customer_id IS NULL OR customer_id = $scope)",
}
SHARED = BY_CUSTOMER | _FOR_MANY.keys()
PUBLISHED = BY_CUSTOMER | _SCOPES.keys() | {"snapshot_info"}


@dataclass(frozen=True)
class Stretch:
    """The rows of a table whose `time` lies in [start, end), both in UTC without saying so, as the rows have it."""

    table: str
    time: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Query:
    """`columns` of `table`, after the `group_by` expressions, of the rows that meet all of `where`.

    With `stretches` it is about their rows alone; where there are several, of which each has the columns `names`,
    their times are `moment`. `sets` groups the same rows several times in one pass, each time by those of the
    expressions that it names by their places (from 0); the others are null. With `is_shared` the answers for many
    customers may come from one pass: aggregates, or as many rows as `limit` says of each customer, in an order that
    begins with a column that is never null, its greatest first. `rows` is SQL for the rows, with their customer_id,
    where they are not simply those of the table.
    """

    table: str
    columns: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    sets: tuple[tuple[int, ...], ...] = ()
    where: tuple[str, ...] = ()
    values: tuple[tuple[str, object], ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    rows: str = ""
    is_shared: bool = True
    stretches: tuple[Stretch, ...] = ()
    names: tuple[str, ...] = ()

    # Looked up for every customer that asks it.
    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.table, self.columns, self.group_by, self.where, self.values, self.stretches))

    @property
    def bound(self) -> dict[str, object]:
        """What is bound in its text, by name."""
        limits: dict[str, object] = {}
        for number, stretch in enumerate(self.stretches):
            limits |= {f"start{number}": stretch.start, f"end{number}": stretch.end}
        return {**limits, **dict(self.values)}

    def text(self, scope: tuple[str, ...]) -> str:
        """The SQL of one scope, with the conditions that narrow its rows before its own."""
        table, conditions = self._rows(scope)
        ends = (
            self.grouping(0),
            self._order(),
            f"LIMIT {self.limit:d}" if self.limit is not None else "",
        )
        return select(table, (*self.group_by, *self.columns), (*conditions, *self.where), *ends)

    def _rows(self, scope: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The rows of a scope that it is about, and the conditions that remain to be met."""
        if not self.stretches:
            return self.rows or self.table, scope
        met = [(*scope, within_stretch(number, one)) for number, one in enumerate(self.stretches)]
        if len(met) == 1:
            return self.stretches[0].table, met[0]
        selects = (
            select(one.table, (*self.names, f"{one.time} AS {MOMENT}"), conditions)
            for one, conditions in zip(self.stretches, met, strict=True)
        )
        return f"({' UNION ALL '.join(selects)})", ()

    def text_of_many(self) -> str:
        """The SQL of all customers bound by `bound_of_many`: each row begins with whose it is."""
        table = self.rows or _FOR_MANY.get(self.table, self.table)
        columns = ("customer_id", *self.group_by, *self.columns)
        conditions = (*OF_MANY, *self.where)
        if self.limit is None:
            return select(table, columns, conditions, self.grouping(1), self._order())
        # Nearly all rows of most customers lie beyond their last one that is wanted, and need no order.
        first = self.order_by[0].removesuffix(" DESC")
        lasts = select(
            table,
            ("customer_id", f"list_min(max({first}, {self.limit:d})) AS last"),
            conditions,
            "GROUP BY 1",
        )
        some = (*self.where, f"{first} >= last")
        place = f"row_number() OVER (PARTITION BY customer_id {self._order()})"
        newest = f"QUALIFY {place} <= {self.limit:d}"
        selected = select(f"{table} JOIN lasts USING (customer_id)", columns, some, newest, self._order())
        return f"WITH lasts AS ({lasts}) {selected}"

    def _order(self) -> str:
        return f"ORDER BY {', '.join(self.order_by)}" if self.order_by else ""

    def grouping(self, first: int) -> str:
        """The clause that groups the rows, where so many columns that each of the sets has stand before its own."""
        count = first + len(self.group_by)
        if len(self.sets) < 2:
            return f"GROUP BY {_places(range(count))}" if count else ""
        sets = ((*range(first), *(first + place for place in places)) for places in self.sets)
        return f"GROUP BY GROUPING SETS ({', '.join(f'({_places(places)})' for places in sets)})"


def bound_of_many(customer_ids: Collection[str]) -> dict[str, object]:
    """What says whose rows are read: the customers, and between which of them all lie."""
    return {"scope": [*customer_ids], "lowest": min(customer_ids), "highest": max(customer_ids)}


def select(table: str, columns: Iterable[str], conditions: Sequence[str], *ends: str) -> str:
    """The SQL of a selection, without the clauses that are empty."""
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    clauses = (f"SELECT {', '.join(columns)} FROM {table}", where, *ends)
    return " ".join(clause for clause in clauses if clause)


def within_stretch(number: int, stretch: Stretch, bind: Callable[[str], str] = "${}".format) -> str:
    """The condition that a row lies in it; `bind` says how a bound value is written."""
    start, end = bind(f"start{number}"), bind(f"end{number}")
    return f"{stretch.time} >= {start} AND {stretch.time} < {end}"


def _places(places: Iterable[int]) -> str:
    """As SQL counts them."""
    return ", ".join(str(place + 1) for place in places)


def scope_condition(table: str) -> str:
    """What a row of that table must meet to be one customer's, who is bound as `$scope`."""
    return "customer_id = $scope" if table in BY_CUSTOMER else _SCOPES[table]
