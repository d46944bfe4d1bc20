"""How a method that describes a request becomes a method that makes it.

An operation is described once, by a function that returns a `Call`. On a blocking client the method returns the
answer, on an asynchronous one an awaitable of it; types say so too.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
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

from ._call import Call, Pages

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Marks resources whose methods return answers."""


class Awaiting:
    """Marks resources whose methods return awaitables of answers."""


Mode = TypeVar("Mode", Blocking, Awaiting)


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
