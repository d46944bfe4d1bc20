"""Promise: several API processes beside one pipeline, all on one PostgreSQL, say the same and never less than before."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api import keyring, standings
from core.settings import Settings
from tests.builders.ports import free_port
from tests.builders.postgresql import Server
from tests.builders.served import exchange, split
from tests.builders.waiting import LONG, comes
from tests.dagster_project.conftest import call
from tests.pipeline.runs import land, settings_in

pytestmark = pytest.mark.nightly

PROGRAM = Path(sys.executable).with_name("proofline")
USAGE = "/v1/analytics/metrics/usage.requests.total?customer_id=cust_a&at=2026-11-19T00:00:00Z"


def test_what_is_revoked_is_believed_for_less_than_a_second() -> None:
    assert max(keyring.REMEMBERED_SECONDS, standings.BELIEVED_SECONDS) < 1


@dataclass(frozen=True)
class Servers:
    """Processes of one installation, and how they are asked."""

    settings: Settings
    ports: list[int] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PROOFLINE_HOME": str(self.settings.home),
            "PROOFLINE_DATABASE_URL": self.settings.database_url,
            "PROOFLINE_DAGSTER_DATABASE_URL": self.settings.dagster_database_url,
            "PROOFLINE_RATE_LIMITS": "off",
        }

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [str(PROGRAM), *words], env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, port: int, method: str, path: str, text: str = "", body: Any = None) -> tuple[int, Any]:
        headers = [f"Authorization: Bearer {text}", "Content-Type: application/json"]
        sent = b"" if body is None else json.dumps(body).encode()
        status, found, answer = split(exchange(port, path, *headers, method=method, body=sent))
        is_json = found.get("content-type", "").startswith("application/json")
        return status, json.loads(answer) if is_json else answer

    def status(self, port: int, path: str, text: str) -> int:
        return self.ask(port, "GET", path, text)[0]

    def snapshot(self, port: int) -> Any:
        return self.ask(port, "GET", "/health")[1]["snapshot"]

    def is_up(self, port: int) -> bool:
        try:
            return self.snapshot(port) is not None
        except OSError:
            return False


@pytest.fixture(scope="module")
def servers(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    home = tmp_path_factory.mktemp("home")
    land(home / "landing", "llm_requests/first.jsonl", [call(1), call(2, customer_id="cust_b")])
    url = postgres.new_database()
    made = Servers(settings_in(home, PROOFLINE_DATABASE_URL=url, PROOFLINE_DAGSTER_DATABASE_URL=url))
    made.command("build")
    processes = []
    for _ in range(2):
        made.ports.append(free_port())
        command = [str(PROGRAM), "serve", "--port", str(made.ports[-1])]
        processes.append(
            subprocess.Popen(
                command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
    try:
        assert comes(lambda: all(made.is_up(port) for port in made.ports))
        yield made
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(LONG)


@pytest.fixture(scope="module")
def key(servers: Servers) -> str:
    return servers.command("keys", "create", "--role", "admin")


def test_both_serve_what_is_published_while_they_run_and_lose_nobody_meanwhile(
    servers: Servers, key: str
) -> None:
    before = servers.snapshot(servers.ports[0])
    seen: dict[int, list[float]] = {port: [] for port in servers.ports}
    refused: list[Any] = []
    is_over = threading.Event()

    def watch(port: int) -> None:
        while not is_over.is_set():
            status, told = servers.ask(port, "GET", USAGE, key)
            if status == 200:
                seen[port].append(told["value"])
            else:
                refused.append(told)
            is_over.wait(0.02)

    watchers = [threading.Thread(target=watch, args=(port,)) for port in servers.ports]
    for watcher in watchers:
        watcher.start()
    try:
        assert comes(lambda: all(seen.values())), "each has answered before the build"
        land(servers.settings.home / "landing", "llm_requests/second.jsonl", [call(3), call(4)])
        servers.command("build")
        both_see_it = comes(lambda: all(found and found[-1] == 3 for found in seen.values()))
    finally:
        is_over.set()
        for watcher in watchers:
            watcher.join()
    assert both_see_it and refused == []
    assert all(found == sorted(found) and set(found) == {1, 3} for found in seen.values()), "never back"
    assert before != servers.snapshot(servers.ports[0]) == servers.snapshot(servers.ports[1])


def test_a_portal_that_one_makes_is_built_by_the_pipeline_and_opened_by_both(
    servers: Servers, key: str
) -> None:
    first, second = servers.ports
    wanted = {"customer_id": "cust_a", "branding": {"title": "A"}, "preset_metrics": ["standard_dashboard"]}
    status, made = servers.ask(first, "POST", "/v1/portal/configs", key, wanted)
    assert status == 201, made
    path = f"/v1/portal/configs/{made['portal_id']}"
    assert servers.ask(second, "PATCH", path, key, {"status": "active"})[0] == 200
    servers.command("build")
    _, issued = servers.ask(first, "POST", f"{path}/tokens", key, {"expires_in": 3600})
    token, page = issued["token"], f"/p/{made['portal_id']}"
    assert all(comes(lambda port=port: servers.status(port, page, token) == 200) for port in servers.ports)
    assert servers.ask(second, "POST", f"{path}/tokens/revoke", key, {})[0] == 200
    assert all(comes(lambda port=port: servers.status(port, page, token) == 401) for port in servers.ports)


def test_a_key_works_on_both_at_once_and_on_neither_once_it_is_revoked(servers: Servers, key: str) -> None:
    text = servers.command("keys", "create", "--role", "read", "--name", "passing")
    assert [servers.status(port, USAGE, text) for port in servers.ports] == [200, 200]
    (line,) = [line for line in servers.command("keys", "list").splitlines() if line.endswith("passing")]
    servers.command("keys", "revoke", line.split()[0])
    assert all(comes(lambda port=port: servers.status(port, USAGE, text) == 401) for port in servers.ports)
    assert [servers.status(port, USAGE, key) for port in servers.ports] == [200, 200]


def test_builds_at_the_same_time_publish_once_and_both_end_well(servers: Servers) -> None:
    land(servers.settings.home / "landing", "llm_requests/third.jsonl", [call(5)])
    published = servers.settings.published_dir
    before = set(published.glob("*.duckdb"))
    building = [
        subprocess.Popen([str(PROGRAM), "build"], env=servers.environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = sorted(one.communicate()[0] for one in building)
    assert [one.returncode for one in building] == [0, 0], told
    assert len(set(published.glob("*.duckdb")) - before) == 1
