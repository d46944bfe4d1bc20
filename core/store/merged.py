"""Queries that differ in their times and conditions alone, answered together: customers of a dozen zones in one pass.

What is bound to a query stands in a column beside its customers where others have bound something else; where the
texts differ, too, another column says which of them is a customer's.
"""

import re
from collections.abc import Hashable, Mapping
from itertools import chain

from core.store.query import BETWEEN, MOMENT, Query, Stretch, bound_of_many, select, within_stretch

_BOUND = re.compile(r"\$(\w+)", re.ASCII)
_NOTHING = object()
_WHICH = "own_text"


def shape(query: Query) -> Hashable:
    """The same for queries that can be answered together: they read the same columns and group rows alike."""
    # What is no column is the number of a bucket.
    groups = tuple(text if text.isidentifier() else None for text in query.group_by)
    tables = tuple((one.table, one.time) for one in query.stretches)
    return query.columns, groups, query.sets, tables, query.names


class Merged:
    """The SQL that answers every customer's query, each of whose rows begins with whose it is, and what is bound to it.

    The queries are of one shape, and have stretches.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        number = {query: number for number, query in enumerate(dict.fromkeys(queries.values()))}
        variants = [*number]
        bound = [query.bound for query in variants]
        names = dict.fromkeys(chain.from_iterable(bound))
        self._own = [name for name in names if len({one.get(name, _NOTHING) for one in bound}) > 1]
        self._some = variants[0]
        texts = [self._texts(query) for query in variants]
        self._kinds = list(dict.fromkeys(texts))
        # What stands beside each customer.
        columns: dict[str, list[object]] = {
            f"own_{name}": [one.get(name) for one in bound] for name in self._own
        }
        if len(self._kinds) > 1:
            columns[_WHICH] = [self._kinds.index(text) for text in texts]
        which = [number[query] for query in queries.values()]
        beside = {name: [column[one] for one in which] for name, column in columns.items()}
        self._beside = tuple(beside)
        common = {name: value for name, value in bound[0].items() if name not in self._own}
        self.values = {**bound_of_many(queries), **beside, **common, **_outermost(variants)}
        self.text = self._text()

    def _text(self) -> str:
        scope = ", ".join(f"unnest(${name}) AS {name}" for name in self._beside)
        *groups, condition = map(self._chosen, range(len(self._some.group_by) + 1))
        table, within = self._rows()
        conditions = (*within, condition) if condition else within
        columns = ("customer_id", *groups, *self._some.columns)
        selected = select(table, columns, conditions, self._some.grouping(1))
        return f"WITH scope AS (SELECT unnest($scope) AS customer_id{scope and f', {scope}'}) {selected}"

    def _name(self, name: str) -> str:
        """How what is bound by that name is written."""
        return f"own_{name}" if name in self._own else f"${name}"

    def _texts(self, query: Query) -> tuple[str, ...]:
        """What it groups by, and last which rows it is about."""
        texts = (*query.group_by, " AND ".join(query.where))
        return tuple(_BOUND.sub(lambda found: self._name(found[1]), text) for text in texts)

    def _chosen(self, place: int) -> str:
        """The text at that place, or each customer's."""
        texts = [kind[place] for kind in self._kinds]
        if len(set(texts)) == 1:
            return texts[0]
        cases = (f"WHEN {number} THEN {text or 'true'}" for number, text in enumerate(texts))
        return f"CASE {_WHICH} {' '.join(cases)} END"

    def _rows(self) -> tuple[str, tuple[str, ...]]:
        """The rows of the stretches, and the conditions that remain to be met."""
        selects = []
        for number, one in enumerate(self._some.stretches):
            table, conditions = f"{one.table} JOIN scope USING (customer_id)", self._within(number, one)
            if len(self._some.stretches) == 1:
                return table, conditions
            columns = ("customer_id", *self._beside, *self._some.names, f"{one.time} AS {MOMENT}")
            selects.append(select(table, columns, conditions))
        return f"({' UNION ALL '.join(selects)})", ()

    def _within(self, number: int, stretch: Stretch) -> tuple[str, ...]:
        within = within_stretch(number, stretch, self._name), BETWEEN
        if f"start{number}" not in self._own and f"end{number}" not in self._own:
            return within
        # Known before the rows meet their customers, so that most of the others never do.
        return (*within, f"{stretch.time} >= $first{number}", f"{stretch.time} < $last{number}")


def _outermost(queries: list[Query]) -> dict[str, object]:
    """The first start and the last end of each stretch, where not all have the same."""
    found: dict[str, object] = {}
    for number, alike in enumerate(zip(*(query.stretches for query in queries), strict=True)):
        if len({(one.start, one.end) for one in alike}) > 1:
            found[f"first{number}"] = min(one.start for one in alike)
            found[f"last{number}"] = max(one.end for one in alike)
    return found
