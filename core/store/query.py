"""One scan of one published table, said without a word about whose rows: the reader adds its scope.

Texts in a query are our own identifiers and expressions; every value travels beside them, bound by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Row = tuple[object, ...]

_FACTS = ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes")
BY_CUSTOMER = frozenset(
    [f"fact_{name}" for name in _FACTS]
    + [f"measure_{name}_hourly" for name in _FACTS]
    + ["dim_customers", "dim_baselines"]
)
_AGENTS_SEEN = " UNION ALL ".join(
    f"SELECT agent_id FROM measure_{name}_hourly WHERE customer_id = $scope" for name in _FACTS
)
# What one customer may see of the tables that are not about customers.
_SCOPES = {
    "dim_agents": f"agent_id IN ({_AGENTS_SEEN})",
    "dim_budgets": "(scope = 'agent' OR (scope = 'customer' AND scope_id = $scope))",
    "dim_prices": "(customer_id IS NULL OR customer_id = $scope)",
}
PUBLISHED = BY_CUSTOMER | _SCOPES.keys() | {"snapshot_info"}


@dataclass(frozen=True)
class Query:
    """`columns` of `table`, after the `group_by` expressions, of the rows that meet all of `where`.

    `sets` groups the same rows several times in one pass, each time by those of the expressions that it names
    by their places (from 0); the others are null. With `is_shared` (aggregates only) the answers for many
    customers may come from one pass.
    """

    table: str
    columns: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    sets: tuple[tuple[int, ...], ...] = ()
    where: tuple[str, ...] = ()
    values: tuple[tuple[str, object], ...] = ()
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    is_shared: bool = True

    def text(self, scope: tuple[str, ...], first: tuple[str, ...] = ()) -> str:
        """The SQL, with conditions that narrow its rows and expressions to group by before its own."""
        groups = (*first, *self.group_by)
        conditions = (*scope, *self.where)
        clauses = [
            f"SELECT {', '.join((*groups, *self.columns))} FROM {self.table}",
            f"WHERE {' AND '.join(conditions)}" if conditions else "",
            self._grouping(len(first), len(groups)),
            f"ORDER BY {', '.join(self.order_by)}" if self.order_by else "",
            f"LIMIT {self.limit:d}" if self.limit is not None else "",
        ]
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
