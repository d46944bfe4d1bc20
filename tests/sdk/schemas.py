"""Compares types of the SDK with the schemas of the served OpenAPI document; every difference is a sentence."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from proofline import Answer
from sdk.generator.kinds import hints_of, is_optional

Schema = dict[str, Any]
_WORDS = {str: "string", bool: "boolean", int: "integer", float: "number"}
# What cannot be changed, though it may be sent back as it was read.
FIXED = {("PortalChanges", "customer_id"), ("ReportChanges", "portal_id")}


class Schemas:
    """The document's components, and what differs from them."""

    def __init__(self, document: Schema) -> None:
        self._named = document["components"]["schemas"]

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._named[schema["$ref"].rpartition("/")[2]]
        return schema

    def properties(self, schema: Schema) -> Schema:
        found: Schema = self.resolved(self._without_null(schema)[0]).get("properties", {})
        return found

    def differences(self, kind: Any, schema: Schema) -> Iterator[str]:
        """What a type has and the schema has not, or has otherwise, and the reverse; all the way down."""
        schema = self.resolved(schema)
        hints, properties = hints_of(kind), schema.get("properties", {})
        free = bool(schema.get("additionalProperties"))
        for name in sorted(properties.keys() - hints.keys()):
            if (kind.__name__, name) not in FIXED:
                yield f"{kind.__name__} lacks {name}"
        for name, hint in hints.items():
            if name not in properties:
                # Answers may say more than the document promises; that it is there is seen on real ones.
                if is_typeddict(kind) or not free:
                    yield f"{kind.__name__}.{name} is nowhere in the document"
                continue
            is_required = name in schema.get("required", ())
            if (is_required and is_optional(kind, name)) or (
                is_typeddict(kind) and not is_required and not is_optional(kind, name)
            ):
                yield f"{kind.__name__}.{name} is {'' if is_required else 'not '}required"
            where = f"{kind.__name__}.{name}"
            yield from self._field(where, hint, properties[name], is_sent=is_typeddict(kind))

    def _field(self, where: str, hint: Any, schema: Schema, *, is_sent: bool) -> Iterator[str]:
        bare, may_be_null = self._without_null(schema)
        kinds = _kinds(hint)
        if may_be_null and NoneType not in kinds:
            yield f"{where} may be null"
        # In an answer, None is also what a field that is left out is.
        if not may_be_null and NoneType in kinds and is_sent and not isinstance(schema.get("type"), list):
            yield f"{where} may not be null"
        bare, kinds = self.resolved(bare), [kind for kind in kinds if kind is not NoneType]
        yield from _differing_words(where, kinds, bare)
        yield from self._inside(where, kinds, bare, is_sent=is_sent)

    def _inside(self, where: str, kinds: list[Any], schema: Schema, *, is_sent: bool) -> Iterator[str]:
        """What differs in the items of a list, the fields of an object, the values of a map."""
        if schema.get("type") == "array" and "items" in schema:
            yield from self._field(f"{where}[]", _item(where, kinds), schema["items"], is_sent=is_sent)
        elif "properties" in schema:
            named = _named(kinds)
            yield from self.differences(named, schema) if named else [f"{where} has fields of its own"]
        elif isinstance(schema.get("additionalProperties"), dict) and _maps(kinds):
            value = get_args(_maps(kinds)[0])[1]
            yield from self._field(f"{where}{{}}", value, schema["additionalProperties"], is_sent=is_sent)

    def _without_null(self, schema: Schema) -> tuple[Schema, bool]:
        options = schema.get("anyOf")
        if options is None:
            return schema, False
        rest = [option for option in options if option.get("type") != "null"]
        return (rest[0] if len(rest) == 1 else {"anyOf": rest}), len(rest) < len(options)


def _differing_words(where: str, kinds: list[Any], schema: Schema) -> Iterator[str]:
    """Plain values: of which type, and of which words."""
    allowed = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    enum, kind = schema.get("enum"), schema.get("type")
    if enum and set(enum) != set(allowed):
        yield f"{where} is one of {enum}, not of {allowed}"
    # A type that is a list of types is one of several, which no type of the SDK says better.
    is_plain = isinstance(kind, str) and kind in _WORDS.values() and not allowed
    if is_plain and kind not in {_WORDS.get(each) for each in kinds}:
        yield f"{where} is {kind}, not {kinds}"


def _named(kinds: list[Any]) -> Any:
    """The type with fields: of what is sent, where an answer may be sent back as well."""
    sent = [kind for kind in kinds if is_typeddict(kind)]
    told = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Answer)]
    return next(iter([*sent, *told]), None)


def _kinds(hint: Any) -> list[Any]:
    return list(get_args(hint)) if get_origin(hint) in (Union, UnionType) else [hint]


def _item(where: str, kinds: list[Any]) -> Any:
    lists = [kind for kind in kinds if get_args(kind) and get_origin(kind) is not Literal]
    assert lists, f"{where} is a list"
    return get_args(lists[0])[0]


def _maps(kinds: list[Any]) -> list[Any]:
    return [kind for kind in kinds if len(get_args(kind)) == 2 and get_origin(kind) is not Literal]
