"""Both SDKs have every operation of the served document, with its parameters and fields, and no other ones."""

import inspect
import json
from typing import Any

import httpx2
import pytest

import proofline
from api.entry import API_VERSION
from proofline import Answer
from sdk.generator.__main__ import FOLDER, SOURCES
from sdk.generator.operations import BY_HAND, RESOURCES, Described, described
from tests.sdk.schemas import Schemas
from tests.sdk.service import Service

ALL = [each for resource in RESOURCES for each in described(resource)]
OWN = [each for each in ALL if each.path not in BY_HAND and each.pages is None]
DOCUMENT: dict[str, Any] = {}


@pytest.fixture(autouse=True, scope="module")
def document(sdk_service: Service) -> dict[str, Any]:
    if not DOCUMENT:
        DOCUMENT.update(httpx2.get(f"{sdk_service.base_url}/openapi.json").json())
    return DOCUMENT


def paths(each: Described) -> str:
    return each.path


def operation_of(each: Described, document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][each.call.path][each.call.method.lower()]
    return found


def body_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return schema


def test_every_operation_can_be_called(document: dict[str, Any]) -> None:
    served = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/v1/")
    }
    assert {(each.call.method, each.call.path) for each in OWN} == served


@pytest.mark.parametrize("each", OWN, ids=paths)
def test_what_is_asked_is_what_may_be_asked(each: Described, document: dict[str, Any]) -> None:
    parameters = operation_of(each, document)["parameters"]
    query = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
    assert set(each.call.query) == query.keys()
    required = {name for name, parameter in query.items() if parameter["required"]}
    if each.call.body is None and each.fields:
        assert each.fields.__required_keys__ == required
    assert {p["name"] for p in parameters if p["in"] == "path"} == set(each.call.at)
    headers = {parameter["name"] for parameter in parameters if parameter["in"] == "header"}
    # What is erased is erased, whatever was changed since.
    assert ("If-Match" in headers) == (each.call.if_match is not None) or each.path == "Customers.erase"
    assert ("Idempotency-Key" in headers) == (each.call.idempotency_key is not None)


@pytest.mark.parametrize("each", OWN, ids=paths)
def test_what_is_sent_is_what_may_be_sent(each: Described, document: dict[str, Any]) -> None:
    schema = body_of(operation_of(each, document))
    assert (schema is None) == (each.call.body is None)
    if schema is not None:
        schemas = Schemas(document)
        bare = next(option for option in schema.get("anyOf", [schema]) if option.get("type") != "null")
        assert list(schemas.differences(each.fields, bare)) == []


@pytest.mark.parametrize("each", OWN, ids=paths)
def test_what_is_answered_is_what_is_declared(each: Described, document: dict[str, Any]) -> None:
    answers = operation_of(each, document)["responses"]
    good = next(answer for status, answer in answers.items() if status.startswith("2"))
    if not issubclass(each.call.answer, Answer):
        assert "application/json" not in good["content"]
        return
    schema = good["content"]["application/json"]["schema"]
    assert list(Schemas(document).differences(each.call.answer, schema)) == []


@pytest.mark.parametrize("each", [each for each in ALL if each.pages], ids=paths)
def test_going_through_pages_asks_what_one_page_asks(each: Described) -> None:
    (page,) = (one for one in OWN if one.call.path == each.call.path and one.call.method == "GET")
    assert set(page.call.query) - set(each.call.query) in ({"cursor"}, {"offset"})
    assert each.call.answer is page.call.answer


def test_every_operation_says_what_it_does() -> None:
    for each in ALL:
        assert inspect.getdoc(each.build), each.path


@pytest.mark.parametrize("name", SOURCES)
def test_the_typescript_sdk_is_written_from_this_one(name: str) -> None:
    assert (FOLDER / name).read_text() == SOURCES[name](), "make sdk"


def test_all_speak_the_same_version() -> None:
    assert API_VERSION == proofline.API_VERSION
    assert f'API_VERSION = "{API_VERSION}";' in (FOLDER / "version.ts").read_text()
    package = json.loads((FOLDER.parent / "package.json").read_text())
    assert package["version"] == proofline.__version__ and "dependencies" not in package


def test_what_is_written_by_hand_in_typescript_is_there() -> None:
    by_hand = (FOLDER / "resources.ts").read_text()
    for name in ("createQuick", "activate", "archive", "verify"):
        assert f"  {name}(" in by_hand or f"  readonly {name} = " in by_hand
