"""The load: a process of its own that keeps some connections busy and times every answer.

Run as `python -m bench.client`, a `Load` as JSON on standard input, what came of it as JSON on standard output.
Lean on purpose: it shares the machine with the server that it measures.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """GET `paths`, or POST `body` to them, each once in their order; a single path again and again.

    Ends after `most` answers or `seconds`, whichever comes first. With `keys` each of them asks `questions_a_key`
    times, one after the other, so that none is asked to wait.
    """

    port: int
    paths: Sequence[str]
    connections: int
    most: int
    seconds: float
    headers: Mapping[str, str]
    body: str | None = None
    keys: Sequence[str] = ()
    questions_a_key: int = 250


@dataclass(frozen=True)
class Took:
    """Answers a second over all connections, the percentiles of one answer in ms, and an answer's mean size."""

    answers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    body_bytes: int


def run(load: Load) -> Took:
    """Puts the load on the server from another process; fails when any answer is not 200."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    if done.returncode:
        raise RuntimeError(f"the load could not be run: {done.stderr.strip()[-500:]}")
    return Took(**json.loads(done.stdout))


class _Connection(asyncio.Protocol):
    """One keep-alive connection: the next request leaves when the answer before it is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, ended: asyncio.Future[None]) -> None:
        self._requests, self._until, self._ended = requests, until, ended
        self._received = bytearray()
        self._sent = 0.0
        self.seconds: list[float] = []
        self.body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_HEAD_END)
        if head_end < 0:
            return
        length = int(_LENGTH.search(self._received, 0, head_end)[1])  # type: ignore[index]
        if len(self._received) < head_end + len(_HEAD_END) + length:
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            self._fail(bytes(self._received[:1000]).decode("latin-1"))
            return
        self.seconds.append(perf_counter() - self._sent)
        self.body_bytes += length
        self._received.clear()
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        self._fail("the server closed the connection")

    def _send(self) -> None:
        request = next(self._requests, None)
        self._sent = perf_counter()
        if request is None or self._sent > self._until:
            if not self._ended.done():
                self._ended.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)

    def _fail(self, why: str) -> None:
        if not self._ended.done():
            self._ended.set_exception(RuntimeError(why))
            self._transport.close()


async def _put(load: Load) -> Took:
    loop = asyncio.get_running_loop()
    paths = cycle(load.paths) if len(load.paths) == 1 else iter(load.paths)
    requests = (_request(load, path, number) for number, path in enumerate(islice(paths, load.most)))
    ends = [loop.create_future() for _ in range(load.connections)]
    began = perf_counter()
    connections = [
        (await loop.create_connection(_made(requests, began + load.seconds, end), "127.0.0.1", load.port))[1]
        for end in ends
    ]
    await asyncio.gather(*ends)
    took = perf_counter() - began
    seconds = sorted(s for connection in connections for s in connection.seconds)
    size = sum(connection.body_bytes for connection in connections) // len(seconds)
    p50, p99 = (round(seconds[int(len(seconds) * share)] * 1000, 2) for share in (0.5, 0.99))
    return Took(len(seconds), len(seconds) / took, p50, p99, size)


def _made(requests: Iterator[bytes], until: float, end: "asyncio.Future[None]") -> "type[_Connection]":
    return lambda: _Connection(requests, until, end)  # type: ignore[return-value]


def _request(load: Load, path: str, number: int) -> bytes:
    body = (load.body or "").encode()
    headers = {"Host": "127.0.0.1", **load.headers}
    if load.keys:
        headers["Authorization"] = f"Bearer {load.keys[number // load.questions_a_key]}"
    if load.body is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{'GET' if load.body is None else 'POST'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_put(Load(**json.load(sys.stdin)))))))
