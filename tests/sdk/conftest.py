"""The service that the SDKs are tried on; what it holds is described in `tests.sdk.service`."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from proofline import Answer, _exchange
from sdk.generator.kinds import hints_of, is_optional
from tests.sdk.service import Service, service


@pytest.fixture(scope="session")
def sdk_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("sdk")) as running:
        yield running


@pytest.fixture(autouse=True)
def _answers_have_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at every answer of the real service, whatever test asked for it."""
    read = _exchange._read

    def looked_at(kind: Any, response: httpx2.Response) -> Any:
        answer = read(kind, response)
        if "x-request-id" in response.headers and isinstance(answer, Answer):
            assert list(missing(answer)) == [], response.request.url
        return answer

    monkeypatch.setattr(_exchange, "_read", looked_at)


def missing(value: Any) -> Iterator[str]:
    """What is declared and is not there, all the way down."""
    if isinstance(value, list):
        for each in value:
            yield from missing(each)
    elif isinstance(value, dict):
        for name in hints_of(type(value)) if isinstance(value, Answer) else ():
            if name not in value and not is_optional(type(value), name):
                yield f"{type(value).__name__}.{name}"
        for each in value.values():
            yield from missing(each)
