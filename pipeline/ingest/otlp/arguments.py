"""The hash by which equal arguments of tool calls are recognised.

SHA-256 of canonical JSON after RFC 8785: sorted keys, no spaces, plain UTF-8, whole numbers without a
fraction. Text that is not JSON is hashed as a JSON string.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

_LARGEST_EXACT = 2**53


def arguments_sha256(attribute_value: str) -> str | None:
    """The hash for one attribute value as OTLP writes it (`{"stringValue": …}`); null where it holds
    nothing."""
    try:
        arguments = _told(_plain(json.loads(attribute_value)))
        if arguments is None:
            return None
        return hashlib.sha256(canonical(arguments).encode("utf-8", "surrogatepass")).hexdigest()
    except (ValueError, RecursionError):
        return None  # Not observed: a wrong hash would make calls look alike that are not.


def canonical(value: object) -> str:
    """The one way to write a JSON value."""
    return json.dumps(
        _whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_EXACT:
        return int(value)
    return value


def _told(value: Any) -> Any:
    """What a text says when it is JSON itself. OpenLLMetry wraps the arguments of a LangChain tool together
    with tags and metadata of the run, which differ from call to call."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value or None
    if isinstance(value, dict) and "metadata" in value:
        for key in ("inputs", "input_str"):
            if value.get(key) is not None:
                return value[key]
    return value


def _plain(value: Any) -> Any:
    """An OTLP AnyValue as the plain JSON value it stands for."""
    if not isinstance(value, dict):
        return value
    for kind, item in value.items():
        if item is not None:
            return _PLAIN.get(kind, _same)(item)
    return None


def _same(item: Any) -> Any:
    return item


def _number(item: Any) -> Any:
    return int(item) if isinstance(item, str) else item


def _decimal(item: Any) -> Any:
    return float(item) if isinstance(item, str) else item


def _truth(item: Any) -> Any:
    return item == "true" if isinstance(item, str) else item


def _items(item: Any) -> Any:
    return [_plain(_parsed(value)) for value in item.get("values") or []]


def _pairs(item: Any) -> Any:
    item = _parsed(item)
    pairs: Iterable[Any] = item.get("values") or []
    return {
        pair["key"]: _plain(pair.get("value")) for pair in pairs if isinstance(pair, dict) and "key" in pair
    }


def _parsed(item: Any) -> Any:
    return json.loads(item) if isinstance(item, str) else item


_PLAIN = {
    "intValue": _number,
    "doubleValue": _decimal,
    "boolValue": _truth,
    "arrayValue": _items,
    "kvlistValue": _pairs,
}
