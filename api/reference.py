"""The API reference as one page, printed from the OpenAPI document: what /docs shows, without any script."""

import json
from typing import Any

from starlette.responses import Response

from api.html import page, table, tag

_METHODS = ("get", "post", "patch", "delete")
Document = dict[str, Any]


def reference(document: Document) -> Response:
    """Operations by tag, in the order in which the document has them."""
    groups: dict[str, list[str]] = {tagged["name"]: [] for tagged in document.get("tags", [])}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                name = operation.get("tags", ["Service"])[0]
                groups.setdefault(name, []).append(_operation(document, method, path, operation))
    intro = tag("p", document["info"].get("description", ""))
    parts = [tag("h2", name) + "".join(operations) for name, operations in groups.items()]
    return page(document["info"]["title"], intro, *parts)


def _operation(document: Document, method: str, path: str, operation: Document) -> str:
    head = f'<h3><span class="method">{method.upper()}</span> {tag("code", path)}</h3>'
    words = operation.get("description") or operation.get("summary", "")
    return (
        head
        + tag("p", words)
        + _parameters(operation)
        + _body(document, operation)
        + _answers(document, operation)
    )


def _parameters(operation: Document) -> str:
    rows = [
        (
            tag("code", parameter["name"]),
            tag("span", parameter["in"] + (", required" if parameter.get("required") else "")),
            tag("span", parameter.get("description") or parameter["schema"].get("description", "")),
        )
        for parameter in operation.get("parameters", [])
    ]
    return table(("Parameter", "Where", "Meaning"), rows)


def _body(document: Document, operation: Document) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return tag("p", "Body") + _example(document, content) if content else ""


def _answers(document: Document, operation: Document) -> str:
    answers = operation.get("responses", {})
    good = next((status for status in answers if status.startswith("2")), None)
    if good is None:
        return ""
    content = answers[good].get("content", {}).get("application/json", {})
    others = ", ".join(status for status in answers if status != good)
    more = tag("p", f"Refusals: {others}") if others else ""
    return tag("p", f"Answer {good}") + _example(document, content) + more


def _example(document: Document, content: Document) -> str:
    schema = _resolved(document, content.get("schema", {}))
    example = content.get("example", schema.get("example", next(iter(schema.get("examples", [])), None)))
    return tag("pre", json.dumps(example, indent=2, ensure_ascii=False)) if example is not None else ""


def _resolved(document: Document, schema: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found
