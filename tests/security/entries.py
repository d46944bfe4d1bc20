"""The list of hostile inputs, and which test takes which: whatever no test takes must have a reason in `not_applicable`.

    @pytest.mark.parametrize("entry", taken(group="http"), ids=str)
    def test_…(entry): …

Taking is done where tests are collected, so what is taken is what is run.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("bad_inputs.yaml")
TAKEN: set[str] = set()


@dataclass(frozen=True)
class Entry:
    """One hostile input. `statuses` is empty where the outcome is no answer."""

    id: str
    group: str
    where: str
    input: Any
    expected: str
    statuses: frozenset[int]

    def __str__(self) -> str:
        return self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def text(self) -> str:
        """The input as the text that is sent."""
        if isinstance(self.input, dict) and self.input.get("kind") == "repeat":
            then = self.input.get("then", "")
            closing = self.input.get("then_repeat", "") * self.input["times"]
            return str(self.input["unit"]) * self.input["times"] + str(then) + str(closing)
        assert isinstance(self.input, str), self.id
        return self.input


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in the order of the file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = yaml.load(FILE.read_text(encoding="utf-8"), loader)["inputs"]
    return tuple(
        Entry(
            one["id"],
            one["group"],
            one["where"],
            one["input"],
            one["expected"],
            frozenset(one.get("status", ())),
        )
        for one in read
    )


def taken(
    *, group: str = "", where: str = "", ids: Collection[str] = (), but: Collection[str] = ()
) -> list[Entry]:
    """The entries of a group whose place begins so, or those with these ids; from now on they count as run."""
    found = [
        one
        for one in entries()
        if (one.id in ids if ids else one.group == group and one.where.startswith(where))
        and one.id not in but
    ]
    assert found and (not ids or len(found) == len(ids)), (group, where, ids)
    TAKEN.update(one.id for one in found)
    return found


def entry(entry_id: str) -> Entry:
    """The one entry of this id; from now on it counts as run."""
    (found,) = taken(ids=(entry_id,))
    return found
