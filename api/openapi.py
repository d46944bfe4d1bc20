"""The OpenAPI document as it is: our envelope for every refusal, the key, the version header.

The framework writes its own 422 into every operation; it never answers so here.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.entry import API_VERSION
from api.schemas import Refusal

DESCRIPTION = (
    "How AI agents perform and what they cost, for one customer or all of them. Numbers are exact and come"
    " from one immutable snapshot; each answer says which, and up to when its data reaches."
)
_WORDS = {
    400: "The request is malformed",
    401: "The API key is missing, unknown or revoked",
    403: "The key may not do this",
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


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation beside those that every operation has."""
    everywhere = (400, 401, 429, 500, 503)
    return {
        status: {"model": Refusal, "description": _WORDS[status]}
        for status in sorted({*everywhere, *statuses})
    }


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
            "key": {"type": "http", "scheme": "bearer", "description": "An API key, pl_live_…"}
        }
        for path, item in made["paths"].items():
            for operation in item.values():
                _finish(path, operation)
        for name in ("HTTPValidationError", "ValidationError"):
            parts.get("schemas", {}).pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema


def _finish(path: str, operation: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    if not path.startswith("/v1/"):
        return
    operation["security"] = [{"key": []}]
    operation.setdefault("parameters", []).append(
        {
            "name": "x-api-version",
            "in": "header",
            "required": False,
            "description": "The version of the API; left out, the only one",
            "schema": {"type": "string", "enum": [API_VERSION]},
        }
    )
    for answer in operation["responses"].values():
        answer["headers"] = _LIMIT_HEADERS
