"""The two servers of the API benchmark: ours as its users start it, and the bare one, each in its own process."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

# However slow the machine: past this, something hangs.
_SECONDS_TO_START = 300.0
_SECONDS_TO_END = 120.0
# Which process listens where.
_pids: dict[int, int] = {}


@contextmanager
def ours(home: Path, *, is_up: str = "/ready", rate_limits: bool = False) -> Iterator[int]:
    """`proofline serve` on what is published there; its port."""
    port = _free_port()
    program = Path(sys.executable).with_name("proofline")
    limits = "on" if rate_limits else "off"
    environment = os.environ | {"PROOFLINE_HOME": str(home), "PROOFLINE_RATE_LIMITS": limits}
    command = [str(program), "serve", "--port", str(port)]
    with _running(command, port, is_up, environment=environment):
        yield port


@contextmanager
def bare(snapshot: Path | None) -> Iterator[int]:
    """`bench.bare` on that snapshot, or without questions; its port."""
    port = _free_port()
    command = [sys.executable, "-m", "bench.bare", str(port), *([str(snapshot)] if snapshot else [])]
    with _running(command, port, "/bytes/1"):
        yield port


def processor_seconds(port: int) -> float | None:
    """What the server on that port has taken of a processor since it started; None where the system does not say."""
    try:
        told = Path(f"/proc/{_pids[port]}/stat").read_text()
    except OSError:
        return None
    # The name may hold anything, a parenthesis too; user and system time are the 12th and 13th after it.
    fields = told.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _running(
    command: Sequence[str], port: int, path: str, *, environment: dict[str, str] | None = None
) -> Iterator[None]:
    root = Path(__file__).parents[1]
    process = subprocess.Popen(  # noqa: S603  (our own programs)
        command, env=environment, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _pids[port] = process.pid
    try:
        _wait(process, port, path)
        yield
    finally:
        del _pids[port]
        process.terminate()
        process.wait(_SECONDS_TO_END)


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    until = monotonic() + _SECONDS_TO_START
    while monotonic() < until and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"{process.args!r} did not answer {path} within {_SECONDS_TO_START:.0f} s")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
