"""One family of refusals: codes that are the API's, statuses that are HTTP's."""

import inspect

import pytest

import core.errors
from core.errors import InvalidParameter, ProoflineError

FAMILY = [c for _, c in inspect.getmembers(core.errors, inspect.isclass) if issubclass(c, ProoflineError)]


@pytest.mark.parametrize("kind", FAMILY, ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_code_and_a_status_of_its_kind(kind: type[ProoflineError]) -> None:
    assert kind.code == kind.code.upper()
    assert kind.status in (400, 401, 403, 404, 409, 429, 500, 503)
    assert (kind.status == 404) == kind.code.endswith("NOT_FOUND")


def test_a_refusal_carries_its_reason_and_the_path_of_what_is_wrong() -> None:
    refusal = InvalidParameter("expected 1 to 24", param="metrics[2].size.width")
    assert (str(refusal), refusal.message, refusal.param) == (
        "expected 1 to 24",
        "expected 1 to 24",
        "metrics[2].size.width",
    )
    assert InvalidParameter("no").param is None
