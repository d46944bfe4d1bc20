"""The OpenAPI document as it is: our envelope for every refusal, the key, the version header.

The framework writes its own 422 into every operation; it never answers so here.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.entry import API_VERSION
from api.openapi_examples import add_examples
from api.schemas import Asked, Refusal

DESCRIPTION = (
    "How AI agents perform and what they cost, for one customer or all of them. Numbers are exact and come"
    " from one immutable snapshot; each answer says which, and up to when its data reaches. Requests carry a key,"
    " Authorization: Bearer pl_live_…, which proofline keys create makes."
)
_WORDS = {
    400: "The request is malformed",
    401: "The API key or portal token is missing, unknown, expired or revoked",
    403: "The key or token may not do this",
    404: "There is nothing this key could see at this address",
    409: "The request does not fit what is stored",
    412: "It was changed since it was read",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not now; nothing was changed",
}
_LIMIT_HEADERS = {
    name: {"schema": {"type": "integer"}, "description": words}
    for name, words in (
        ("X-RateLimit-Limit", "Requests a minute in this category"),
        ("X-RateLimit-Remaining", "How many are left"),
        ("X-RateLimit-Reset", "When the next place comes free, in epoch seconds"),
    )
}


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    said = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": said}


_CONFIG = "/v1/portal/configs/{portal_id}"
_WITH_TOKEN = frozenset((("get", f"{_CONFIG}/data"), ("get", _CONFIG), ("patch", _CONFIG)))
_VERSION = _header("x-api-version", "The version of the API; left out, the only one", enum=[API_VERSION])
_IF_MATCH = _header("If-Match", "Only if it still has this ETag")
_HEADERS = {
    "post": [
        _header(
            "Idempotency-Key",
            "The same request under the same key within 24 hours has one effect and one answer",
            pattern="^[!-~]{1,200}$",
        )
    ],
    "patch": [_IF_MATCH],
    "delete": [_IF_MATCH],
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation beside those that every operation has."""
    everywhere = (400, 401, 429, 500, 503)
    return {
        status: {"model": Refusal, "description": _WORDS[status]}
        for status in sorted({*everywhere, *statuses})
    }


def parameters(model: type[Asked]) -> dict[str, Any]:
    """What a route says of the query parameters that it reads with `model.of`."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": said.pop("description", ""),
                "schema": said,
            }
            for name, said in schema["properties"].items()
        ]
    }


TAGS = [
    {"name": name, "description": words}
    for name, words in (
        ("Metrics", "Standard metrics and business results"),
        ("Dashboard", "All numbers of a dashboard at once"),
        ("Custom metrics", "Formulas over metrics"),
        ("Alerts", "Rules that are looked at after each publish"),
        ("Portals", "What customers see: dashboards of their own numbers"),
        ("Customers", "Their names, zones and locales"),
        ("Reports", "A portal's numbers over a period, on paper, at set times"),
        ("Webhooks", "Who hears of what happens at a portal"),
        ("Service", "For whoever operates it"),
    )
]


def document(app: FastAPI) -> dict[str, Any]:
    """The document of this application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        parts = made.setdefault("components", {})
        parts["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "An API key, pl_live_…"},
            "portal_token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token of this portal: read:metrics for its data, configure:portal for its"
                " configuration, its status, access and customer_id aside",
            },
        }
        for path, item in made["paths"].items():
            for method, operation in item.items():
                _finish(path, method, operation)
        for name in ("HTTPValidationError", "ValidationError"):
            parts.get("schemas", {}).pop(name, None)
        add_examples(made)
        app.openapi_schema = made
    return app.openapi_schema


def _finish(path: str, method: str, operation: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    if not path.startswith("/v1/"):
        return
    operation["security"] = [{"key": []}]
    if (method, path) in _WITH_TOKEN:
        operation["security"].append({"portal_token": []})
    operation.setdefault("parameters", []).extend([_VERSION, *_HEADERS.get(method, ())])
    for answer in operation["responses"].values():
        answer["headers"] = _LIMIT_HEADERS
