"""Reads a request body as JSON, stricter than the language's own reader.

Refused: anything but UTF-8, a key given twice, NaN and Infinity, numbers that no double can hold, text with
half a surrogate pair, more than 32 levels. Which fields a body may have lives in the schemas.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidParameter

MAX_DEPTH = 32
# What is at fault where it is no part of the body.
WHOLE_BODY = "body"
# Whole numbers up to here are exact in every JSON reader.
_MAX_INTEGER_DIGITS = 15
_SHOWN_CHARACTERS = 60


def read_json(body: bytes) -> Any:
    """The value of this body; InvalidParameter says what is wrong with it."""
    try:
        # A byte order mark is what some editors put before JSON.
        text = body.decode("utf-8-sig")
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError:
        raise InvalidParameter("The body is not UTF-8", param=WHOLE_BODY) from None
    except json.JSONDecodeError as problem:
        raise InvalidParameter(
            f"The body is not JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}",
            param=WHOLE_BODY,
        ) from None
    except RecursionError:
        raise _too_deep() from None
    _walk(value, "", 1)
    return value


@dataclass(frozen=True)
class _Refused:
    """Stands where something cannot be read until it is known where that is; `name` is a field in it."""

    reason: str
    name: str | None = None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        # `add` answers None, so a name is kept as seen and passed over the first time.
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        return _Refused(f"The field {shown(twice)} is given twice", twice)
    return members


def _finite(text: str) -> float | _Refused:
    number = float(text)
    return number if math.isfinite(number) else _Refused("The number is too large")


def _whole(text: str) -> int | _Refused:
    if len(text.lstrip("-")) > _MAX_INTEGER_DIGITS:
        return _Refused(f"The whole number has more than {_MAX_INTEGER_DIGITS} digits")
    return int(text)


def _no_number(name: str) -> _Refused:
    return _Refused(f"{name} is not a JSON number")


def _walk(value: Any, path: str, depth: int) -> None:
    if isinstance(value, _Refused):
        place = path if value.name is None else join(path, value.name)
        raise InvalidParameter(value.reason, param=place or WHOLE_BODY)
    if isinstance(value, str):
        if not _is_text(value):
            raise InvalidParameter("The text has half of a surrogate pair", param=path or WHOLE_BODY)
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise _too_deep()
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in members:
            if isinstance(name, str) and not _is_text(name):
                raise InvalidParameter(
                    "A field's name has half of a surrogate pair", param=path or WHOLE_BODY
                )
            _walk(member, join(path, name), depth + 1)


def join(path: str, part: str | int) -> str:
    """The path of a part: `metrics`, 2, `size` is `metrics[2].size`."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    return f"{path}.{shown(part)}" if path else shown(part)


def shown(name: str) -> str:
    """A name that a client made up, short and printable enough to say it back."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in name[:_SHOWN_CHARACTERS])
    return clean if len(name) <= _SHOWN_CHARACTERS else clean + "…"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_deep() -> InvalidParameter:
    return InvalidParameter(f"The body has more than {MAX_DEPTH} levels", param=WHOLE_BODY)
