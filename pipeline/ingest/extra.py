"""`extra`: the columns of a row that the contract does not know, kept as one JSON object.

Its keys are sorted and its nulls left out, so that the same row gives the same text whatever file it came in.
"""

from collections.abc import Iterable, Mapping, Sequence

# SQL keeps the order of JSON's keys as written; a pointer finds a key whatever characters it has.
_KEYS = "list_sort(list_distinct(json_keys({object})))"
_POINTER = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"


def of_json(line: str, known: Sequence[str], usual: Iterable[Sequence[str]]) -> str:
    """SQL for the unknown keys of the JSON object `line`, null where there are none. Rows whose keys are one of the
    `usual` lists are known to have none, which is the cheaper test."""
    nothing = "{" + ", ".join(f'"{name}":null' for name in known) + "}"
    usual_keys = ", ".join(f"hash([{', '.join(_literal(key) for key in keys)}])" for keys in usual)
    more = _sorted(f"json_merge_patch({line}, '{nothing}')")
    return (
        f"CASE WHEN hash(json_keys({line})) IN ({usual_keys}) THEN NULL ELSE {more} END"
        if usual_keys
        else more
    )


def of_columns(columns: Mapping[str, str]) -> str:
    """SQL for the object of the columns (name to SQL) that are not null; null where all are."""
    if not columns:
        return "CAST(NULL AS VARCHAR)"
    pairs = (
        f"CASE WHEN {sql} IS NOT NULL THEN to_json({_literal(name)}) || ':' || CAST(to_json({sql}) AS VARCHAR) END"
        for name, sql in sorted(columns.items())
    )
    return f"nullif('{{' || concat_ws(',', {', '.join(pairs)}) || '}}', '{{}}')"


def _sorted(unknown: str) -> str:
    keys = _KEYS.format(object="o")
    pair = f"to_json(k) || ':' || CAST(json_extract(o, {_POINTER}) AS VARCHAR)"
    given = f"json_type(o, {_POINTER}) <> 'NULL'"
    pairs = f"list_transform(list_filter({keys}, lambda k: {given}), lambda k: {pair})"
    written = f"nullif('{{' || array_to_string({pairs}, ',') || '}}', '{{}}')"
    return f"list_transform([{unknown}], lambda o: CASE WHEN o = '{{}}' THEN NULL ELSE {written} END)[1]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
