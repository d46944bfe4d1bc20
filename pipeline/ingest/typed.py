"""A column's written value as a value of the warehouse, in SQL: text to instants, numbers and truth.

A reader offers a value as SQL and says how it is written (`Written`). What cannot be read as the column's type
becomes null; whether that is a fault is the business of `checks`. Nothing here runs SQL.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.contract import MONEY_PLACES, Column, Type

MONEY = f"DECIMAL(22,{MONEY_PLACES})"
_DECIMALS = {"value": "DECIMAL(24,12)", "attribution_weight": "DECIMAL(14,9)"}
_SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INT: "BIGINT",
    Type.NUMBER: "DOUBLE",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMP",
}

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WHOLE = r"[-+]?\d+(?:\.0*)?"
# Midnight is 00:00 of the next day, and no clock of a day shows second 60; offsets go from -14:59 to +14:59.
_INSTANT = (
    r"\d{4}-\d{2}-\d{2}(?:[Tt ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?"
    r"(?:[Zz]|[-+](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?"
)
_OFFSET = r".*[T ].*[-+]\d{2}(?::?\d{2})?"
# The way most programs write UTC is read several times faster than all others. The mask keeps out what the
# formats are lenient about, such as fields of one digit.
_COMMON_MASK = "2___-__-__T__:__:__%Z"
_COMMON_FORMATS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")
# Spaces, and signs without a width; those that turn the text around them are for the checks to refuse.
_NOTHING_SHOWN = r"(?:\pZ|[^\P{Cf}\x{202A}-\x{202E}\x{2066}-\x{2069}])*"
_BYTE_ORDER_MARK = "chr(65279)"


class Written(StrEnum):
    """How a value is written in its file."""

    JSON = "json"  # JSON text, quotes included; where the row `is_plain`, texts and times without them
    PLAIN = "plain"  # text without a type of its own
    TEXT = "text"  # a string of a typed file
    WHOLE = "whole"
    NUMBER = "number"
    BOOL = "bool"
    TIME = "time"
    INSTANT = "instant"  # a time with a zone
    DATE = "date"
    OTHER = "other"


_AS_TEXT = (Written.JSON, Written.PLAIN, Written.TEXT)


@dataclass(frozen=True)
class Value:
    """A column's value as SQL, and how it is written; a column that the file lacks has no Value."""

    sql: str
    written: Written

    @property
    def is_text(self) -> bool:
        return self.written in _AS_TEXT

    @property
    def plain(self) -> str:
        """SQL for its text: of a JSON string without the quotes, of anything else as it stands."""
        if self.written is not Written.JSON:
            return self.sql
        return f"CASE WHEN starts_with({self.sql}, '\"') THEN {_unescaped(self.sql)} ELSE {self.sql} END"


def sql_type(column: Column) -> str:
    """The column's type in the warehouse."""
    if column.type is Type.DECIMAL:
        places = "DECIMAL(18,9)" if column.name.endswith("_per_million") else MONEY
        return _DECIMALS.get(column.name, places)
    return _SQL_TYPES[column.type]


def typed(column: Column, value: Value | None, zone: str) -> str:
    """The column's value in the warehouse's type; null where the row has none or it cannot be read.

    The relation it is used on has the column `is_suspect`: false promises printable ASCII without a backslash. With
    JSON it has `is_plain`, too.
    """
    if value is None:
        return f"CAST(NULL AS {sql_type(column)})"
    match column.type:
        case Type.TEXT:
            return _text(value)
        case Type.TIME:
            return _instant(value, zone)
        case Type.BOOL:
            return _truth(value)
        case Type.INT:
            return _whole(value)
        case _:
            return _number(value, sql_type(column))


def _text(value: Value) -> str:
    x = value.sql
    match value.written:
        case Written.JSON:
            return (
                f"CASE WHEN is_plain THEN {_or_null(x)}"
                f" WHEN NOT starts_with({x}, '\"') OR ({x} < '\"#' AND trim({x}, '\" ') = '') THEN NULL"
                f" WHEN is_suspect THEN {_normal(_unescaped(x))} ELSE {_unquoted(x)} END"
            )
        case Written.PLAIN | Written.TEXT:
            return f"CASE WHEN is_suspect THEN {_normal(x)} ELSE {_or_null(x)} END"
        case _:
            return "CAST(NULL AS VARCHAR)"


def _normal(text: str) -> str:
    """Normal form C without a leading byte-order mark. Normalising ends at the first NUL, which would make one
    customer's id of another's: such text stays as it is, for the checks to refuse."""
    normal = f"nfc_normalize(ltrim({text}, {_BYTE_ORDER_MARK}))"
    return (
        f"CASE WHEN contains({text}, chr(0)) THEN {text}"
        f" WHEN regexp_full_match({normal}, '{_NOTHING_SHOWN}') THEN NULL ELSE {normal} END"
    )


def _or_null(text: str) -> str:
    """Text that says something; the comparison is cheap and rules out nearly all."""
    return f"CASE WHEN {text} < '!' AND trim({text}) = '' THEN NULL ELSE {text} END"


def _unescaped(x: str) -> str:
    return f"json_extract_string({x}, '$')"


def _unquoted(x: str) -> str:
    return f"substring({x}, 2, strlen({x}) - 2)"


def _instant(value: Value, zone: str) -> str:
    match value.written:
        case Written.INSTANT:
            return f"(CAST({value.sql} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"
        case Written.TIME | Written.DATE:
            return _zoned(f"CAST({value.sql} AS TIMESTAMP)", zone)
        case Written.JSON:
            plain = _instant(Value(value.sql, Written.TEXT), zone)
            return f"CASE WHEN is_plain THEN {plain} ELSE {_written_instant(value, zone)} END"
        case Written.PLAIN | Written.TEXT:
            return _written_instant(value, zone)
        case _:
            return "CAST(NULL AS TIMESTAMP)"


def _written_instant(value: Value, zone: str) -> str:
    return f"coalesce({_common_instant(value)}, {_any_instant(value.plain, zone)})"


def _common_instant(value: Value) -> str:
    quote = '"' if value.written is Written.JSON else ""
    formats = ", ".join(f"'{quote}{form}{quote}'" for form in _COMMON_FORMATS)
    mask = f"{quote}{_COMMON_MASK}{quote}"
    return f"CASE WHEN {value.sql} LIKE '{mask}' THEN try_strptime({value.sql}, [{formats}]) END"


def _any_instant(text: str, zone: str) -> str:
    clean = f"replace(upper({text}), ',', '.')"
    return (
        f"CASE WHEN regexp_full_match({text}, '{_INSTANT}') THEN CASE"
        f" WHEN ends_with({clean}, 'Z') THEN try_cast({clean} AS TIMESTAMP)"
        f" WHEN regexp_full_match({clean}, '{_OFFSET}') THEN try_cast({clean} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        f" ELSE {_zoned(f'try_cast({clean} AS TIMESTAMP)', zone)} END END"
    )


def _zoned(local: str, zone: str) -> str:
    return local if zone == "'UTC'" else f"(({local} AT TIME ZONE {zone}) AT TIME ZONE 'UTC')"


def _truth(value: Value) -> str:
    if value.written is Written.BOOL:
        return value.sql
    if not value.is_text:
        return "CAST(NULL AS BOOLEAN)"
    one, zero = (", '1'", ", '0'") if value.written is Written.PLAIN else ("", "")
    text = f"lower({value.plain})"
    return f"CASE WHEN {text} IN ('true'{one}) THEN true WHEN {text} IN ('false'{zero}) THEN false END"


def _whole(value: Value) -> str:
    x, text = value.sql, value.plain
    checked = f"CASE WHEN regexp_full_match({text}, '{_WHOLE}') THEN try_cast({text} AS BIGINT) END"
    match value.written:
        case Written.WHOLE:
            return f"try_cast({x} AS BIGINT)"
        case Written.NUMBER:  # whole numbers that a data frame with gaps wrote as floats
            return f"CASE WHEN {x} = floor({x}) THEN try_cast({x} AS BIGINT) END"
        case Written.JSON:  # JSON knows no other writing of a number without these three
            simple = f"starts_with({x}, '\"') OR contains({x}, '.') OR contains({x}, 'e')"
            return f"CASE WHEN {simple} THEN {checked} ELSE try_cast({x} AS BIGINT) END"
        case Written.PLAIN | Written.TEXT:
            return checked
        case _:
            return "CAST(NULL AS BIGINT)"


def _number(value: Value, to: str) -> str:
    x, text = value.sql, value.plain
    checked = f"CASE WHEN regexp_full_match({text}, '{NUMBER}') THEN {_finite(text, to)} END"
    match value.written:
        case Written.WHOLE:
            return f"try_cast({x} AS {to})"
        case Written.NUMBER:  # a float's shortest decimal writing is what its author meant
            return _finite(f"CAST({x} AS VARCHAR)", to)
        case Written.JSON:
            return f"CASE WHEN starts_with({x}, '\"') THEN {checked} ELSE {_finite(x, to)} END"
        case Written.PLAIN | Written.TEXT:
            return checked
        case _:
            return f"CAST(NULL AS {to})"


def _finite(text: str, to: str) -> str:
    """Decimals know no NaN and no infinity; a float may be either."""
    number = f"try_cast({text} AS {to})"
    return f"CASE WHEN isfinite({number}) THEN {number} END" if to == "DOUBLE" else number
