"""Every row of the control store that belongs to one customer, found by what its columns are called, and removed.

A table that is new is covered as long as its columns have the names of the others: `customer_id` and `owner` name the
customer, and the ids below lead to what belongs to something of theirs. A test fails on a table without any of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from core.store.control.report_tables import METADATA, REPORT_ARCHIVES, REPORTS
from core.store.control.tables import (
    ALERT_RULES,
    API_KEYS,
    EVERYBODY,
    IDEMPOTENCY_RECORDS,
    OUTBOX,
    PORTAL_WEBHOOKS,
    PORTALS,
)

CUSTOMER_COLUMNS = ("customer_id", "owner")
# Things that others refer to, in the order in which one leads to the next.
_THINGS = (
    (API_KEYS, "key_id"),
    (PORTALS, "portal_id"),
    (REPORT_ARCHIVES, "report_id"),
    (REPORTS, "report_id"),
    (PORTAL_WEBHOOKS, "webhook_id"),
    (ALERT_RULES, "alert_id"),
    (OUTBOX, "delivery_id"),
)
ID_COLUMNS = tuple(dict.fromkeys(name for _, name in _THINGS))
# Columns that hold one of several kinds of ids.
ANY_ID_COLUMNS = ("sender_id",)
_AT_ONCE = 500

Ids = dict[str, set[str]]


@dataclass(frozen=True)
class Forgotten:
    """What was removed: rows by table, and the ids under which files of it may lie."""

    rows: dict[str, int]
    portal_ids: tuple[str, ...]
    report_ids: tuple[str, ...]


def forget(connection: Connection, customer_id: str) -> Forgotten:
    """Removes every row of the customer. Once more is harmless."""
    if customer_id == EVERYBODY:
        raise ValueError("everybody cannot be forgotten")
    ids = _ids_of(connection, customer_id)
    rows = {"idempotency_records": _forget_replies(connection, customer_id, ids)}
    for table in reversed(METADATA.sorted_tables):
        rows[table.name] = rows.get(table.name, 0) + _delete(connection, table, customer_id, ids)
    return Forgotten(
        {name: count for name, count in sorted(rows.items()) if count},
        tuple(sorted(ids["portal_id"])),
        tuple(sorted(ids["report_id"])),
    )


def customers_in(connection: Connection) -> set[str]:
    """Every customer whom any row names."""
    found: set[str] = set()
    for table in METADATA.sorted_tables:
        for name in CUSTOMER_COLUMNS:
            if name in table.c:
                values: set[str] = set(connection.scalars(select(table.c[name]).distinct()))
                found |= {one for one in values if one}
    return found | {one for _, one in _customers_of_rules(connection)}


def _ids_of(connection: Connection, customer_id: str) -> Ids:
    ids: Ids = {name: set() for name in ID_COLUMNS}
    ids["alert_id"] |= {alert for alert, whose in _customers_of_rules(connection) if whose == customer_id}
    for table, name in _THINGS:
        for condition in _conditions(table, customer_id, ids):
            ids[name] |= set(connection.scalars(select(table.c[name]).where(condition)))
    return ids


def _customers_of_rules(connection: Connection) -> Iterator[tuple[str, str]]:
    """Rules that belong to everybody, but watch one customer."""
    for rule in connection.execute(select(ALERT_RULES.c.alert_id, ALERT_RULES.c.filters_json)):
        watched = json.loads(rule.filters_json)
        if isinstance(watched, dict) and watched.get("customer_id"):
            yield rule.alert_id, str(watched["customer_id"])


def _delete(connection: Connection, table: Table, customer_id: str, ids: Ids) -> int:
    return sum(
        connection.execute(delete(table).where(condition)).rowcount
        for condition in _conditions(table, customer_id, ids)
    )


def _conditions(table: Table, customer_id: str, ids: Ids) -> Iterator[ColumnElement[bool]]:
    """Of the table's rows those of the customer; in portions, since a statement takes only so many values."""
    named = [table.c[name] == customer_id for name in CUSTOMER_COLUMNS if name in table.c]
    if named:
        yield or_(*named)
    for name in ID_COLUMNS:
        if name in table.c:
            yield from _in_portions(table.c[name], ids[name])
    for name in ANY_ID_COLUMNS:
        if name in table.c:
            yield from _in_portions(table.c[name], set().union(*ids.values()))


def _in_portions(column: ColumnElement[Any], values: set[str]) -> Iterator[ColumnElement[bool]]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _AT_ONCE):
        yield column.in_(wanted[start : start + _AT_ONCE])


def _forget_replies(connection: Connection, customer_id: str, ids: Ids) -> int:
    """Answers that are kept for repeated requests: those that name the customer or anything of theirs."""
    wanted = {customer_id, *(one for name, found in ids.items() if name != "key_id" for one in found)}
    columns = IDEMPOTENCY_RECORDS.c
    told = [row for row in connection.execute(select(IDEMPOTENCY_RECORDS)) if wanted & set(_texts(row.body))]
    for row in told:
        is_it = (columns.key_id == row.key_id, columns.idempotency_key == row.idempotency_key)
        connection.execute(delete(IDEMPOTENCY_RECORDS).where(*is_it))
    return len(told)


def _texts(body: bytes) -> Iterator[str]:
    try:
        waiting = [json.loads(body)]
    except ValueError:
        return
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str):
            yield part
