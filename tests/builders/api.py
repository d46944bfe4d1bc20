"""The real API over two customers' numbers. Everything of cust_b holds 777, so a leak is seen in any text."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.main import create_app
from api.services import Services
from core import keys
from core.settings import Settings
from core.store.control import open_control_store
from tests.builders.events import NOON, Events, call, customer, outcome, session

NOW = NOON + timedelta(days=19)


def two_customers() -> Events:
    hours = [NOON - timedelta(hours=7 * n) for n in range(60)]
    own = [
        call(agent_id="support", model="model-1", cost_usd="1.000000001", latency_ms=100.0 + n, started_at=at)
        for n, at in enumerate(hours)
    ]
    foreign = [
        call(
            customer_id="cust_b",
            agent_id="agent-777",
            model="model-777",
            cost_usd="2.777",
            latency_ms=777.0,
            started_at=at,
        )
        for at in hours[:30]
    ]
    return Events(
        llm_requests=own + foreign,
        sessions=[
            *(session(agent_id="support", started_at=at) for at in hours),
            *(session(customer_id="cust_b", agent_id="agent-777", started_at=at) for at in hours[:7]),
        ],
        outcomes=[
            outcome(agent_id="support", value="100.5"),
            outcome(customer_id="cust_b", agent_id="agent-777", name="hours_777", value="777", unit="hours"),
        ],
        customers=[customer(), customer(customer_id="cust_b", name="Globex 777", timezone="Asia/Kathmandu")],
    )


@dataclass
class Api:
    """The real application, and a key for each kind of caller."""

    client: TestClient
    services: Services
    texts: dict[str, str]
    key_ids: dict[str, str]

    def call(self, method: str, path: str, who: str | None = "a", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.texts[who]}"} if who else {}
        headers |= more.pop("headers", {})
        at = path if path.startswith(("/v1/", "http")) else f"/v1/analytics{path}"
        return self.client.request(method, at, headers=headers, **more)

    def get(self, path: str, who: str | None = "a", **more: Any) -> Any:
        return self.call("GET", path, who, **more)

    def post(self, path: str, json: Any, who: str | None = "a", **more: Any) -> Any:
        return self.call("POST", path, who, json=json, **more)

    def patch(self, path: str, json: Any, who: str | None = "a", **more: Any) -> Any:
        return self.call("PATCH", path, who, json=json, **more)

    def delete(self, path: str, who: str | None = "a", **more: Any) -> Any:
        return self.call("DELETE", path, who, **more)


_CALLERS = {
    "a": (keys.Role.WRITE, "cust_a"),
    "b": (keys.Role.WRITE, "cust_b"),
    "reader_a": (keys.Role.READ, "cust_a"),
    "all": (keys.Role.WRITE, None),
    "reader_all": (keys.Role.READ, None),
    "admin": (keys.Role.ADMIN, None),
}


@dataclass(frozen=True)
class Installation:
    """A home with a key for each kind of caller, and their texts."""

    home: Path
    texts: dict[str, str]
    key_ids: dict[str, str]

    @classmethod
    def make(cls, home: Path) -> "Installation":
        store = open_control_store(Settings(home=home))
        made = {
            who: keys.create_key(store, name=who, role=role, customer_id=customer_id, now=datetime.now(UTC))
            for who, (role, customer_id) in _CALLERS.items()
        }
        store.close()
        texts = {who: text for who, (_, text) in made.items()}
        return cls(home, texts, {who: key.key_id for who, (key, _) in made.items()})

    def copy_to(self, home: Path) -> Settings:
        """The same keys and the same published numbers in a home of one test."""
        shutil.copy(self.home / "control.sqlite", home / "control.sqlite")
        if (self.home / "published").exists():
            (home / "published").symlink_to(self.home / "published")
        return Settings(home=home, base_url="https://api.example.com", log_level="error")


@contextmanager
def api_over(settings: Settings, installation: Installation) -> Iterator[Api]:
    """The application, started; a fault inside it is an answer, as for any client."""
    ticks = count()
    app = create_app(settings, lambda: NOW + timedelta(microseconds=next(ticks)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(client, app.state.services, installation.texts, installation.key_ids)


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


def fault(answer: Any) -> tuple[int, str, str | None]:
    """Status, code and param of a refusal."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


def formula(expression: str = "$a / $b", **inputs: str) -> dict[str, Any]:
    named = inputs or {"a": "cost.total", "b": "usage.sessions.total"}
    return {
        "type": "arithmetic",
        "expression": expression,
        "inputs": [{"variable": f"${name}", "metric_id": metric} for name, metric in named.items()],
    }


def metric(custom_metric_id: str | None = "cm_cost_per_session", **more: Any) -> dict[str, Any]:
    made = {"id": custom_metric_id, "name": "Cost per session", "unit": "usd", "formula": formula(), **more}
    return {name: value for name, value in made.items() if value is not None}
