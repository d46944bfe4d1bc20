"""Promise: the published table says of each day what the API answers for it, and alerts say what they saw."""

import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.testclient import TestClient

from api.main import create_app
from core import keys
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.alert_states import StoredTransition, recorded_transitions
from pipeline import build, publish
from pipeline.home import Home
from tests.builders.api import formula, metric
from tests.pipeline.runs import land, run_parsed, settings_in

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIRST = datetime(2026, 11, 10, 17, 45, tzinfo=UTC)
ZONES = {"cust_a": "Asia/Kathmandu", "cust_b": "America/St_Johns"}
Row = dict[str, Any]


def landing(folder: Path, start: datetime, hours: int) -> None:
    """Calls and sessions of two customers, every three hours; cust_b's money ends in 777."""
    calls, sessions = list[Row](), list[Row]()
    for n in range(0, hours, 3):
        at = (start + timedelta(hours=n)).isoformat().replace("+00:00", "Z")
        for customer_id, cost in (("cust_a", f"0.{n + 1:03d}"), ("cust_b", "2.777")):
            whose = {
                "customer_id": customer_id,
                "agent_id": "bot",
                "session_id": f"s{start:%d}{n}",
                "started_at": at,
            }
            calls.append(
                {
                    **whose,
                    "request_id": f"{customer_id}{start:%d}{n}",
                    "status": "ok",
                    "model": "m",
                    "input_tokens": 1,
                    "output_tokens": 1,
                    "cost_usd": cost,
                }
            )
            sessions.append(
                {
                    **whose,
                    "outcome": "goal_met" if n % 2 else "goal_not_met",
                    "handoff": n % 9 == 0,
                    "user_turns": 777,
                }
            )
    land(folder, f"llm_requests/{start:%d}.jsonl", calls)
    land(folder, f"sessions/{start:%d}.jsonl", sessions)
    land(
        folder, "customers/c.jsonl", [{"customer_id": c, "name": c, "timezone": z} for c, z in ZONES.items()]
    )


class Installation:
    """Landing files, a control store that the API writes, and the pipeline."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = settings_in(folder / "home", PROOFLINE_RATE_LIMITS="off")
        self.landing = folder / "landing"
        store = open_control_store(self.settings)
        who = {"all": None, **{c: c for c in ZONES}}
        self.texts = {
            name: keys.create_key(store, name=name, role=keys.Role.WRITE, customer_id=c, now=NOW)[1]
            for name, c in who.items()
        }
        store.close()

    def api(self, method: str, path: str, who: str, body: object = None) -> Any:
        with TestClient(create_app(self.settings, lambda: NOW)) as client:
            headers = {"Authorization": f"Bearer {self.texts[who]}"}
            answer = client.request(method, f"/v1/analytics{path}", headers=headers, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def published(self) -> dict[tuple[str, str, date], tuple[float | None, dict[str, Any], str]]:
        path = publish.current(Home(self.settings.home))
        assert path is not None
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("FROM custom_metric_daily").fetchall()
        return {(m, c, d): (value, json.loads(inputs), unit) for m, c, d, value, inputs, unit in rows}

    def transitions(self) -> list[StoredTransition]:
        store = open_control_store(self.settings)
        with store.reading() as connection:
            found = recorded_transitions(connection)
        store.close()
        return found

    def due(self) -> list[str]:
        return build.due(self.settings, self.landing, settled_before=float("inf"))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Defined and watched before anything is published, then built twice: two days, and one day more."""
    made = Installation(tmp_path_factory.mktemp("whole"))
    # Standard metrics exist without data, so that definitions can come first.
    made.api("POST", "/metrics/custom", "all", metric())
    made.api(
        "POST",
        "/metrics/custom",
        "all",
        metric("cm_rate", unit="percent", formula=formula("$d * 100", d="autonomy.deflection_rate")),
    )
    made.api(
        "POST",
        "/metrics/custom",
        "cust_a",
        metric("cm_own", formula=formula("$r + $c", r="cm_rate", c="cost.total")),
    )
    for who in ("cust_a", "cust_b", "all"):
        condition = {"operator": "gt", "threshold": 10.0, "duration": "1d"}
        made.api(
            "POST",
            "/alerts",
            who,
            {"name": f"of {who}", "metric_id": "cost.total", "condition": condition, "actions": []},
        )
    landing(made.landing, FIRST, 40)
    first = run_parsed(made.settings, made.landing, "r1", now=NOW)
    assert first.custom is not None and first.custom.is_complete and first.alerts is not None
    assert first.alerts.is_complete
    made.before = made.published()  # type: ignore[attr-defined]
    landing(made.landing, FIRST + timedelta(days=3), 30)
    made.api(
        "PATCH",
        "/metrics/custom/cm_rate",
        "all",
        {"formula": formula("$d * 50", d="autonomy.deflection_rate")},
    )
    made.reasons = made.due()  # type: ignore[attr-defined]
    second = run_parsed(made.settings, made.landing, "r2", now=NOW)
    assert second.custom is not None and second.custom.rows_computed < second.custom.rows
    yield made


def test_each_published_day_is_what_the_api_answers_for_it(installation: Installation) -> None:
    rows = installation.published()
    assert {(m, c) for m, c, _ in rows} == {
        ("cm_cost_per_session", "cust_a"), ("cm_cost_per_session", "cust_b"), ("cm_rate", "cust_a"),
        ("cm_rate", "cust_b"), ("cm_own", "cust_a"),
    }  # fmt: skip
    with TestClient(create_app(installation.settings, lambda: NOW)) as client:
        for (metric_id, customer_id, day), (value, inputs, unit) in rows.items():
            asked = urllib.parse.urlencode(
                {
                    "start": day,
                    "end": day + timedelta(days=1),
                    "timezone": ZONES[customer_id],
                    "customer_id": customer_id,
                }
            )
            answer = client.get(
                f"/v1/analytics/metrics/custom/{metric_id}/evaluate?{asked}",
                headers={"Authorization": f"Bearer {installation.texts['all']}"},
            ).json()
            assert (answer["value"], answer["unit"]) == (value, unit), (metric_id, customer_id, day)
            assert {name: seen["value"] for name, seen in answer["formula_breakdown"].items()} == inputs


def test_the_days_are_the_customers_and_there_are_no_gaps(installation: Installation) -> None:
    days = sorted(day for m, c, day in installation.published() if (m, c) == ("cm_rate", "cust_a"))
    # 17:45 UTC is 23:30 in Kathmandu and 14:15 in St. John's.
    assert days == [date(2026, 11, 10) + timedelta(days=n) for n in range(6)]


def test_a_changed_definition_is_a_reason_to_build_and_an_unchanged_one_is_not(
    installation: Installation,
) -> None:
    assert "custom metrics changed" in installation.reasons[-1]  # type: ignore[attr-defined]
    assert installation.due() == []
    before, after = installation.before, installation.published()  # type: ignore[attr-defined]
    common = [key for key in before if key[0] == "cm_rate" and before[key][0]]
    assert common and all(after[key][0] == before[key][0] / 2 for key in common)
    installation.api("PATCH", "/metrics/custom/cm_own", "cust_a", {"is_active": False})
    assert ["custom metrics changed" in reason for reason in installation.due()] == [True]
    installation.api("PATCH", "/metrics/custom/cm_own", "cust_a", {"is_active": True})
    assert installation.due() == []


def test_rules_have_found_what_their_customers_days_say(installation: Installation) -> None:
    told = {rule["name"]: rule for rule in installation.api("GET", "/alerts", "all")["alerts"]}
    assert {name: rule["state"] for name, rule in told.items()} == {
        "of cust_a": "ok", "of cust_b": "firing", "of all": "ok",
    }  # fmt: skip
    assert told["of cust_b"]["state_changed_at"] is not None
    changes = installation.transitions()
    assert [t.state.value for t in changes if t.customer_id == "cust_b"] == ["firing", "ok", "firing"]
    assert [t.state.value for t in changes if t.customer_id is None] == ["firing", "ok"]
    assert len(changes) == 5
    own = installation.api("GET", "/alerts", "cust_a")["alerts"]
    assert [rule["name"] for rule in own] == ["of cust_a"]


def test_one_customers_money_is_in_no_row_of_the_other(installation: Installation) -> None:
    own = [f"{key} {row}" for key, row in installation.published().items() if key[1] == "cust_a"]
    assert own and not any("777" in text for text in own)
