"""A request is made again where that cannot do anything twice, and nowhere else; tried on a real server that fails."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

import proofline
from proofline import AsyncPortalClient, ConflictError, ConnectionFailedError, PortalClient, RateLimitError
from proofline._call import Call
from proofline._retries import Retries
from tests.builders.ports import free_port
from tests.sdk.flaky import Reply, Script, scripted

LIMITED = Reply(429, {"error": {"code": "RATE_LIMITED", "message": "Too many"}}, {"Retry-After": "0"})
BUSY = Reply(503, {"error": {"code": "UNAVAILABLE", "message": "Not now"}}, {"Retry-After": "0"})
BAD_GATEWAY = Reply(502, b"<html>", {"Retry-After": "0"})
HANGS_UP = Reply(hangs_up=True)
PORTAL = Reply(200, {"portal_id": "portal_1"})
PATH: Any = "/v1/x"


def client(script: Script, **more: Any) -> PortalClient:
    return PortalClient("pl_live_x", base_url=script.base_url, **more)


@pytest.mark.parametrize("failure", [LIMITED, BUSY, BAD_GATEWAY, HANGS_UP])
def test_a_question_is_asked_again_until_it_is_answered(failure: Reply) -> None:
    with scripted(failure, failure, PORTAL) as script, client(script) as portals:
        assert portals.portals.get("portal_1").portal_id == "portal_1"
    assert len(script.asked) == 3


@pytest.mark.parametrize("failure", [LIMITED, BUSY, BAD_GATEWAY, HANGS_UP])
def test_what_is_made_is_asked_for_again_under_one_key(failure: Reply) -> None:
    with scripted(failure, failure, PORTAL) as script, client(script) as portals:
        portals.portals.create_quick(title="Agents", customer_id="cust_a")
    assert len({asked.headers["idempotency-key"] for asked in script.asked}) == 1
    assert len({asked.body for asked in script.asked}) == 1 and len(script.asked) == 3


def test_every_call_has_a_key_of_its_own_unless_it_is_given_one() -> None:
    with scripted(PORTAL) as script, client(script) as portals:
        for key in (None, None, "mine"):
            portals.portals.create_quick(title="Agents", idempotency_key=key)
    first, second, third = (asked.headers["idempotency-key"] for asked in script.asked)
    assert first != second and third == "mine"


@pytest.mark.parametrize("failure", [BAD_GATEWAY, HANGS_UP])
def test_what_may_have_been_done_is_not_done_again(failure: Reply) -> None:
    with scripted(failure) as script, client(script) as portals:
        with pytest.raises(proofline.ProoflineError):
            portals.webhooks.delete("webhook_1")
        with pytest.raises(proofline.ProoflineError):
            portals.portals.update("portal_1", name="New", if_match='"1"')
        assert len(script.asked) == 2
        with pytest.raises(proofline.ProoflineError):
            portals.portals.update("portal_1", name="New")
    assert len(script.asked) == 2 + 3


@pytest.mark.parametrize("failure", [LIMITED, BUSY])
def test_a_change_is_sent_again_where_nothing_was_done(failure: Reply) -> None:
    with scripted(failure, PORTAL) as script, client(script) as portals:
        portals.portals.update("portal_1", name="New", if_match='"1"')
    assert [asked.headers["if-match"] for asked in script.asked] == ['"1"', '"1"']


def test_the_reason_is_raised_after_the_last_attempt() -> None:
    with scripted(LIMITED) as script, client(script, max_retries=1) as portals:
        with pytest.raises(RateLimitError) as refused:
            portals.portals.get("portal_1")
        assert (refused.value.status, refused.value.code) == (429, "RATE_LIMITED")
        assert len(script.asked) == 2
        with pytest.raises(RateLimitError):
            portals.with_options(max_retries=0).portals.get("portal_1")
    assert len(script.asked) == 3


def test_other_refusals_are_final() -> None:
    taken = Reply(409, {"error": {"code": "PORTAL_ALREADY_EXISTS", "message": "There is one"}})
    with (
        scripted(taken) as script,
        client(script) as portals,
        pytest.raises(ConflictError, match="There is one"),
    ):
        portals.portals.create_quick(title="Agents")
    assert len(script.asked) == 1


def test_the_server_decides_how_long_to_wait() -> None:
    soon = Reply(429, {}, {"Retry-After": "1"})
    with scripted(soon, PORTAL) as script, client(script) as portals:
        began = time.monotonic()
        portals.portals.get("portal_1")
    assert time.monotonic() - began >= 1


def test_nobody_waits_for_longer_than_a_minute() -> None:
    later = Reply(429, {}, {"Retry-After": "3600"})
    with scripted(later) as script, client(script) as portals, pytest.raises(RateLimitError):
        portals.portals.get("portal_1")
    assert len(script.asked) == 1


def test_where_nobody_listens_the_reason_is_told() -> None:
    with (
        client(Script(free_port()), max_retries=0) as portals,
        pytest.raises(ConnectionFailedError, match="No answer to GET"),
    ):
        portals.portals.get("portal_1")


def test_an_answer_that_takes_too_long_is_not_waited_for() -> None:
    with (
        scripted(Reply(seconds=10)) as script,
        client(script, timeout=0.1, max_retries=0) as portals,
        pytest.raises(proofline.TimedOutError),
    ):
        portals.portals.get("portal_1")


def test_an_asynchronous_client_does_the_same() -> None:
    async def ask(script: Script) -> list[str]:
        async with AsyncPortalClient("pl_live_x", base_url=script.base_url) as portals:
            made = await portals.portals.create_quick(title="Agents")
            with pytest.raises(RateLimitError):
                await portals.with_options(max_retries=0).portals.get("portal_1")
        return [made.portal_id]

    with scripted(LIMITED, HANGS_UP, PORTAL, LIMITED) as script:
        assert asyncio.run(ask(script)) == ["portal_1"]
    assert len({asked.headers.get("idempotency-key") for asked in script.asked[:3]}) == 1


def test_waits_grow_differ_and_end() -> None:
    lost, question = httpx2.ReadError("gone"), Call("GET", PATH, proofline.Answer)

    def waits(draw: float) -> list[float | None]:
        retries = Retries(6, lambda: draw)
        return [retries.seconds_before_next(question, made, lost) for made in range(1, 8)]

    assert waits(1.0) == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, None]
    assert waits(0.0) == [0.25, 0.5, 1.0, 2.0, 4.0, 4.0, None]


def test_a_date_to_come_back_at_is_understood() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=55), usegmt=True)
    asked = httpx2.Response(503, headers={"Retry-After": until})
    told = Retries(1, lambda: 0.0).seconds_before_next(Call("GET", PATH, proofline.Answer), 1, asked)
    assert told is not None and 25 <= told <= 56
