"""The shape of most lines of JSON: which keys they have, in which order, with which blanks between.

A line that comes out the same when it is written again from its values has these keys and no others, and its texts
stand in it as they are. To see that takes less than to ask each line for its keys and each value for its quotes.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from core.contract import Table, Type
from pipeline.ingest.reading import literal


class Nulls(Enum):
    """What lines do about a key that has no value."""

    NONE = auto()
    WRITTEN = auto()
    LEFT_OUT = auto()


@dataclass(frozen=True)
class Key:
    """One key of the shape; what `is_text` is read without its quotes, all else as JSON."""

    name: str
    is_text: bool
    nulls: Nulls


@dataclass(frozen=True)
class Shape:
    """The `keys` in their order, and whether there is a blank after each comma and colon."""

    keys: tuple[Key, ...]
    is_spaced: bool

    @property
    def structure(self) -> str:
        """What is read from a line, as SQL for `from_json`."""
        return literal(json.dumps({key.name: "VARCHAR" if key.is_text else "JSON" for key in self.keys}))

    def value(self, struct: str, name: str) -> str:
        """SQL for the key's value as text, null where it has none or the shape no such key."""
        is_known = any(key.name == name for key in self.keys)
        return f"CAST({struct}[{literal(name)}] AS VARCHAR)" if is_known else "CAST(NULL AS VARCHAR)"

    def written(self, struct: str) -> str:
        """SQL for the line as it is written again from the values."""
        return f"concat('{{', {', '.join(self._parts(struct))}, '}}')"

    def _parts(self, struct: str) -> Iterator[str]:
        blank = " " if self.is_spaced else ""
        for place, key in enumerate(self.keys):
            comma = f",{blank}" if place else ""
            start = f"{comma}{json.dumps(key.name, ensure_ascii=False)}:{blank}"
            quote = '"' if key.is_text else ""
            value = self.value(struct, key.name)
            if key.nulls is Nulls.NONE:
                yield from (literal(start + quote), value, literal(quote))
                continue
            # What is joined by || is null with its value, and `concat` leaves it out.
            given = f"{literal(start + quote)} || {value} || {literal(quote)}"
            yield f"coalesce({given}, {literal(start + 'null')})" if key.nulls is Nulls.WRITTEN else given


def shape_of(table: Table, usual: Collection[Sequence[str]], lines: Sequence[str]) -> Shape | None:
    """The shape of those of the `lines` whose keys are one of the `usual` lists; None where they have none."""
    objects = [one for line in lines if tuple(one := _object(line)) in usual]
    order = _order(objects)
    if not order or any(order[0] not in one for one in objects):
        return None
    texts = {column.name for column in table.columns if column.type in (Type.TEXT, Type.TIME)}
    keys = tuple(Key(name, name in texts, _nulls(name, objects)) for name in order)
    start = f"{{{json.dumps(order[0], ensure_ascii=False)}: "
    return Shape(keys, is_spaced=lines[0].startswith(start))


def _object(line: str) -> dict[str, Any]:
    try:
        one = json.loads(line)
    except (ValueError, RecursionError):  # another reader's rules
        return {}
    return one if isinstance(one, dict) else {}


def _order(objects: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """All keys, each behind those that stand before it in any of the objects; nothing where they disagree."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for names in dict.fromkeys(map(tuple, objects)):
        sorter.add(names[0])
        for before, name in pairwise(names):
            sorter.add(name, before)
    try:
        return tuple(sorter.static_order())
    except CycleError:
        return ()


def _nulls(name: str, objects: Sequence[dict[str, Any]]) -> Nulls:
    if any(name in one and one[name] is None for one in objects):
        return Nulls.WRITTEN
    return Nulls.NONE if all(name in one for one in objects) else Nulls.LEFT_OUT
