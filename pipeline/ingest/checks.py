"""The events contract as SQL: how each column is typed, and every fault a row can have.

A reader offers a value as SQL and says how it is written (`Written`). What comes out is the typed value and the
faults, in the order in which they are told. Nothing here runs SQL; `load` does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.contract import (
    LLM_REQUESTS,
    MAX_LINE_BYTES,
    MONEY_PLACES,
    Column,
    Reason,
    Table,
    Type,
)

MONEY = f"DECIMAL(22,{MONEY_PLACES})"
_DECIMALS = {"value": "DECIMAL(24,12)", "attribution_weight": "DECIMAL(14,9)"}
_SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMP",
}
EARLIEST = "TIMESTAMP '2015-01-01'"
_FUTURE = "INTERVAL 15 MINUTE"

_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_WHOLE = r"[-+]?\d+(\.0*)?"
_INSTANT = (
    r"\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?([Zz]|[-+]\d{2}(:?\d{2})?)?)?"
)
_OFFSET = r".*[T ].*[-+]\d{2}(:?\d{2})?"
# Control characters, marks that turn the direction of text, byte-order marks and non-characters.
_UNPRINTABLE = r"[\x00-\x1F\x7F-\x9F\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{FEFF}\x{FFFE}\x{FFFF}]"
_LOCALE = r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*"


class Written(StrEnum):
    """How a value is written in its file."""

    JSON = "json"  # JSON text, quotes included
    PLAIN = "plain"  # text without a type of its own
    TEXT = "text"  # a string of a typed file
    WHOLE = "whole"
    NUMBER = "number"
    BOOL = "bool"
    TIME = "time"
    INSTANT = "instant"  # a time with a zone
    DATE = "date"
    OTHER = "other"


@dataclass(frozen=True)
class Value:
    """A column's value as SQL, and how it is written; a column that the file lacks has no Value."""

    sql: str
    written: Written


@dataclass(frozen=True)
class Fault:
    """A condition in SQL under which a row is rejected, with the reason and the sentence a person reads."""

    condition: str
    reason: Reason
    column: str
    message: str


def sql_type(column: Column) -> str:
    """The column's type in the warehouse."""
    if column.type is Type.DECIMAL:
        places = "DECIMAL(18,9)" if column.name.endswith("_per_million") else MONEY
        return _DECIMALS.get(column.name, places)
    return _SQL_TYPES[column.type]


def typed(column: Column, value: Value | None, zone: str) -> str:
    """The column's value in the warehouse's type; null where the row has none or it cannot be read."""
    if value is None:
        return f"CAST(NULL AS {sql_type(column)})"
    text = _unquoted(value) if value.written is Written.JSON else value.sql
    match column.type:
        case Type.TEXT:
            return f"nfc_normalize(nullif({_text(value, text)}, ''))"
        case Type.TIME:
            return _instant(value.written, text, zone)
        case Type.BOOL:
            return _truth(value.written, text)
        case Type.INT:
            return _whole(value.written, text)
        case _:
            return _number(value.written, text, sql_type(column))


def faults(table: Table, values: Mapping[str, Value]) -> Iterator[Fault]:
    """Every fault a row of `table` can have, over a relation that holds the values as `values` says, the typed
    columns under their own names, `taken_at` and `written_text`."""
    yield Fault(
        f"strlen(written_text) > {MAX_LINE_BYTES}", Reason.TOO_LONG, "", "The line is longer than 1 MiB"
    )
    for column in table.columns:
        if column.name in values:
            yield _type_fault(column, values[column.name])
        yield from _value_faults(column)
    yield from _time_faults(table)
    yield from _row_faults(table)


def any_fault(table: Table, values: Mapping[str, Value]) -> str:
    """SQL that is true for a row with at least one fault, and null or false for a good one."""
    return " OR ".join(f"({fault.condition})" for fault in faults(table, values))


def first_fault(table: Table, values: Mapping[str, Value]) -> str:
    """SQL for the number of a row's first fault in the order of `faults`; null for a good row."""
    cases = (f"WHEN {fault.condition} THEN {i}" for i, fault in enumerate(faults(table, values)))
    return f"CASE {' '.join(cases)} END"


def _type_fault(column: Column, value: Value) -> Fault:
    given = f"CAST({value.sql} AS VARCHAR) NOT IN ('', '\"\"', 'null')"
    reason = Reason.BAD_TIME if column.type is Type.TIME else Reason.BAD_TYPE
    wanted = {
        Type.TEXT: "text",
        Type.INT: "a whole number",
        Type.NUMBER: "a number",
        Type.DECIMAL: "a decimal number",
        Type.BOOL: "true or false",
        Type.TIME: "an ISO 8601 time",
    }[column.type]
    return Fault(f"{column.name} IS NULL AND {given}", reason, column.name, f"{column.name} is not {wanted}")


def _value_faults(column: Column) -> Iterator[Fault]:
    name = column.name
    if column.required:
        yield Fault(f"{name} IS NULL", Reason.MISSING_VALUE, name, f"{name} is missing")
    if column.type is Type.TEXT:
        yield Fault(
            f"(strlen({name}) > {column.max_characters} AND length({name}) > {column.max_characters})",
            Reason.OUT_OF_RANGE,
            name,
            f"{name} is longer than {column.max_characters} characters",
        )
        yield Fault(
            f"(is_suspect AND regexp_matches({name}, '{_UNPRINTABLE}'))",
            Reason.BAD_VALUE,
            name,
            f"{name} holds control characters",
        )
    if column.choices:
        allowed = ", ".join(f"'{choice}'" for choice in column.choices)
        yield Fault(
            f"{name} NOT IN ({allowed})", Reason.BAD_VALUE, name, f"{name} is none of {', '.join(column.choices)}"
        )
    yield from _bound_faults(column)


def _bound_faults(column: Column) -> Iterator[Fault]:
    name = column.name
    if column.minimum is not None:
        reason = Reason.NEGATIVE if column.minimum == 0 else Reason.OUT_OF_RANGE
        message = f"{name} is negative" if column.minimum == 0 else f"{name} is below {column.minimum}"
        yield Fault(f"{name} < {column.minimum}", reason, name, message)
    if column.maximum is not None:
        yield Fault(f"{name} > {column.maximum}", Reason.OUT_OF_RANGE, name, f"{name} is above {column.maximum}")


def _time_faults(table: Table) -> Iterator[Fault]:
    happened = [c.name for c in table.columns if c.name in (table.event_time, "ended_at")]
    for name in happened:
        yield Fault(f"{name} < {EARLIEST}", Reason.BAD_TIME, name, f"{name} is before 2015")
        late = f"{name} lies more than 15 minutes in the future"
        yield Fault(f"{name} > taken_at + {_FUTURE}", Reason.BAD_TIME, name, late)


def _row_faults(table: Table) -> Iterator[Fault]:
    if table is LLM_REQUESTS:
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


def _unquoted(value: Value) -> str:
    """The text of a JSON value: of a string without its quotes, of anything else as it stands."""
    x = value.sql
    plain = f"CASE WHEN contains({x}, '\\') THEN json_extract_string({x}, '$') ELSE {x}[2:-2] END"
    return f"CASE WHEN starts_with({x}, '\"') THEN {plain} ELSE {x} END"


def _text(value: Value, text: str) -> str:
    match value.written:
        case Written.JSON:
            return f"CASE WHEN starts_with({value.sql}, '\"') THEN {text} END"
        case Written.PLAIN | Written.TEXT:
            return text
        case _:
            return "CAST(NULL AS VARCHAR)"


def _instant(written: Written, text: str, zone: str) -> str:
    match written:
        case Written.INSTANT:
            return f"({text} AT TIME ZONE 'UTC')"
        case Written.TIME | Written.DATE:
            return _zoned(f"CAST({text} AS TIMESTAMP)", zone)
        case Written.JSON | Written.PLAIN | Written.TEXT:
            return (
                f"CASE WHEN regexp_full_match({text}, '{_INSTANT}') THEN CASE"
                f" WHEN {text}[-1] IN ('Z', 'z') THEN try_cast(upper({text}) AS TIMESTAMP)"
                f" WHEN regexp_full_match({text}, '{_OFFSET}')"
                f" THEN try_cast({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
                f" ELSE {_zoned(f'try_cast({text} AS TIMESTAMP)', zone)} END END"
            )
        case _:
            return "CAST(NULL AS TIMESTAMP)"


def _zoned(local: str, zone: str) -> str:
    return local if zone == "'UTC'" else f"(({local} AT TIME ZONE {zone}) AT TIME ZONE 'UTC')"


def _truth(written: Written, text: str) -> str:
    match written:
        case Written.BOOL:
            return text
        case Written.JSON | Written.PLAIN | Written.TEXT:
            ones = ", '1'" if written is Written.PLAIN else ""
            zeros = ", '0'" if written is Written.PLAIN else ""
            return (
                f"CASE WHEN lower({text}) IN ('true'{ones}) THEN true"
                f" WHEN lower({text}) IN ('false'{zeros}) THEN false END"
            )
        case _:
            return "CAST(NULL AS BOOLEAN)"


def _whole(written: Written, text: str) -> str:
    match written:
        case Written.WHOLE:
            return f"try_cast({text} AS BIGINT)"
        case Written.NUMBER:  # whole numbers that a data frame with gaps wrote as floats
            return f"CASE WHEN {text} = floor({text}) THEN try_cast({text} AS BIGINT) END"
        case Written.JSON | Written.PLAIN | Written.TEXT:
            return f"CASE WHEN regexp_full_match({text}, '{_WHOLE}') THEN try_cast({text} AS BIGINT) END"
        case _:
            return "CAST(NULL AS BIGINT)"


def _number(written: Written, text: str, to: str) -> str:
    match written:
        case Written.WHOLE:
            return f"try_cast({text} AS {to})"
        case Written.NUMBER:
            # A float's shortest decimal writing is what its author meant.
            return f"CASE WHEN isfinite(CAST({text} AS DOUBLE)) THEN try_cast(CAST({text} AS VARCHAR) AS {to}) END"
        case Written.JSON | Written.PLAIN | Written.TEXT:
            finite = f"isfinite(try_cast({text} AS DOUBLE))"
            return f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') AND {finite} THEN try_cast({text} AS {to}) END"
        case _:
            return f"CAST(NULL AS {to})"
