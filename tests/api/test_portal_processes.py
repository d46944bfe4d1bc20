"""Several servers over one home agree within a second: on what is revoked, archived, and signed with which key."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.store.control import open_control_store
from tests.builders.api import Installation
from tests.builders.doors import A, B, keep_portals, make_sites
from tests.builders.ports import free_port
from tests.builders.served import exchange, split
from tests.builders.tokens import decoded
from tests.builders.waiting import LONG, comes

PROGRAM = Path(sys.executable).with_name("proofline")


def _is_up(port: int) -> bool:
    try:
        return split(exchange(port, "/health"))[0] == 200
    except OSError:
        return False


@dataclass(frozen=True)
class Two:
    home: Path
    ports: tuple[int, int]
    key: str
    admin: str

    def ask(self, which: int, method: str, path: str, text: str, body: Any = None) -> tuple[int, Any]:
        sent = b"" if body is None else json.dumps(body).encode()
        headers = (f"Authorization: Bearer {text}", "Content-Type: application/json")
        status, _, answer = split(exchange(self.ports[which], path, *headers, method=method, body=sent))
        return status, answer

    def token(self, which: int = 0, portal_id: str = A) -> str:
        path = f"/v1/portal/configs/{portal_id}/tokens"
        status, answer = self.ask(which, "POST", path, self.admin, {"expires_in": 3600})
        assert status == 201, answer
        text: str = json.loads(answer)["token"]
        return text

    def opens(self, which: int, text: str, portal_id: str = A) -> bool:
        status, _ = self.ask(which, "GET", f"/p/{portal_id}", text)
        assert status in (200, 401), status
        return status == 200

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            env=os.environ | {"PROOFLINE_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Two]:
    home = tmp_path_factory.mktemp("two")
    settings = installation.copy_to(home)
    store = open_control_store(settings)
    keep_portals(store)
    store.close()
    make_sites(settings)
    ports = (free_port(), free_port())
    environment = os.environ | {"PROOFLINE_HOME": str(home), "PROOFLINE_RATE_LIMITS": "off"}
    processes = [
        subprocess.Popen(
            [str(PROGRAM), "serve", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        assert comes(lambda: all(_is_up(port) for port in ports))
        yield Two(home, ports, installation.texts["a"], installation.texts["admin"])
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(LONG)


def test_both_sign_with_the_same_key_that_the_first_of_them_made(two: Two) -> None:
    texts = [two.token(0), two.token(1)]
    assert {decoded(text, 0)["kid"] for text in texts} == {decoded(texts[0], 0)["kid"]}
    assert all(two.opens(which, text) for which in (0, 1) for text in texts)
    assert (two.home / "signing_keys.json").stat().st_mode & 0o777 == 0o600


def test_what_one_revokes_the_other_refuses_within_a_second(two: Two) -> None:
    one, other, foreign = two.token(), two.token(), two.token(0, B)
    assert two.opens(1, one) and two.opens(1, other)
    path = f"/v1/portal/configs/{A}/tokens/revoke"
    assert two.ask(0, "POST", path, two.key, {"jti": decoded(one)["jti"]})[0] == 200
    assert not two.opens(0, one)
    assert comes(lambda: not two.opens(1, one), within=1.0)
    assert two.opens(1, other)
    assert two.ask(0, "POST", path, two.key, {})[0] == 200
    assert comes(lambda: not two.opens(1, other), within=1.0)
    assert two.opens(1, foreign, B) and two.opens(1, two.token(0))


def test_what_one_takes_back_to_draft_the_other_closes_within_a_second(two: Two) -> None:
    text = two.token()
    assert two.opens(1, text)
    path = f"/v1/portal/configs/{A}"
    assert two.ask(0, "PATCH", path, two.key, {"status": "draft"})[0] == 200
    assert comes(lambda: not two.opens(1, text), within=1.0)
    assert two.ask(1, "PATCH", path, two.key, {"status": "active"})[0] == 200
    assert comes(lambda: two.opens(0, text), within=1.0)


def test_a_rotation_under_load_refuses_no_live_token(two: Two) -> None:
    texts = [two.token(), two.token(1)]
    before = decoded(texts[0], 0)["kid"]
    refused: list[str] = []
    is_over = threading.Event()

    def visit(which: int) -> None:
        while not is_over.is_set():
            refused.extend(text for text in texts if not two.opens(which, text))

    visitors = [threading.Thread(target=visit, args=(which,)) for which in (0, 1)]
    for visitor in visitors:
        visitor.start()
    two.command("keys", "rotate-signing")
    for _ in range(20):
        fresh = [two.token(0), two.token(1)]
        assert all(two.opens(which, text) for which in (0, 1) for text in fresh)
    assert comes(lambda: decoded(two.token(0), 0)["kid"] != before, within=1.5)
    assert comes(lambda: decoded(two.token(1), 0)["kid"] != before, within=1.5)
    texts.extend((two.token(0), two.token(1)))
    time.sleep(0.5)
    is_over.set()
    for visitor in visitors:
        visitor.join()
    assert refused == []
    assert all(two.opens(which, text) for which in (0, 1) for text in texts)
    two.command("keys", "rotate-signing", "--drop-old")
    assert comes(lambda: not any(two.opens(which, text) for which in (0, 1) for text in texts), within=1.5)
    assert two.opens(0, two.token(0))
