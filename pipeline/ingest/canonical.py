"""The form in which rows are compared: the same row gives the same text, whatever file it came in."""

from core.contract import Table, Type
from pipeline.ingest.reading import literal


def canonical_json(table: Table) -> str:
    """SQL for a row of `raw.<table>` as JSON: the columns that are not null, by name, times as ISO 8601 in UTC,
    decimals as text with all their places."""
    shown = {c.name: _shown(c.name, c.type) for c in table.columns} | {"extra": "extra"}
    pairs = ", ".join(f"{literal(name)}, {sql}" for name, sql in sorted(shown.items()))
    return f"CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR)"


def row_key(table: Table, alias: str = "") -> str:
    """SQL for a row's key as text, `source_system` left out."""
    prefix = f"{alias}." if alias else ""
    return f"CAST(json_array({', '.join(prefix + name for name in table.key)}) AS VARCHAR)"


def _shown(name: str, kind: Type) -> str:
    match kind:
        case Type.TIME:
            return f"rtrim(rtrim(strftime({name}, '%Y-%m-%dT%H:%M:%S.%f'), '0'), '.') || 'Z'"
        case Type.DECIMAL:  # as a number of JSON it would lose digits
            return f"CAST({name} AS VARCHAR)"
        case _:
            return name
