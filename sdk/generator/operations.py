"""Writes operations.ts: a method for every operation, with the arguments in TypeScript's order.

The values of the path come first, then one object with what is asked or sent, then options. Where both are, what is
asked joins the options.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from proofline import Answer
from proofline._call import Call, Pages
from proofline._operation import operation, paged, signature_of
from proofline.resources import alerts, custom_metrics, customers, metrics, portals, reports, webhooks

from .kinds import text
from .names import camel
from .types import MADE, doc

RESOURCES: tuple[Any, ...] = (
    portals.Portals,
    reports.Reports,
    webhooks.Webhooks,
    customers.Customers,
    metrics.Metrics,
    custom_metrics.CustomMetrics,
    metrics.Dashboard,
    alerts.Alerts,
)
# They stand on other operations, in words that are better said by hand.
BY_HAND = frozenset(("Portals.create_quick", "Portals.activate", "Portals.archive"))


@dataclass(frozen=True)
class Described:
    """One operation: what it is called with and the Call that comes of it."""

    resource: str
    name: str
    build: Any
    call: Call[Any]
    pages: Pages[Any] | None

    @property
    def path(self) -> str:
        return f"{self.resource}.{self.name}"

    @property
    def at(self) -> list[str]:
        return list(self.call.at)

    @property
    def fields(self) -> Any:
        """The TypedDict of what is asked or sent; None where there is none."""
        given = [p for p in inspect.signature(self.build).parameters.values() if p.kind is p.VAR_KEYWORD]
        return get_type_hints(self.build)[given[0].name].__args__[0] if given else None

    @property
    def given(self) -> str:
        """What the object that is asked or sent is called."""
        return "query" if self.call.body is None else "body"

    @property
    def asked_beside(self) -> list[str]:
        """What is asked where something is sent."""
        return [] if self.call.body is None else list(self.call.query)


def described(resource: Any) -> list[Described]:
    """The operations of a resource, each with what its Call is when every argument is given its own name."""
    return [
        _described(resource.__name__, name, each)
        for name, each in vars(resource).items()
        if isinstance(each, (operation, paged))
    ]


def _described(resource: str, name: str, each: Any) -> Described:
    given = {parameter: parameter for parameter in signature_of(each.build).parameters}
    made = each.build(None, **given)
    pages = made if isinstance(made, Pages) else None
    return Described(resource, name, each.build, pages.first if pages else made, pages)


def operations_ts() -> str:
    blocks = [_class(resource) for resource in RESOURCES]
    imported = sorted({name for resource in RESOURCES for name in _types_of(resource)})
    names = "".join(f"  {name},\n" for name in imported)
    head = [
        MADE,
        'import type { ChangeOptions, PostOptions, RequestOptions } from "./call.js";\n'
        'import type { Sender } from "./sender.js";\n'
        f'import type {{\n{names}}} from "./types.js";',
    ]
    return "\n\n".join([*head, *blocks]) + "\n"


def _class(resource: Any) -> str:
    methods = [_method(each) for each in described(resource) if each.path not in BY_HAND]
    return (
        f"{doc(resource.__doc__)}export class {resource.__name__}Operations {{\n"
        "  constructor(protected readonly sender: Sender) {}\n\n" + "\n\n".join(methods) + "\n}"
    )


def _types_of(resource: Any) -> set[str]:
    found = set()
    for each in described(resource):
        if each.path in BY_HAND:
            continue
        item = each.pages.item if each.pages else each.call.answer
        found |= {each.fields.__name__} if each.fields else set()
        found |= {item.__name__} if issubclass(item, Answer) else set()
        found |= {each.call.answer.__name__} if each.pages else set()
    return found


def _method(each: Described) -> str:
    said = doc(" ".join((each.build.__doc__ or "").split()), "  ")
    head = f"  {camel(each.name)}({_parameters(each)}): {_returned(each)} {{"
    return f"{said}{head}\n    return this.sender.{_making(each)};\n  }}"


def _returned(each: Described) -> str:
    if each.pages:
        return f"AsyncGenerator<{each.pages.item.__name__}>"
    answer = each.call.answer
    return f"Promise<{answer.__name__ if issubclass(answer, Answer) else 'Uint8Array'}>"


def _parameters(each: Described) -> str:
    hints = get_type_hints(each.build)
    parts = [f"{camel(name)}: {text(hints[name], is_sent=True)}" for name in each.at]
    if each.fields:
        may_be_left_out = not each.fields.__required_keys__
        parts.append(f"{each.given}: {each.fields.__name__}{' = {}' if may_be_left_out else ''}")
    return ", ".join([*parts, f"options: {_options(each)} = {{}}"])


def _options(each: Described) -> str:
    kind = {"POST": "PostOptions", "GET": "RequestOptions"}.get(each.call.method, "ChangeOptions")
    beside = "; ".join(f"{camel(name)}?: string | null" for name in each.asked_beside)
    return f"{kind} & {{ {beside} }}" if beside else kind


def _making(each: Described) -> str:
    """The call of the sender that an operation is."""
    call = "".join(f"\n        {part}," for part in _parts(each))
    arguments = [f"{{{call}\n      }}"]
    if each.pages:
        verb = f"iterate<{each.call.answer.__name__}, {each.pages.item.__name__}>"
        arguments.append(f'"{camel(each.pages.field)}"')
    else:
        verb = "send" if issubclass(each.call.answer, Answer) else "download"
    lines = "".join(f"\n      {argument}," for argument in [*arguments, "options"])
    return f"{verb}({lines}\n    )"


def _parts(each: Described) -> Iterator[str]:
    call = each.call
    yield f'method: "{call.method}"'
    yield f'path: "{call.path}"'
    if call.at:
        yield f"at: {{ {', '.join(f'{name}: {camel(name)}' for name in call.at)} }}"
    if each.asked_beside:
        asked = ", ".join(f"{camel(name)}: options.{camel(name)}" for name in each.asked_beside)
        yield f"query: {{ {asked} }}"
    if each.fields:
        yield each.given
        yield f'sent: "{each.fields.__name__}"'
    if call.otherwise:
        yield f'otherwise: {{ code: "{call.otherwise.code}", body: {_literal(call.otherwise.body)} }}'
    if issubclass(call.answer, Answer):
        yield f'told: "{call.answer.__name__}"'


def _literal(body: Mapping[str, object]) -> str:
    return f"{{ {', '.join(f'{camel(name)}: {json.dumps(value)}' for name, value in body.items())} }}"
