"""Readers of a snapshot, born with their scope: one customer's rows, or everybody's.

A reader of one customer has no way to name another. Readers of many customers share one pass over the
rows and each hands out its own. A reader belongs to one thread and keeps its snapshot until it is closed.
"""

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Self
from weakref import finalize

import duckdb

from core.errors import CustomerNotFound, Unavailable
from core.store.merged import Merged, shape
from core.store.query import SHARED, Query, Row, bound_of_many, scope_condition
from core.store.snapshot import Snapshot, SnapshotInfo, parsed


class _Pinned:
    """Holds a snapshot open, and a cursor on it, until closed or forgotten."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._until = None if snapshot.seconds is None else time.monotonic() + snapshot.seconds
        self._cursor = snapshot.cursor()
        self._release = finalize(self, _release, snapshot, self._cursor)

    def close(self) -> None:
        self._release()

    def _run(self, text: str, values: Mapping[str, object]) -> list[Row]:
        """The statement's rows; Unavailable when the time of this reader is over."""
        if self._until is not None and time.monotonic() > self._until:
            raise _too_long()
        try:
            return self._cursor.execute(parsed(self._cursor, text), values).fetchall()
        except duckdb.InterruptException:
            raise _too_long() from None
        except duckdb.Error as error:
            if not _is_damage(error):
                raise
            self._snapshot.damage = str(error).splitlines()[0]
            raise Unavailable(
                "The snapshot can no longer be read; an older one answers in a moment"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def info(self) -> SnapshotInfo:
        return self._snapshot.info

    @property
    def data_as_of(self) -> datetime:
        return self._snapshot.info.data_as_of

    @property
    def table_sizes(self) -> Mapping[str, int]:
        """How many rows each table has, of everybody."""
        return self._snapshot.table_sizes

    @property
    def snapshot_name(self) -> str:
        return self._snapshot.name


def _release(snapshot: Snapshot, cursor: duckdb.DuckDBPyConnection) -> None:
    snapshot.take_back(cursor)
    snapshot.unpin()


def _is_damage(error: duckdb.Error) -> bool:
    """Whether DuckDB says that blocks are not what was written, for which it has no class of its own."""
    unreadable = (duckdb.IOException, duckdb.FatalException, duckdb.SerializationException)
    return isinstance(error, unreadable) or "Corrupt database file" in str(error)


def _too_long() -> Unavailable:
    return Unavailable(
        "The answer takes too long to work out; ask about less at once, such as a shorter range"
    )


class Reader(_Pinned):
    """Runs queries in its scope. `customer_id` is None for a reader of everybody's rows."""

    def __init__(self, snapshot: Snapshot, customer_id: str | None) -> None:
        super().__init__(snapshot)
        self.customer_id = customer_id
        # The units of business results that whoever asks knows of, besides those in these rows.
        self.units_beyond: Callable[[str], Mapping[str, str]] = lambda _name: {}

    @property
    def is_of_many(self) -> bool:
        """Whether what it asks is answered from the rows of many customers at once."""
        return self.customer_id is None

    def rows(self, query: Query) -> list[Row]:
        """The query's rows within this reader's scope."""
        return self._scoped_rows(query)

    def beside(self) -> "Reader":
        """Another reader of the same rows of the same snapshot, for another thread; to be closed as this one."""
        self._snapshot.pin()
        return Reader(self._snapshot, self.customer_id)

    def _scoped_rows(self, query: Query) -> list[Row]:
        values = query.bound
        if self.customer_id is None:
            return self._run(query.text(()), values)
        scope = (scope_condition(query.table),)
        return self._run(query.text(scope), {**values, "scope": self.customer_id})

    def check_customer(self, customer_id: str) -> None:
        """CustomerNotFound when another customer than this reader's is named."""
        if self.customer_id is not None and customer_id != self.customer_id:
            raise CustomerNotFound("there is no such customer", param="customer_id")


class _Asked:
    """What each of some customers asks, of one shape, and once it was asked everybody's answers."""

    def __init__(self) -> None:
        self.queries: dict[str, Query] = {}
        self.answers: dict[str, list[Row]] | None = None


class CustomerReaders(_Pinned):
    """Readers of many customers that answer from one pass over everybody's rows, for builds.

    Every shared query is run once, grouped by customer, when the first of them asks it.
    """

    def __init__(self, snapshot: Snapshot, customer_ids: Iterable[str]) -> None:
        super().__init__(snapshot)
        self._customer_ids = frozenset(customer_ids)
        self._expected: dict[tuple[str, Query], _Asked] = {}
        self._answers: dict[Query, dict[str, list[Row]]] = {}

    def customer(self, customer_id: str) -> Reader:
        """That customer's reader; CustomerNotFound when the pass is not about it."""
        if customer_id not in self._customer_ids:
            raise CustomerNotFound("there is no such customer", param="customer_id")
        self._snapshot.pin()
        return _Slice(self, self._snapshot, customer_id)

    def expect(self, queries: Mapping[str, Iterable[Query]]) -> None:
        """What each customer's reader is going to ask. Others in other zones ask the same of other times, so what is
        alike is answered from one pass, too."""
        asked: dict[tuple[Hashable, int], _Asked] = {}
        for customer_id, of_customer in queries.items():
            counts = Counter[Hashable]()
            for query in dict.fromkeys(of_customer):
                kind = shape(query)
                together = asked.setdefault((kind, counts[kind]), _Asked())
                counts[kind] += 1
                together.queries[customer_id] = query
                self._expected[customer_id, query] = together

    def rows_of(self, query: Query, customer_id: str) -> list[Row]:
        asked = self._expected.get((customer_id, query))
        if asked is not None:
            if asked.answers is None:
                asked.answers = self._one_pass(asked.queries)
            return asked.answers.get(customer_id, [])
        if query not in self._answers:
            self._answers[query] = self._one_pass(dict.fromkeys(sorted(self._customer_ids), query))
        return self._answers[query].get(customer_id, [])

    def _one_pass(self, queries: Mapping[str, Query]) -> dict[str, list[Row]]:
        some = next(iter(queries.values()))
        if some.stretches:
            one = Merged(queries)
            text, values = one.text, one.values
        else:
            text, values = some.text_of_many(), {**some.bound, **bound_of_many(queries)}
        answers: dict[str, list[Row]] = {customer_id: [] for customer_id in queries}
        for row in self._run(text, values):
            answers[row[0]].append(row[1:])  # type: ignore[index]
        return answers


class _Slice(Reader):
    """One customer's part of a pass over many."""

    def __init__(self, shared: CustomerReaders, snapshot: Snapshot, customer_id: str) -> None:
        super().__init__(snapshot, customer_id)
        self._shared = shared
        self._own: dict[Query, list[Row]] = {}

    @property
    def is_of_many(self) -> bool:
        return True

    def rows(self, query: Query) -> list[Row]:
        if query.is_shared and query.table in SHARED:
            return self._shared.rows_of(query, str(self.customer_id))
        # A snapshot does not change, and a build asks the same for every range of a page.
        if query not in self._own:
            self._own[query] = self._scoped_rows(query)
        return self._own[query]
