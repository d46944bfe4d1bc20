"""Where a page of a list ended, for lists in the order in which things were made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true


@dataclass(frozen=True)
class Place:
    """The last thing of a page: what is made later comes after it, whatever else goes."""

    created_at: datetime
    id: str


def after(place: Place | None, created_at: ColumnElement[Any], id: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition of the rows that come after that place; with none, of all of them."""
    if place is None:
        return true()
    return or_(created_at > place.created_at, and_(created_at == place.created_at, id > place.id))
