"""One request to the API as a value, and a list that comes in pages. Methods that make them are `_operation`'s."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from ._answer import Answer

T = TypeVar("T")
MAX_KEY = 200


@dataclass(frozen=True)
class Otherwise:
    """What else to send where the API refuses for this reason, unless the caller has decided it."""

    code: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Call(Generic[T]):
    """`path` has names in braces, whose values `at` has; `answer` is bytes for files."""

    method: str
    path: str
    answer: type[T]
    at: Mapping[str, str | int] = field(default_factory=dict)
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    idempotency_key: str | None = None
    if_match: str | None = None
    otherwise: Otherwise | None = None

    def after_refusal(self, code: str) -> "Call[T] | None":
        """What to send instead; None where the refusal stands."""
        instead = self.otherwise
        if (
            instead is None
            or instead.code != code
            or self.body is None
            or not instead.body.keys().isdisjoint(self.body)
        ):
            return None
        # Under the same key the other body would be refused as well, should the caller come again.
        key = None if self.idempotency_key is None else f"{self.idempotency_key}-otherwise"[-MAX_KEY:]
        return replace(self, body={**self.body, **instead.body}, idempotency_key=key, otherwise=None)


@dataclass(frozen=True)
class Pages(Generic[T]):
    """A list that comes in pages: `field` of each page has the items."""

    first: Call[Any]
    field: str
    item: type[T]

    def after(self, call: Call[Any], page: Answer) -> Call[Any] | None:
        """The call for the next page; None after the last."""
        if "pagination" in page:
            cursor = page["pagination"]["next_cursor"]
            return None if cursor is None else _with(call, cursor=cursor)
        seen = page["offset"] + len(page[self.field])
        return _with(call, offset=seen) if page[self.field] and seen < page["total"] else None


def _with(call: Call[Any], **query: Any) -> Call[Any]:
    return replace(call, query={**call.query, **query})
