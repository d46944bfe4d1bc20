"""Every body and every answer has an example, and each is one that its schema allows."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api.main import create_app
from api.openapi_examples import ANSWERS, BODIES, _answer, _example, _json
from core.settings import Settings

DOCUMENT = create_app(Settings(home=Path("nowhere"))).openapi()
OPERATIONS = {o["operationId"]: o for item in DOCUMENT["paths"].values() for o in item.values()}


def _validated(content: dict[str, Any]) -> None:
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(_example(DOCUMENT, content))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_examples_that_its_schemas_allow(name: str) -> None:
    for content in (_json(OPERATIONS[name].get("requestBody", {})), _answer(OPERATIONS[name])):
        if content is not None:
            assert _example(DOCUMENT, content) is not None
            _validated(content)


def test_no_example_is_of_an_operation_that_is_gone_or_has_its_own() -> None:
    assert BODIES.keys() | ANSWERS.keys() <= OPERATIONS.keys()
    for name, example in ANSWERS.items():
        assert _example(DOCUMENT, _answer(OPERATIONS[name])) == example, name
    for name, example in BODIES.items():
        assert _example(DOCUMENT, _json(OPERATIONS[name]["requestBody"])) == example, name
