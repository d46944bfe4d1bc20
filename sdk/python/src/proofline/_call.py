"""One request to the API as a value, and how a method that describes one becomes a method that makes it.

An operation is described once, by a function that returns a `Call`. On a blocking client the method returns the
answer, on an asynchronous one an awaitable of it; types say so too.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import (
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    get_type_hints,
    is_typeddict,
    overload,
)

from ._answer import Answer

P = ParamSpec("P")
T = TypeVar("T")
MAX_KEY = 200


class Blocking:
    """Marks resources whose methods return answers."""


class Awaiting:
    """Marks resources whose methods return awaitables of answers."""


Mode = TypeVar("Mode", Blocking, Awaiting)


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


class Sender(Protocol):
    """Makes calls; what it returns is the answer or an awaitable of it."""

    def send(self, call: Call[Any]) -> Any: ...

    def iterate(self, pages: Pages[Any]) -> Any: ...


class Resource(Generic[Mode]):
    """Operations that belong together."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender


class operation(Generic[P, T]):  # noqa: N801  (it stands where `property` would)
    """A method of a resource, described by a function that returns its Call."""

    def __init__(self, build: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: Resource[Blocking], owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, instance: Resource[Awaiting], owner: Any) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else _bound(self.build, instance, instance._sender.send)


class paged(Generic[P, T]):  # noqa: N801
    """A method of a resource that goes through all pages of a list, described by a function that returns Pages."""

    def __init__(self, build: Callable[Concatenate[Any, P], Pages[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(self, instance: Resource[Blocking], owner: Any) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, instance: Resource[Awaiting], owner: Any) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else _bound(self.build, instance, instance._sender.iterate)


def _bound(build: Callable[..., Any], instance: Any, make: Callable[[Any], Any]) -> Callable[..., Any]:
    signature = signature_of(build)

    @wraps(build)
    def method(*arguments: Any, **named: Any) -> Any:
        signature.bind(*arguments, **named)
        return make(build(instance, *arguments, **named))

    method.__signature__ = signature  # type: ignore[attr-defined]
    return method


def signature_of(build: Callable[..., Any]) -> inspect.Signature:
    """The parameters without self, those of an unpacked TypedDict each by its name.

    With it a misspelt or missing argument is refused here, and `help` shows what there is.
    """
    return _SIGNATURES.get(build) or _SIGNATURES.setdefault(build, _signature(build))


class _LeftOut:
    """The default of what may be left out, for `help`."""

    def __repr__(self) -> str:
        return "…"


_SIGNATURES: dict[Callable[..., Any], inspect.Signature] = {}


def _signature(build: Callable[..., Any]) -> inspect.Signature:
    hints = get_type_hints(build)
    parameters: list[inspect.Parameter] = []
    for parameter in list(inspect.signature(build).parameters.values())[1:]:
        hint = hints[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            parameters += _unpacked(hint.__args__[0])
        else:
            parameters.append(parameter.replace(annotation=hint))
    return inspect.Signature(parameters, return_annotation=hints["return"].__args__[0])


def _unpacked(fields: Any) -> Iterator[inspect.Parameter]:
    assert is_typeddict(fields)
    for name, hint in get_type_hints(fields).items():
        default = inspect.Parameter.empty if name in fields.__required_keys__ else _LeftOut()
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
