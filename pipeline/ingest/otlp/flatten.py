"""OTLP/JSON values as SQL: attribute lists, identifiers, instants, each in every form the protocol allows.

int64 may be a string or a number, enums a number or a name, identifiers hexadecimal or base64. Every function
returns an SQL expression; nothing here runs SQL.
"""

import json

from pipeline.ingest.otlp.names import CONTENT, KNOWN, MEANINGS, listed, quoted

MAX_KEPT_CHARACTERS = 200
# Known attributes keep more than the contract's texts may have, so that the checks can refuse what is too
# long.
_MAX_KNOWN_CHARACTERS = 1000

ATTRIBUTE = {
    "key": "VARCHAR",
    "value": {
        "stringValue": "VARCHAR",
        "intValue": "VARCHAR",
        "doubleValue": "VARCHAR",
        "boolValue": "VARCHAR",
        "arrayValue": {"values": ["JSON"]},
        "kvlistValue": "JSON",
    },
}
WHOLE = r"[-+]?\d+(\.0*)?"


def kept_pairs(attributes: str) -> str:
    """The attributes worth keeping as a list of texts sorted by key, for `kept_object`."""
    wanted = (
        f"list_filter({attributes}, lambda a: a.key IN ({listed(KNOWN)})"
        f" OR NOT regexp_matches(a.key, {quoted(CONTENT)}))"
    )
    texts = f"list_transform({wanted}, lambda a: {{'key': a.key, 'value': {_text('a.value')}}})"
    return (
        f"list_sort(list_filter({texts}, lambda a: a.value IS NOT NULL AND"
        f" (a.key IN ({listed(KNOWN)}) OR length(a.value) <= {MAX_KEPT_CHARACTERS})))"
    )


def kept_object(pairs: str) -> str:
    """A column of kept pairs as the text of one JSON object. It must be a column: inside the lambda an
    expression would be computed anew for each pair. A key that comes twice keeps its smaller value, so
    that the order of the list never matters."""
    once = f"list_filter({pairs}, lambda a, i: i = 1 OR {pairs}[i - 1].key <> a.key)"
    return f"coalesce(CAST(to_json(map_from_entries({once})) AS VARCHAR), '{{}}')"


def attribute(attributes: str, key: str) -> str:
    """The text of one attribute in a list of them, whatever its type; null where it is absent."""
    found = f"list_filter({attributes}, lambda a: a.key = {quoted(key)})[1]"
    return f"coalesce({found}.value.stringValue, {found}.value.intValue)"


def _text(value: str) -> str:
    items = (
        f"CAST(to_json(list_transform({value}.arrayValue.values, lambda v:"
        " coalesce(v ->> '$.stringValue', v ->> '$.intValue', v ->> '$.doubleValue', v ->> '$.boolValue')))"
        " AS VARCHAR)"
    )
    plain = f"{value}.stringValue, {value}.intValue, {value}.doubleValue, {value}.boolValue"
    return f"left(coalesce({plain}, {items}), {_MAX_KNOWN_CHARACTERS})"


def structure(names: tuple[str, ...]) -> str:
    """The type of a kept object in which `names` are looked up, for json_transform."""
    return quoted(json.dumps(dict.fromkeys(names, "VARCHAR")))


def meaning(name: str, kept: str = "a") -> str:
    """The first attribute present of that meaning, in a structure made by `structure`; empty is absent."""
    present = ", ".join(f"""nullif(trim({kept}."{n}"), '')""" for n in MEANINGS[name])
    return f"coalesce({present})"


def identifier(value: str, hex_digits: int) -> str:
    """A trace or span identifier as lower-case hexadecimal; null when it is none, or all zeros."""
    sixes, padding = {32: (22, "=="), 16: (11, "=")}[hex_digits]
    standard = f"rpad(replace(replace({value}, '-', '+'), '_', '/'), {sixes + len(padding)}, '=')"
    return (
        f"nullif(CASE WHEN regexp_full_match({value}, '[0-9A-Fa-f]{{{hex_digits}}}') THEN lower({value})"
        f" WHEN regexp_full_match({value}, '[A-Za-z0-9+/_-]{{{sixes}}}({padding})?')"
        f" THEN lower(hex(TRY(from_base64({standard})))) END, '{'0' * hex_digits}')"
    )


def nanos(value: str) -> str:
    """Nanoseconds since 1970 as a number; null for none, for zero (which means unset), and for nonsense."""
    return f"nullif(try_cast({value} AS BIGINT), 0)"


def instant(nanoseconds: str) -> str:
    """Nanoseconds as ISO 8601 text in UTC with microseconds."""
    return f"strftime(make_timestamp({nanoseconds} // 1000), '%Y-%m-%dT%H:%M:%S.%fZ')"


def milliseconds(nanoseconds: str) -> str:
    """A span of nanoseconds as milliseconds in decimal notation, to the nanosecond."""
    return f"CAST(CAST({nanoseconds} AS DECIMAL(25,0)) * CAST(0.000001 AS DECIMAL(7,6)) AS VARCHAR)"


def whole(text: str) -> str:
    """A whole number written as text; null for anything else."""
    return f"CASE WHEN regexp_full_match({text}, '{WHOLE}') THEN try_cast({text} AS BIGINT) END"


def name_of(text: str) -> str:
    """An identifier that others are compared with: in normal form C, empty is absent."""
    return f"nullif(trim(nfc_normalize({text})), '')"
