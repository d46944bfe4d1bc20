"""The reference and the error pages, for people."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import error_pages, html
from api.errors import RouteNotFound
from api.reference import reference

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def get_reference(request: Request) -> Response:
    return reference(request.app.openapi())


@router.get(html.STYLE_PATH)
def get_style() -> Response:
    return html.style()


@router.get("/errors")
def list_errors() -> Response:
    return error_pages.index()


@router.get("/errors/{code}")
def get_error(code: str) -> Response:
    found = error_pages.of_code(code)
    if found is None:
        raise RouteNotFound("There is no such error code")
    return found
