"""What an operator sees: whether it lives, whether it is ready, what it counts; and a log without secrets."""

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from api import log
from api.log import LineWriter
from core.settings import Settings
from tests.builders.api import Api, Installation, api_over, code


def test_health_is_ok_while_the_snapshot_is_fresh(api: Api, monkeypatch) -> None:
    built = api.services.metrics.for_all().info.built_at
    monkeypatch.setattr(api.services, "clock", lambda: built + timedelta(hours=47))
    told = api.client.get("/health")
    assert told.status_code == 200 and told.json()["status"] == "ok"
    assert told.json()["snapshot"].startswith("snap-1-")
    monkeypatch.setattr(api.services, "clock", lambda: built + timedelta(hours=49))
    late = api.client.get("/health").json()
    assert late["status"] == "degraded" and "older" in late["reasons"][0]


def test_ready_says_that_there_is_a_snapshot(api: Api) -> None:
    assert api.client.get("/ready").status_code == 200


def test_ready_says_that_there_is_none(empty_api: Api) -> None:
    assert empty_api.client.get("/ready").status_code == 503


def test_a_damaged_new_snapshot_degrades_and_the_old_one_is_served(
    tmp_path: Path, new_installation: Installation
) -> None:
    from tests.builders import Events, call, customer, publish

    settings = new_installation.copy_to(tmp_path)
    events = Events(llm_requests=[call(cost_usd="1")], customers=[customer(), customer(customer_id="cust_b")])
    published = publish(tmp_path, events)
    with api_over(settings, new_installation) as api:
        (published / "snap-2-000000000000.duckdb").write_bytes(b"not a database")
        (published / "CURRENT").write_text("snap-2-000000000000.duckdb\n")
        api.services.metrics.refresh()
        assert api.get("/metrics/cost.total?at=2026-11-03").json()["value"] == 1
        told = api.client.get("/health").json()
        assert told["status"] == "degraded" and str(tmp_path) not in str(told)


@pytest.mark.parametrize("who", [None, "a", "reader_all", "all"])
def test_counts_are_for_an_operator(api: Api, who: str | None) -> None:
    headers = {"Authorization": f"Bearer {api.texts[who]}"} if who else {}
    assert code(api.client.get("/metrics", headers=headers)) == (403, "FORBIDDEN")


def test_an_operator_sees_routes_and_statuses_and_no_ids(api: Api) -> None:
    api.get("/metrics/cost.total?agent_id=agent-777")
    api.get("/metrics/custom/cm_secret_777")
    text = api.client.get("/metrics", headers={"Authorization": f"Bearer {api.texts['admin']}"}).text
    assert 'route="/v1/analytics/metrics/{metric_id}",status="200"' in text
    for word in ("agent-777", "cm_secret", "cust_a", "pl_live"):
        assert word not in text
    assert "proofline_snapshot_age_seconds" in text


def test_a_proxy_on_this_machine_is_not_this_machine(tmp_path: Path, installation: Installation) -> None:
    from starlette.testclient import TestClient

    from api.main import create_app

    settings = installation.copy_to(tmp_path)
    with TestClient(create_app(settings), client=("127.0.0.1", 1)) as local:
        assert local.get("/metrics").status_code == 200
        assert local.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    production = replace(settings, env="production")
    with TestClient(create_app(production), client=("127.0.0.1", 1)) as local:
        assert local.get("/metrics").status_code == 403


def test_the_log_tells_requests_and_never_what_they_carry(
    tmp_path: Path, installation: Installation, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_SECONDS_TO_FINISH", 60)
    settings: Settings = replace(installation.copy_to(tmp_path), log_level="info")
    structlog.reset_defaults()
    with api_over(settings, installation) as api:
        api.get("/metrics/cost.total?agent_id=agent-secret-777")
        api.post("/metrics/custom", {"name": "secret 777"})
        api.get("/metrics/custom/cm_secret_777", None, headers={"Authorization": "Bearer pl_live_secret777"})
    printed = capsys.readouterr().out
    structlog.reset_defaults()
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    asked = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in asked] == [200, 400, 401]
    assert asked[0]["route"] == "/v1/analytics/metrics/{metric_id}"
    assert asked[0]["key_id"] == api.key_ids["a"] and re.fullmatch("[0-9a-f]{16}", asked[0]["request_id"])
    assert "secret" not in printed and "pl_live" not in printed


class _Stuck(io.StringIO):
    """A reader that never comes back."""

    def write(self, text: str) -> int:
        import time

        time.sleep(30)
        return len(text)


def test_a_log_that_nobody_reads_stops_nobody() -> None:
    writer = LineWriter(_Stuck())
    for n in range(log._MAX_WAITING_LINES + 50):
        writer.write(f"{n}\n")
    assert writer._dropped >= 49


def test_lines_are_written_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_SECONDS_TO_FINISH", 60)
    stream = io.StringIO()
    writer = LineWriter(stream)
    for n in range(100):
        writer.write(f"{n}\n")
    writer.close()
    assert stream.getvalue().split() == [str(n) for n in range(100)]
