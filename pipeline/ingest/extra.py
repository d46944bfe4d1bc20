"""`extra`: the columns of a row that the contract does not know, kept as one JSON object.

Its keys are sorted and its nulls left out, so that the same row gives the same text whatever file it came in.
"""

from collections.abc import Iterable, Mapping, Sequence

# SQL keeps the order of JSON's keys as written; a pointer finds a key whatever characters it has.
_POINTER = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"


def of_json(
    line: str, known: Sequence[str], usual: Iterable[Sequence[str]], values: Mapping[str, str]
) -> str:
    """SQL for the unknown keys of the JSON object `line`, null where there are none.

    Rows whose keys are one of the `usual` lists have no unknown keys but those of `values` (name to the SQL of the
    key's value as JSON), which is several times cheaper than taking the known keys out of the object.
    """
    lists = ", ".join(f"hash([{', '.join(map(_literal, keys))}])" for keys in usual)
    anything = _sorted(line, known)
    if not lists:
        return anything
    return f"CASE WHEN hash(json_keys({line})) IN ({lists}) THEN {of_values(values)} ELSE {anything} END"


def of_columns(columns: Mapping[str, str]) -> str:
    """SQL for the object of the columns (name to SQL) that are not null; null where all are."""
    return of_values({name: f"CAST(to_json({sql}) AS VARCHAR)" for name, sql in columns.items()})


def of_values(values: Mapping[str, str]) -> str:
    """SQL for the object of the values (name to SQL of JSON) that are not null; null where all are."""
    if not values:
        return "CAST(NULL AS VARCHAR)"
    pairs = (f"to_json({_literal(name)}) || ':' || {value}" for name, value in sorted(values.items()))
    return f"nullif('{{' || concat_ws(',', {', '.join(pairs)}) || '}}', '{{}}')"


def _sorted(line: str, known: Sequence[str]) -> str:
    nothing = "{" + ", ".join(f'"{name}":null' for name in known) + "}"
    unknown = f"json_merge_patch({line}, '{nothing}')"
    pair = f"to_json(k) || ':' || CAST(json_extract(o, {_POINTER}) AS VARCHAR)"
    given = f"json_type(o, {_POINTER}) <> 'NULL'"
    keys = f"list_filter(list_sort(list_distinct(json_keys(o))), lambda k: {given})"
    written = (
        f"nullif('{{' || array_to_string(list_transform({keys}, lambda k: {pair}), ',') || '}}', '{{}}')"
    )
    # A list of one is how SQL gives a value a name.
    return f"list_transform([{unknown}], lambda o: CASE WHEN o = '{{}}' THEN NULL ELSE {written} END)[1]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
