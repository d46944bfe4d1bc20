"""What a type of the Python SDK is in TypeScript, and which types there are."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from proofline import Answer, answers, params, words
from proofline.params.common import Instant
from proofline.webhook_messages import WebhookMessage

_PLAIN: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    Answer: "Undeclared",
}


def named_types() -> list[Any]:
    """Every answer and everything that is sent, in the order in which the modules have them."""
    found = [kind for package in (answers, params) for module in _modules(package) for kind in _own(module)]
    return [*found, WebhookMessage]


def literals() -> dict[str, Any]:
    return {name: value for name, value in vars(words).items() if get_origin(value) is Literal}


def hints_of(kind: Any) -> dict[str, Any]:
    """The fields of a type, those that it takes over first."""
    return {name: hint for name, hint in get_type_hints(kind).items() if name not in ("_defaults", "etag")}


def is_optional(kind: Any, field: str) -> bool:
    if is_typeddict(kind):
        return field not in kind.__required_keys__
    return field in kind._defaults


def text(hint: Any, *, is_sent: bool) -> str:
    """The type in TypeScript. What is sent may be read-only."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _literal(hint)
    if origin in (Union, UnionType):
        return _union(arguments, is_sent=is_sent)
    if origin is dict or _is(origin, "Mapping"):
        # A name that is undefined is left out, as an environment's variable may be.
        return f"Record<string, {text(arguments[1], is_sent=is_sent)}{' | undefined' if is_sent else ''}>"
    if origin is list or _is(origin, "Sequence"):
        inner = text(arguments[0], is_sent=is_sent)
        inner = f"({inner})" if " | " in inner else inner
        return f"readonly {inner}[]" if is_sent else f"{inner}[]"
    return _PLAIN.get(hint) or str(hint.__name__)


def _union(arguments: tuple[Any, ...], *, is_sent: bool) -> str:
    kinds = [each for each in arguments if each is not NoneType]
    words = ["Instant"] if set(get_args(Instant)) <= set(kinds) else []
    words += [text(each, is_sent=is_sent) for each in kinds if not (words and each in get_args(Instant))]
    return " | ".join(dict.fromkeys([*words, *(["null"] if NoneType in arguments else [])]))


def _literal(hint: Any) -> str:
    for name, value in literals().items():
        if value == hint:
            return name
    return literal_text(hint)


def literal_text(hint: Any) -> str:
    return " | ".join(f'"{each}"' if isinstance(each, str) else str(each) for each in get_args(hint))


def parts_of(hint: Any) -> tuple[str, set[Any]]:
    """Whether a field is a map with names of its own, and which named types it or its items can be."""
    if hint is Answer:
        return "undeclared", set()
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is dict or _is(origin, "Mapping"):
        return "map", parts_of(arguments[1])[1]
    if arguments and origin is not Literal:
        found = [parts_of(each) for each in arguments]
        kinds = {kind for kind, _ in found if kind}
        return (kinds.pop() if kinds else ""), set().union(*(types for _, types in found))
    is_named = is_typeddict(hint) or (isinstance(hint, type) and issubclass(hint, Answer))
    return "", {hint} if is_named else set()


def _is(origin: Any, name: str) -> bool:
    return isinstance(origin, type) and origin.__name__ == name


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _own(module: ModuleType) -> Iterator[Any]:
    for name, value in vars(module).items():
        is_type = isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_")
        if is_type:
            yield value
