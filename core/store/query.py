"""One scan of one published table, said without a word about whose rows: the reader adds its scope.

Texts in a query are our own identifiers and expressions; every value travels beside them, bound by name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Row = tuple[object, ...]

_FACTS = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")
BY_CUSTOMER = frozenset(
    [f"fact_{name}" for name in _FACTS]
    + [f"measure_{name}_hourly" for name in _FACTS]
    + ["dim_customers", "dim_baselines"]
)
ALL_ROWS = " UNION ALL ".join(f"SELECT customer_id FROM fact_{name}" for name in _FACTS)
_AGENTS_SEEN = " UNION ALL ".join(
    f"SELECT agent_id FROM measure_{name}_hourly WHERE customer_id = $scope" for name in _FACTS
)
_AGENTS_OF_MANY = " UNION ".join(
    f"SELECT customer_id, agent_id FROM measure_{name}_hourly WHERE customer_id IN (SELECT unnest($scope))"
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
class Query:
    """`columns` of `table`, after the `group_by` expressions, of the rows that meet all of `where`.

    `sets` groups the same rows several times in one pass, each time by those of the expressions that it names
    by their places (from 0); the others are null. With `is_shared` the answers for many customers may come from one
    pass: aggregates, or as many rows as `limit` says of each customer. `rows` is SQL for the rows, with their
    customer_id, where they are not simply those of the table.
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

    def text(self, scope: tuple[str, ...]) -> str:
        """The SQL of one scope, with the conditions that narrow its rows before its own."""
        groups = len(self.group_by)
        ends = (
            self._grouping(0, groups),
            self._order(),
            f"LIMIT {self.limit:d}" if self.limit is not None else "",
        )
        return self._text(
            self.rows or self.table, (*self.group_by, *self.columns), (*scope, *self.where), *ends
        )

    def text_of_many(self) -> str:
        """The SQL of all customers bound as `$scope`: each row begins with whose it is."""
        table = self.rows or _FOR_MANY.get(self.table, self.table)
        columns = ("customer_id", *self.group_by, *self.columns)
        conditions = ("customer_id IN (SELECT unnest($scope))", *self.where)
        if self.limit is None:
            groups = self._grouping(1, len(self.group_by) + 1)
            return self._text(table, columns, conditions, groups, self._order())
        place = f"row_number() OVER (PARTITION BY customer_id {self._order()})"
        newest = f"QUALIFY {place} <= {self.limit:d}"
        return self._text(table, columns, conditions, newest, self._order())

    def _order(self) -> str:
        return f"ORDER BY {', '.join(self.order_by)}" if self.order_by else ""

    @staticmethod
    def _text(table: str, columns: Iterable[str], conditions: Sequence[str], *ends: str) -> str:
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        clauses = (f"SELECT {', '.join(columns)} FROM {table}", where, *ends)
        return " ".join(clause for clause in clauses if clause)

    def _grouping(self, first: int, count: int) -> str:
        if len(self.sets) < 2:
            return f"GROUP BY {_places(range(count))}" if count else ""
        sets = ((*range(first), *(first + place for place in places)) for places in self.sets)
        return f"GROUP BY GROUPING SETS ({', '.join(f'({_places(places)})' for places in sets)})"


def _places(places: Iterable[int]) -> str:
    """As SQL counts them."""
    return ", ".join(str(place + 1) for place in places)


def scope_condition(table: str) -> str:
    """What a row of that table must meet to be one customer's, who is bound as `$scope`."""
    return "customer_id = $scope" if table in BY_CUSTOMER else _SCOPES[table]
