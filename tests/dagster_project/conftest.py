"""One installation with a little landing directory, for all tests of the orchestration."""

import os
from collections.abc import Iterator

import pytest

from core.settings import Settings
from tests.core.conftest import postgres
from tests.pipeline.runs import land, settings_in

__all__ = ["postgres"]

HOUR = "2026-11-18T10:00:00Z"


def call(number: int, **more: object) -> dict[str, object]:
    """One good model call."""
    return {
        "request_id": f"r{number}",
        "started_at": HOUR,
        "customer_id": "cust_a",
        "agent_id": "support",
        "session_id": "s1",
        "provider": "anthropic",
        "model": "claude-sonnet-4-5-20250929",
        "status": "ok",
        "input_tokens": 1000,
        "output_tokens": 100,
        "latency_ms": 777.0,
    } | more


@pytest.fixture(scope="package", autouse=True)
def environment() -> Iterator[None]:
    """A run in this process leaves there what dbt reads; no later test is to find that."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="package")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an installation with two customers' events in its landing directory; nothing is built yet."""
    home = tmp_path_factory.mktemp("home")
    calls = [call(1), call(2, customer_id="cust_b"), call(3, input_tokens=-1)]
    land(home / "landing", "llm_requests/day.jsonl", calls)
    session = {"session_id": "s1", "customer_id": "cust_a", "agent_id": "support", "started_at": HOUR}
    land(home / "landing", "sessions/day.jsonl", [session | {"outcome": "goal_met", "handoff": False}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFLINE_HOME", str(home))
        yield settings_in(home)
