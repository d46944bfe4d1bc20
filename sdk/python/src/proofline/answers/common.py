"""What several answers have."""

from .._answer import Answer


class Pagination(Answer):
    has_more: bool
    next_cursor: str | None
    total: int
    """Of all pages."""


class Metadata(Answer):
    """Where numbers come from; what else an answer says of itself is in here as well."""

    data_as_of: str
    """Up to when the data reaches."""
    snapshot: str


class Period(Answer):
    start: str
    end: str


class Part(Answer):
    label: str
    value: float | None
    share: float | None
    """Of the total, 0 to 1."""


class HistogramBucket(Answer):
    bucket: str
    lower: float
    upper: float | None
    """Not included; None is open."""
    count: int


class Deleted(Answer):
    deleted: bool
    id: str
