"""A real server on a real socket: what no client would send is refused in our form, or ended in time."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
import uvicorn

from api import protocol, server
from tests.builders.api import Installation
from tests.builders.waiting import LONG, comes


@dataclass(frozen=True)
class Served:
    port: int
    key: str

    def send(self, *parts: bytes, pause: float = 0, seconds: float = 60) -> bytes:
        """What the server answers until it closes, or until nothing comes any more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                    time.sleep(pause)
            except OSError:
                pass  # closed before everything was sent; the answer may still be there
            return _read(connection)

    def get(self, path: str, *headers: str) -> bytes:
        lines = [f"GET {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.key}", "Connection: close"]
        return self.send("\r\n".join([*lines, *headers, "", ""]).encode())


def _read(connection: socket.socket) -> bytes:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except OSError:
        pass
    return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def envelope_code(answer: bytes) -> str:
    # Of several answers on one connection the first.
    said, _ = json.JSONDecoder().raw_decode(answer.partition(b"\r\n\r\n")[2].decode())
    return said["error"]["code"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Served]:
    settings = installation.copy_to(tmp_path_factory.mktemp("served"))
    patch = pytest.MonkeyPatch()
    # Also on a busy machine none of these clients is too slow unless it means to be.
    patch.setattr(protocol, "HEAD_SECONDS", 60.0)
    patch.setattr(protocol, "LINGER_SECONDS", 2.0)
    settings = replace(settings, max_connections=20)
    running = uvicorn.Server(server.config("127.0.0.1", 0, settings))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield Served(port, installation.texts["a"])
    running.should_exit = True
    thread.join()
    patch.undo()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 1.0)


def test_a_request_is_answered(served: Served) -> None:
    answer = served.get("/v1/analytics/metrics/cost.total")
    assert status(answer) == 200 and b'"id":"cost.total"' in answer
    assert b"\r\nserver:" not in answer.lower()


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 2_000_000 + b"\r\n\r\n", {431}),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X-Many: 1\r\n" * 50_000 + b"\r\n", {431, 400}),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414}),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {414}),
        (b"GET /health HTTP/1.1\r\n\r\n", {400}),
        (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
        (b"GET /health HTTP/1.1\r\nHost: evil.com/x?y=\r\nConnection: close\r\n\r\n", {400}),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", {400}),
        (b"GET /health HTTP/1.1\r\nHost : x\r\n\r\n", {400}),
        (b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", {400}),
        (b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello", {400}),
        (
            b"POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            {400, 405},
        ),
        (b"GET http://evil.com/u HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
        (b"GET health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", {400}),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400, 0}),
        (b"GET /health\r\n\r\n", {400}),
    ],
)
def test_a_request_that_is_none_is_refused_in_our_form(
    served: Served, request_bytes: bytes, statuses: set
) -> None:
    answer = served.send(request_bytes)
    assert status(answer) in statuses
    if answer:
        assert envelope_code(answer)


@pytest.mark.usefixtures("impatient")
def test_a_head_that_does_not_end_is_not_waited_for(served: Served) -> None:
    began = time.monotonic()
    assert served.send(b"GET /health HTTP/1.1\r\nHo", seconds=60) == b""
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("impatient")
def test_a_head_that_drips_is_not_waited_for_either(served: Served) -> None:
    drips = [b"GET /health HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 300]
    began = time.monotonic()
    assert served.send(*drips, pause=0.2, seconds=60) == b""
    assert time.monotonic() - began < 30


@pytest.mark.usefixtures("impatient")
def test_a_connection_that_says_nothing_is_closed(served: Served) -> None:
    began = time.monotonic()
    assert served.send(b"", seconds=60) == b""
    assert time.monotonic() - began < 30


def test_a_connection_may_ask_again_and_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 2.0)
    connection = HTTPConnection("127.0.0.1", served.port, timeout=60)
    with closing(connection):
        for pause in (0, 1.5, 1.5):
            time.sleep(pause)
            connection.request("GET", "/health")
            # Whoever was cut off would ask on a connection of its own.
            connection.auto_open = False
            answer = connection.getresponse()
            assert answer.status == 200 and answer.read()


def test_a_body_over_the_limit_is_refused_without_being_kept(served: Served) -> None:
    head = (
        f"POST /v1/analytics/metrics/custom HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 60000000\r\n\r\n"
    )
    answer = served.send(head.encode(), b" " * 100_000)
    assert status(answer) == 413 and envelope_code(answer) == "BODY_TOO_LARGE"


def test_a_request_for_an_upgrade_is_answered_as_the_request_it_is(served: Served) -> None:
    answer = served.get("/health", "Upgrade: websocket", "Connection: Upgrade")
    assert status(answer) == 200


def test_a_path_is_taken_as_it_is_sent(served: Served) -> None:
    for path in ("/v1/analytics/x/../metrics", "/v1//analytics/metrics", "/v1/analytics/%2e%2e/metrics"):
        assert status(served.get(path)) == 404


def test_more_connections_than_allowed_are_told_to_come_back(served: Served) -> None:
    waiting = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(25)]
    try:
        refused = _read(waiting[-1])
        assert status(refused) == 503 and b"retry-after" in refused
        assert envelope_code(refused) == "UNAVAILABLE"
    finally:
        for connection in waiting:
            connection.close()
    assert comes(lambda: status(served.get("/health")) == 200)


def test_a_process_that_is_told_to_stop_ends_in_order_and_logs_its_end(
    tmp_path: Path, installation: Installation
) -> None:
    installation.copy_to(tmp_path)
    script = "from api.server import run; from core.settings import load; run('127.0.0.1', 0, load())"
    started = subprocess.Popen(
        [sys.executable, "-c", script],
        env={"PROOFLINE_HOME": str(tmp_path), "PATH": ""},
        stdout=subprocess.PIPE,
    )
    assert started.stdout is not None
    lines = iter(started.stdout.readline, b"")
    assert any(b"Uvicorn running" in line for line in lines)
    started.send_signal(signal.SIGTERM)
    rest = b"".join(lines)
    assert started.wait(timeout=LONG) == 0
    assert b"Application shutdown complete" in rest
    started.stdout.close()
