"""What every answer is: the JSON object as it came, with its fields as attributes.

Which fields there are is declared in `answers`. What the API adds later is there as well, undeclared; a declared
field with a default has it where the answer leaves the field out.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Union, get_args, get_origin, get_type_hints

_Read = Callable[[Any], Any]


class Answer(dict[str, Any]):
    """A JSON object: `answer.name` and `answer["name"]` are the same."""

    _defaults: ClassVar[Mapping[str, Any]] = {}
    etag: str | None
    """What `if_match` takes; answers to `get` have one."""

    def __init_subclass__(cls) -> None:
        # A class attribute would hide what came.
        names = [name for name in cls.__annotations__ if name in cls.__dict__]
        cls._defaults = {**cls._defaults, **{name: cls.__dict__[name] for name in names}}
        for name in names:
            delattr(cls, name)

    def __init__(self, came: Mapping[str, Any], *, etag: str | None = None) -> None:
        readers = _readers(type(self))
        super().__init__({name: readers.get(name, _undeclared)(value) for name, value in came.items()})
        object.__setattr__(self, "etag", etag)

    if not TYPE_CHECKING:  # A misspelt field is to be found by the type checker.

        def __getattr__(self, name: str) -> Any:
            if name in self:
                return self[name]
            if name in self._defaults:
                return self._defaults[name]
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(self)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("An answer is what the API said; to change it there, send the change")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self, *self._defaults]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    # Copies and pickles are built anew from the fields.
    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), dict(self), self.etag)


def _again(kind: type[Answer], came: Mapping[str, Any], etag: str | None) -> Answer:
    return kind(came, etag=etag)


@cache
def _readers(kind: type[Answer]) -> dict[str, _Read]:
    hints = get_type_hints(kind)
    return {name: _reader(hint) for name, hint in hints.items() if name not in ("_defaults", "etag")}


def _reader(hint: Any) -> _Read:
    """How a value of this type is read; what is not of the type is left as it came."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = [each for each in arguments if each is not NoneType]
        return _reader(inner[0]) if len(inner) == 1 else _as_it_came
    if origin is list:
        read = _reader(arguments[0])
        return lambda value: [read(each) for each in value] if isinstance(value, list) else value
    if origin is dict:
        read = _reader(arguments[1])
        return lambda value: {k: read(v) for k, v in value.items()} if isinstance(value, dict) else value
    if isinstance(hint, type) and issubclass(hint, Answer):
        return lambda value: hint(value) if isinstance(value, dict) else value
    return _as_it_came


def _as_it_came(value: Any) -> Any:
    return value


def _undeclared(value: Any) -> Any:
    if isinstance(value, dict):
        return Answer(value)
    return [_undeclared(each) for each in value] if isinstance(value, list) else value
