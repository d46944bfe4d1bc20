"""Refusals are exceptions with their reason, whoever answers; clients say at once what they lack."""

import pickle
from typing import Any

import pytest

import proofline
from proofline import AnalyticsClient, AsyncPortalClient, PortalClient, ProoflineError
from tests.sdk.flaky import Reply, scripted

REFUSAL = {
    "type": "validation_error",
    "code": "INVALID_LAYOUT",
    "message": "Cards overlap",
    "param": "metrics[1]",
    "documentation_url": "https://api.example.com/errors/INVALID_LAYOUT",
    "details": [{"code": "INVALID_LAYOUT", "param": "metrics[1]", "message": "Cards overlap"}],
}


def refused(reply: Reply) -> Any:
    with (
        scripted(reply) as script,
        PortalClient("k", base_url=script.base_url, max_retries=0) as client,
        pytest.raises(ProoflineError) as caught,
    ):
        client.portals.get("portal_1")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, proofline.InvalidRequestError),
        (401, proofline.AuthenticationError),
        (403, proofline.PermissionDeniedError),
        (404, proofline.NotFoundError),
        (405, proofline.ApiError),
        (409, proofline.ConflictError),
        (412, proofline.PreconditionFailedError),
        (413, proofline.InvalidRequestError),
        (429, proofline.RateLimitError),
        (500, proofline.ServerError),
        (503, proofline.ServerError),
    ],
)
def test_each_status_is_an_exception_of_its_kind(status: int, kind: type[Exception]) -> None:
    error = refused(Reply(status, {"error": REFUSAL}, {"X-Request-Id": "r1"}))
    assert type(error) is kind and error.status == status
    said = (error.type, error.code, error.message, error.param, error.documentation_url, error.details)
    assert said == tuple(REFUSAL.values())
    assert error.request_id == "r1"
    assert str(error) == f"{status} INVALID_LAYOUT: Cards overlap (metrics[1])"


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"\xff", b'{"error": "no"}'])
def test_whoever_stands_before_the_api_is_told_apart(body: bytes) -> None:
    error = refused(Reply(404, body))
    assert (error.status, error.code, error.param, error.details) == (404, "UNKNOWN", None, [])


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"\xff"])
def test_an_answer_that_is_no_object_is_no_answer(body: bytes) -> None:
    assert type(refused(Reply(200, body))) is proofline.UnreadableAnswerError


def test_nobody_is_sent_elsewhere_with_the_key() -> None:
    assert refused(Reply(302, b"", {"Location": "/elsewhere"})).status == 302


def test_an_exception_travels_between_processes() -> None:
    error = refused(Reply(400, {"error": REFUSAL}, {"X-Request-Id": "r1"}))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and again.request_id == "r1"


def test_without_a_key_or_with_a_broken_one_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROOFLINE_API_KEY", raising=False)
    for client in (PortalClient, AnalyticsClient, AsyncPortalClient):
        with pytest.raises(ProoflineError, match="PROOFLINE_API_KEY"):
            client()
    for key in ("pl_live_x\n", "pl live", "ключ"):
        with pytest.raises(ProoflineError, match="pasted"):
            PortalClient(key)


@pytest.mark.parametrize(
    "base_url", ["api.example.com", "ftp://x", "https://", "https://x?y", "https://x#y", "https://a:b@x"]
)
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    with pytest.raises(ProoflineError, match="base_url"):
        PortalClient("k", base_url=base_url)


def test_the_environment_says_where_and_with_which_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(Reply(200, {"portal_id": "portal_1"})) as script:
        monkeypatch.setenv("PROOFLINE_API_KEY", "pl_live_env")
        monkeypatch.setenv("PROOFLINE_BASE_URL", f"{script.base_url}/behind/")
        with PortalClient() as client:
            client.portals.get("portal_1")
            assert "pl_live_env" not in repr(client)
    (asked,) = script.asked
    assert asked.path == "/behind/v1/portal/configs/portal_1"
    assert asked.headers["authorization"] == "Bearer pl_live_env"
    assert asked.headers["x-api-version"] == proofline.API_VERSION


def test_a_misspelt_or_missing_argument_is_refused_before_anything_is_sent() -> None:
    with scripted(Reply()) as script, PortalClient("k", base_url=script.base_url) as client:
        create: Any = client.portals.create
        with pytest.raises(TypeError, match="brandin"):
            create(brandin={"title": "Agents"}, branding={"title": "Agents"})
        with pytest.raises(TypeError, match="branding"):
            create(name="Agents")
    assert script.asked == []


def test_options_that_are_not_given_stay() -> None:
    client = PortalClient("k", timeout=5, max_retries=7)
    patient = client.with_options(timeout=None)
    assert (patient._connection.timeout, patient._connection.retries.most) == (None, 7)
    assert client.with_options(max_retries=0)._connection.timeout == 5 == client._connection.timeout
    with pytest.raises(ProoflineError, match="max_retries"):
        client.with_options(max_retries=-1)
