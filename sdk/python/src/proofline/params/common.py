"""What several questions have."""

from datetime import date, datetime
from typing import TypedDict

Instant = str | date | datetime
"""ISO 8601, or a date or datetime; without an offset it is read in the question's `timezone`."""


class PageQuery(TypedDict, total=False):
    limit: int
    cursor: str | None


class PageSize(TypedDict, total=False):
    limit: int
