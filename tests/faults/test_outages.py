"""Promise: a log that nobody reads and a clock that jumps stop nobody and take nothing away."""

import os
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.builders.api import Installation
from tests.builders.ports import free_port
from tests.builders.served import exchange, split
from tests.builders.waiting import comes

PROGRAM = Path(sys.executable).with_name("proofline")
# A server that waits for its log would wait for ever.
_HUNG = 120.0


def test_a_log_that_nobody_reads_stops_nobody(tmp_path: Path, installation: Installation) -> None:
    settings = installation.copy_to(tmp_path)
    port = free_port()
    process = subprocess.Popen(
        [str(PROGRAM), "serve", "--port", str(port)],
        env=os.environ | {"PROOFLINE_HOME": str(settings.home), "PROOFLINE_RATE_LIMITS": "off"},
        stdout=subprocess.PIPE,  # never read
        stderr=subprocess.DEVNULL,
    )
    try:
        assert comes(lambda: process.poll() is not None or _is_up(port))
        connection = HTTPConnection("127.0.0.1", port, timeout=_HUNG)
        for number in range(1500):
            connection.request("GET", f"/v1/portal/presets?x={number}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 401
        connection.close()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _is_up(port: int) -> bool:
    try:
        return split(exchange(port, "/health"))[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("jump_days", [-400, -1 / 24, 1 / 24, 400])
def test_a_clock_that_jumps_removes_no_snapshot_that_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_days: float
) -> None:
    from pipeline import publish as publishing
    from pipeline.home import Home
    from tests.pipeline.runs import settings_in
    from tests.pipeline.test_publish import build_with

    settings = settings_in(tmp_path / "home", PROOFLINE_KEEP_SNAPSHOTS="1")
    build = build_with(tmp_path / "b.duckdb")
    publishing.publish(settings, build, run_id="before")
    now = time.time()
    monkeypatch.setattr(publishing.time, "time", lambda: now + jump_days * 86_400)
    jumped = publishing.publish(settings, build, run_id="jumped")
    monkeypatch.undo()
    after = publishing.publish(settings, build, run_id="after")
    assert jumped.number < after.number
    assert publishing.current(Home(settings.home)) == after.path
    assert after.path.is_file()
