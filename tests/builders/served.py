"""A real server on a real socket, and requests that no client would send."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from api import server
from core.settings import Settings

# A slow answer is an answer.
_SECONDS = 120.0


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """The application at a port of this machine, in a thread of this process."""
    running = uvicorn.Server(server.config("127.0.0.1", 0, settings))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join()


def exchange(port: int, target: str | bytes, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """Everything that the server answers to a request for exactly this target."""
    raw = target if isinstance(target, bytes) else target.encode()
    lines = [f"Host: 127.0.0.1:{port}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    head = method.encode() + b" " + raw + b" HTTP/1.1\r\n" + "\r\n".join([*lines, "", ""]).encode()
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        connection.sendall(head + body)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def split(answer: bytes) -> tuple[int, dict[str, Any], bytes]:
    """Status, headers by lower-case name, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(first.split(" ")[1]), {name.lower(): value for name, _, value in pairs}, body
