"""Lists in pages: `data`, and a `pagination` whose cursor leads to the next page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import Field

from api.cursors import from_cursor, to_cursor
from api.entry import Caller
from api.schemas import Told
from core.store.control.places import Place

T = TypeVar("T")


class Pagination(Told):
    has_more: bool
    next_cursor: str | None
    total: int = Field(description="Of all pages")


@dataclass(frozen=True)
class Paging:
    """One question of one caller; `asked` tells its cursors from those of other questions."""

    caller: Caller
    asked: Mapping[str, str | None]
    cursor: str | None
    limit: int

    @property
    def wanted(self) -> int:
        """How many to fetch: the one more says that there are more."""
        return self.limit + 1

    @property
    def after(self) -> list[str] | None:
        """The place that the caller's cursor names; InvalidParameter when it is not the caller's."""
        if self.cursor is None:
            return None
        return from_cursor(self.cursor, caller=self.caller.name, question=self.asked)

    @property
    def after_place(self) -> Place | None:
        after = self.after
        return None if after is None else Place(datetime.fromisoformat(after[0]), after[1])

    def answer(
        self,
        found: Sequence[T],
        total: int,
        *,
        told: Callable[[T], dict[str, Any]],
        place: Callable[[T], Sequence[str]],
    ) -> dict[str, Any]:
        """The page of what was fetched."""
        page, has_more = found[: self.limit], len(found) > self.limit
        cursor = (
            to_cursor(place(page[-1]), caller=self.caller.name, question=self.asked) if has_more else None
        )
        return {
            "data": [told(one) for one in page],
            "pagination": {"has_more": has_more, "next_cursor": cursor, "total": total},
        }
