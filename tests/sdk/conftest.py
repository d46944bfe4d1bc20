"""The service that the SDKs are tried on; what it holds is described in `tests.sdk.service`."""

from collections.abc import Iterator

import pytest

from tests.sdk.service import Service, service


@pytest.fixture(scope="session")
def sdk_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("sdk")) as running:
        yield running
