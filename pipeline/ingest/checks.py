"""The events contract as SQL: every fault a row can have, with its reason and the sentence a person reads.

How values are typed stands in `typed`. Nothing here runs SQL; `load` and `rejects` do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.contract import LLM_REQUESTS, Column, Reason, Table, Type
from pipeline.ingest.typed import NUMBER, Value, Written

EARLIEST = "TIMESTAMP '2015-01-01'"
_FIRST_YEAR = "TIMESTAMP '0001-01-01'"
_FUTURE = "INTERVAL 15 MINUTE"
# Beyond this no column of the contract goes, so a number that its type cannot hold is told as too large.
_TOO_LARGE = "1e9"

# As `core.text` has it: control characters and code points that are none. Marks that turn the direction of text are
# taken out of what a person writes; a row comes from a program, and is told to its owner instead of mended.
_UNPRINTABLE = (
    r"[\x00-\x1F\x7F-\x9F\x{202A}-\x{202E}\x{2066}-\x{2069}\x{FDD0}-\x{FDEF}"
    + "".join(rf"\x{{{plane:X}FFFE}}\x{{{plane:X}FFFF}}" for plane in range(17))
    + "]"
)
_LOCALE = r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"
_WANTED = {
    Type.TEXT: "text",
    Type.INT: "a whole number",
    Type.NUMBER: "a number",
    Type.DECIMAL: "a decimal number",
    Type.BOOL: "true or false",
    Type.TIME: "an ISO 8601 time",
}


@dataclass(frozen=True)
class Fault:
    """A condition in SQL under which a row is rejected, with the reason and the sentence a person reads."""

    condition: str
    reason: Reason
    column: str
    message: str


def faults(table: Table, values: Mapping[str, Value]) -> Iterator[Fault]:
    """Every fault a row of `table` can have, over a relation that holds the values as `values` says, the typed
    columns under their own names, `taken_at` and `is_suspect`."""
    for column in table.columns:
        if column.name in values:
            yield from _type_faults(column, values[column.name])
        yield from _value_faults(column)
    yield from _time_faults(table)
    yield from _row_faults(table)


def first_fault(told: Sequence[Fault]) -> str:
    """SQL for the place of a row's first fault in `told`; null for a good row. A chain of cases is several times
    faster than one long OR: each condition is only tried on the rows that passed those before."""
    cases = (f"WHEN {fault.condition} THEN {place}" for place, fault in enumerate(told, start=1))
    return f"CASE {' '.join(cases)} END"


def _type_faults(column: Column, value: Value) -> Iterator[Fault]:
    name = column.name
    if column.type in (Type.INT, Type.NUMBER, Type.DECIMAL) and value.written is not Written.OTHER:
        text = f"CAST({value.plain} AS VARCHAR)"
        number = f"abs(try_cast({text} AS DOUBLE)) >= {_TOO_LARGE} AND regexp_full_match({text}, '{NUMBER}')"
        yield Fault(f"{name} IS NULL AND {number}", Reason.OUT_OF_RANGE, name, f"{name} is too large")
    if column.type is Type.TEXT and value.written in (Written.PLAIN, Written.TEXT):
        return
    reason = Reason.BAD_TIME if column.type is Type.TIME else Reason.BAD_TYPE
    message = f"{name} is not {_WANTED[column.type]}"
    yield Fault(f"{name} IS NULL AND {_is_given(column, value)}", reason, name, message)


def _is_given(column: Column, value: Value) -> str:
    if column.type is Type.TEXT and value.written is Written.JSON:
        return f"NOT is_plain AND NOT starts_with({value.sql}, '\"')"
    match value.written:
        case Written.JSON:
            return f"trim({value.sql}, '\" ') <> ''"
        case Written.PLAIN | Written.TEXT:
            return f"trim({value.sql}) NOT IN ('', 'null')"
        case _:
            return f"{value.sql} IS NOT NULL"


def _value_faults(column: Column) -> Iterator[Fault]:
    name = column.name
    if column.required:
        yield Fault(f"{name} IS NULL", Reason.MISSING_VALUE, name, f"{name} is missing")
    if column.type is Type.TEXT:
        most = column.max_characters
        message = f"{name} is longer than {most} characters"
        too_long = f"(strlen({name}) > {most} AND length({name}) > {most})"
        yield Fault(too_long, Reason.OUT_OF_RANGE, name, message)
        unprintable = f"(is_suspect AND regexp_matches({name}, '{_UNPRINTABLE}'))"
        yield Fault(unprintable, Reason.BAD_VALUE, name, f"{name} holds control characters")
    if column.choices:
        allowed = ", ".join(f"'{choice}'" for choice in column.choices)
        message = f"{name} is none of {', '.join(column.choices)}"
        yield Fault(f"{name} NOT IN ({allowed})", Reason.BAD_VALUE, name, message)
    yield from _bound_faults(column)


def _bound_faults(column: Column) -> Iterator[Fault]:
    name = column.name
    if column.minimum is not None:
        reason = Reason.NEGATIVE if column.minimum == 0 else Reason.OUT_OF_RANGE
        message = f"{name} is negative" if column.minimum == 0 else f"{name} is below {column.minimum}"
        yield Fault(f"{name} < {column.minimum}", reason, name, message)
    if column.maximum is not None:
        yield Fault(
            f"{name} > {column.maximum}", Reason.OUT_OF_RANGE, name, f"{name} is above {column.maximum}"
        )


def _time_faults(table: Table) -> Iterator[Fault]:
    """What happened lies between 2015 and now; agreed dates may lie further off, but in the calendar."""
    for name in (c.name for c in table.columns if c.type is Type.TIME):
        if name not in (table.event_time, "ended_at"):
            yield Fault(f"{name} < {_FIRST_YEAR}", Reason.BAD_TIME, name, f"{name} is before the year 1")
            continue
        yield Fault(f"{name} < {EARLIEST}", Reason.BAD_TIME, name, f"{name} is before 2015")
        late = f"{name} lies more than 15 minutes in the future"
        yield Fault(f"{name} > taken_at + {_FUTURE}", Reason.BAD_TIME, name, late)


def _row_faults(table: Table) -> Iterator[Fault]:
    if table is LLM_REQUESTS:
        yield from _call_faults()
    if table.name == "budgets":
        scoped = "scope IN ('customer', 'agent') AND scope_id IS NULL"
        yield Fault(scoped, Reason.MISSING_VALUE, "scope_id", "scope_id is missing: whose budget is it?")
        once = "period = 'once' AND valid_to IS NULL"
        yield Fault(once, Reason.MISSING_VALUE, "valid_to", "valid_to is missing in a budget that runs once")
    if table.name == "customers":
        zone = "timezone NOT IN (SELECT name FROM zone_names)"
        yield Fault(zone, Reason.BAD_VALUE, "timezone", "timezone is no IANA zone")
        locale = f"NOT regexp_full_match(locale, '{_LOCALE}')"
        yield Fault(locale, Reason.BAD_VALUE, "locale", "locale is no language tag such as en-US")
    if any(c.name == "valid_to" for c in table.columns):
        order = "valid_to <= valid_from"
        yield Fault(order, Reason.BAD_VALUE, "valid_to", "valid_to is not after valid_from")


def _call_faults() -> Iterator[Fault]:
    for name in ("input_tokens", "output_tokens"):
        yield Fault(
            f"status = 'ok' AND {name} IS NULL",
            Reason.MISSING_VALUE,
            name,
            f"{name} is missing in a call whose status is ok",
        )
    yield Fault(
        "coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) > input_tokens",
        Reason.CACHE_ABOVE_INPUT,
        "cache_read_tokens",
        "cache_read_tokens and cache_write_tokens together are more than input_tokens",
    )
