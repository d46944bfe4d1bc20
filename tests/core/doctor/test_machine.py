"""What the machine lacks is named: packages, ports."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from core.doctor import State, machine, packages
from tests.builders.ports import free_port
from tests.core.doctor.installations import case, the_one


def test_a_package_of_another_version_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("click==0.0.1 \\\n    --hash=sha256:00\npydantic[email]==0.0.2\nnot-installed==1\n")
    found = the_one(packages.check_packages(case(tmp_path, more={"lock_file": lock})))
    assert found.state is State.FAIL
    assert "click" in found.told and "pydantic" in found.told and "not-installed" not in found.told


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"status": "ok", "snapshot": null}', State.OK),
        (b"<h1>Welcome</h1>", State.WARN),
        (b"[]", State.WARN),
    ],
)
def test_a_port_that_somebody_else_has_is_told_from_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, state: State
) -> None:
    monkeypatch.setattr(machine, "_SECONDS", 60)
    with answering(body) as port:
        found, _ = machine.check_ports(case(tmp_path, more={"api_port": port, "ui_port": free_port()}))
    assert found.state is state


def test_a_port_where_nobody_speaks_http_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found, _ = machine.check_ports(case(tmp_path, more={"api_port": port, "ui_port": free_port()}))
    assert found.state is State.WARN and "another program" in found.told
