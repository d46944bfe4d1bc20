"""Figures of one question, made from columns of parts when somebody asks for them.

Most who ask want the values of a whole series and nothing else; those are made column by column. Reading the
columns is `core.measures.gather`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.measures.answer import Figures, Number
from core.measures.gather import Key, PartTable
from core.measures.parts import Part, Recipe
from core.measures.window import Window


class Cells(Mapping[Key, Figures]):
    """The figures per (bucket, group), for those that have a row."""

    def __init__(self, recipe: Recipe, window: Window, table: PartTable) -> None:
        self._recipe, self._window = recipe, window
        self._keys, self._columns = table
        self._rows: dict[Key, int] | None = None
        self._made: dict[Key, Figures] = {}

    @classmethod
    def of(cls, recipe: Recipe, window: Window, tables: Sequence[PartTable]) -> "Cells":
        """From the tables of one cut, of which some may say nothing about this question."""
        if len(tables) == 1 and recipe.total in tables[0].columns:
            return cls(recipe, window, tables[0])
        own = [table for table in tables if any(part in table.columns for part in recipe.parts)]
        return cls(recipe, window, own[0] if len(own) == 1 else _joined(own, recipe.parts))

    def __getitem__(self, key: Key) -> Figures:
        if key not in self._made:
            self._made[key] = self._figures(key)
        return self._made[key]

    def get(self, key: Key, default: Any = None) -> Any:
        """Most who ask about a cell do not know whether it has a row."""
        return self[key] if key in self._known_rows() else default

    def _known_rows(self) -> dict[Key, int]:
        if self._rows is None:
            self._rows = {known: row for row, known in enumerate(self._keys)}
        return self._rows

    def _figures(self, key: Key) -> Figures:
        row, columns = self._known_rows()[key], self._columns
        parts = {part: columns[part][row] for part in self._recipe.parts if part in columns}
        return self._recipe.figures(parts, self._window, key[0])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def bucket_values(self) -> Iterator[tuple[int, Number | None]]:
        """The value of every bucket with a row; none where rows are told apart by a group too."""
        if self._keys and self._keys[0][1] is not None:
            return iter(())
        buckets = [bucket for bucket, _ in self._keys]
        return zip(buckets, self._recipe.values(self._columns, self._window, buckets), strict=True)


def _joined(tables: Sequence[PartTable], parts: Sequence[Part]) -> PartTable:
    """Tables of different facts as one; a part is None where its own fact has no row."""
    keys = list(dict.fromkeys(key for table in tables for key in table.keys))
    columns: dict[Part, Sequence[object]] = {}
    for table in tables:
        rows = {key: row for row, key in enumerate(table.keys)}
        places = [rows.get(key) for key in keys]
        for part in parts:
            if (own := table.columns.get(part)) is not None:
                columns[part] = [None if place is None else own[place] for place in places]
    return PartTable(keys, columns)
