"""Receivers that are hostile, and names that lead inside: every attempt ends in time, and no connection goes astray."""

import gzip
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from core.addresses import Reach
from core.delivery.calls import Receiver as Called
from core.delivery.calls import call
from core.delivery.outcome import ErrorClass, Outcome
from core.outbound import Bounds, Found, Outbound
from tests.builders.events import NOON
from tests.core.delivery.receivers import HOST, INSIDE, PATIENT, QUICK, Receiver, dribble, hang, raw, say
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A, B, Stage
from tests.security.watch import Seen

# The outside of these tests is one address of this machine, their inside another.
REACH = Reach(allowed_networks=(f"{HOST}/32",))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    with socket.create_server((INSIDE, 0)) as made:
        made.setblocking(False)
        yield made


def _resolving(*answers: Sequence[str]) -> Any:
    """Each question gets the next of these answers."""
    told = list(answers)
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[Found]:
        asked.append(host)
        found = told.pop(0) if len(told) > 1 else told[0]
        return [(socket.AF_INET, (address, port)) for address in found]

    resolve.asked = asked  # type: ignore[attr-defined]
    return resolve


def _sent(url: str, bounds: Bounds = PATIENT, **more: Any) -> Outcome:
    return call(Outbound(REACH, bounds, **more), Called(url), message_id="msg_1", body=b"{}", now=NOON)


def _nobody_came(inside: socket.socket) -> bool:
    try:
        inside.accept()
    except BlockingIOError:
        return True
    return False


_REDIRECTS = taken(ids=("SSRF-079", "SSRF-080", "SSRF-081"))


@pytest.mark.parametrize("one", _REDIRECTS, ids=str)
def test_a_redirect_is_a_failure_and_is_not_followed(
    receiver: Receiver, inside: socket.socket, seen: Seen, one: Entry
) -> None:
    status = int(one.input["redirect"].split()[0])
    port = inside.getsockname()[1]
    there = f"http://{INSIDE}:{port}/secret" if status != 301 else f"{receiver.base}/other"
    receiver.answers["/hook"] = say(status, b"moved", Location=there)
    outcome = _sent(f"{receiver.base}/hook")
    assert (outcome.is_delivered, outcome.status, outcome.error_class) == (False, status, ErrorClass.REDIRECT)
    assert _nobody_came(inside) and len(receiver.calls) == 1 and INSIDE not in seen.connected
    assert "moved" not in str(outcome.error)


def test_a_name_is_looked_up_once_and_the_judged_address_is_the_one_connected(
    receiver: Receiver, seen: Seen
) -> None:
    entry("SSRF-083")
    port, resolve = receiver.server.server_port, _resolving([HOST], [INSIDE])
    reach = Reach(allowed_networks=("127.0.0.0/24",))
    way = Outbound(Reach(allowed_networks=(f"{HOST}/32",)), PATIENT, resolve)
    # By name only https goes out: what comes back is no TLS, but where it went is what counts.
    outcome = call(way, Called(f"https://hooks.example.com:{port}/x"), message_id="m", body=b"{}", now=NOON)
    assert outcome.error_class in (ErrorClass.TLS_ERROR, ErrorClass.CONNECTION_LOST, ErrorClass.TIMEOUT)
    assert resolve.asked == ["hooks.example.com"] and INSIDE not in seen.connected and HOST in seen.connected
    assert reach.allowed_networks


@pytest.mark.parametrize(
    "answers", [[HOST, INSIDE], [INSIDE], ["10.0.0.1"], ["127.0.0.1"], ["169.254.169.254"]]
)
def test_a_name_that_also_leads_inside_is_not_called(seen: Seen, answers: list[str]) -> None:
    entry("SSRF-084")
    entry("SSRF-052")
    outcome = _sent("https://127.0.0.1.nip.io/x", resolve=_resolving(answers))
    assert outcome.error_class is ErrorClass.BLOCKED_ADDRESS and not outcome.is_delivered
    assert seen.connected == [] and not any(address in str(outcome.error) for address in answers)


def test_a_name_that_cannot_be_looked_up_is_a_failed_attempt() -> None:
    entry("SSRF-086")

    def missing(host: str, port: int) -> list[Found]:
        raise socket.gaierror("no such name")

    assert _sent("https://hooks.example.com/x", resolve=missing).error_class is ErrorClass.NAME_NOT_FOUND


def test_a_look_up_without_end_is_not_waited_for() -> None:
    """However long a chain of names is: the look-up belongs to the seconds in which a connection must stand."""
    entry("SSRF-087")
    assert Bounds().connect_seconds == 5

    told = threading.Event()

    def slow(host: str, port: int) -> list[Found]:
        told.wait(120)
        return []

    began = time.monotonic()
    assert _sent("https://hooks.example.com/x", QUICK, resolve=slow).error_class is ErrorClass.TIMEOUT
    assert time.monotonic() - began < 60
    told.set()


def test_proxies_of_the_environment_are_not_asked(
    receiver: Receiver, inside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry("SSRF-088")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://{INSIDE}:{inside.getsockname()[1]}")
    assert _sent(f"{receiver.base}/x").is_delivered and _nobody_came(inside)


def _endless(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 30))
    handler.end_headers()
    try:
        for _ in range(1 << 14):
            handler.wfile.write(b"x" * 65536)
    except OSError:
        handler.close_connection = True


def test_of_a_body_without_end_little_is_read_and_it_counts(receiver: Receiver) -> None:
    entry("SSRF-089")
    receiver.answers["/x"] = _endless
    assert _sent(f"{receiver.base}/x").is_delivered
    found = Outbound(REACH, PATIENT).request("POST", f"{receiver.base}/x", headers={}, body=b"{}")
    assert len(found.body) <= 64 * 1024 and not found.is_whole


def test_a_packed_body_is_not_unpacked(receiver: Receiver) -> None:
    entry("SSRF-090")
    packed = gzip.compress(b"\0" * 20_000_000)
    receiver.answers["/x"] = say(200, packed, Content_Encoding="gzip")
    found = Outbound(REACH, PATIENT).request("POST", f"{receiver.base}/x", headers={}, body=b"{}")
    assert found.body == packed[: 64 * 1024]


@pytest.mark.parametrize(
    ("one", "answer"),
    list(zip(taken(ids=("SSRF-091", "SSRF-092")), (dribble, hang), strict=True)),
    ids=("SSRF-091", "SSRF-092"),
)
def test_whoever_is_slow_is_not_waited_for(receiver: Receiver, one: Entry, answer: Any) -> None:
    assert Bounds().seconds == 15
    receiver.answers["/x"] = answer
    began = time.monotonic()
    outcome = _sent(f"{receiver.base}/x", QUICK)
    assert outcome.error_class is ErrorClass.TIMEOUT and not outcome.is_final
    assert time.monotonic() - began < 60


_GARBAGE = {
    "SSRF-095": (b"<html>hello</html>", b"\x00\x01\xff\xfe" * 100, b"HTTP/9.9 abc\r\n\r\n"),
    "SSRF-096": (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * (1 << 20) + b"\r\n\r\n",),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_GARBAGE)), ids=str)
def test_what_is_no_answer_is_a_failed_attempt(receiver: Receiver, one: Entry) -> None:
    for garbage in _GARBAGE[one.id]:
        receiver.answers["/x"] = raw(garbage)
        outcome = _sent(f"{receiver.base}/x")
        assert not outcome.is_delivered and outcome.error_class is not None
        assert "hello" not in str(outcome.error) and "aaaa" not in str(outcome.error)


def test_a_cookie_of_a_receiver_is_not_kept(receiver: Receiver) -> None:
    entry("SSRF-097")
    receiver.answers["/x"] = say(200, b"", Set_Cookie="a=b; Path=/")
    way = Outbound(REACH, PATIENT)
    for _ in range(2):
        assert call(way, Called(f"{receiver.base}/x"), message_id="m", body=b"{}", now=NOON).is_delivered
    assert all("cookie" not in one.headers for one in receiver.calls)


def test_a_test_message_of_one_customer_holds_nothing_of_another(stage: Stage) -> None:
    entry("XTEN-033")
    with sqlite3.connect(f"file:{stage.settings.control_path}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT portal_id, payload_json FROM outbox").fetchall()
    connection.close()
    assert {A.portal_id, B.portal_id} <= {portal_id for portal_id, _ in rows}
    for portal_id, payload in rows:
        # What other tests made in between is cust_a's.
        other = A if portal_id == B.portal_id else B
        assert [name for name, text in other.canaries.items() if text in str(payload)] == []
