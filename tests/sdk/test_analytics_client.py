"""The analytics client on the real service."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest

from proofline import AsyncAnalyticsClient, InvalidRequestError, NotFoundError
from tests.builders.chance import without_chance
from tests.sdk.service import Service

FORMULA: Any = {
    "type": "arithmetic",
    "expression": "$cost / $sessions",
    "inputs": [
        {"variable": "$cost", "metric_id": "cost.total", "filters": {"agent_id": "support-bot"}},
        {"variable": "$sessions", "metric_id": "usage.sessions.total"},
    ],
}


def test_metrics_are_read_in_every_form(sdk_service: Service) -> None:
    with sdk_service.analytics() as client:
        catalogue = client.metrics.catalogue()
        assert "cost.total" in [metric.id for metric in catalogue.metrics]
        cost = client.metrics.get("cost.total", at="2025-01-15", customer_id="cust_acme_123")
        assert cost.value == pytest.approx(14 * 0.75) and cost.metadata.aggregation == "sum"
        series = client.metrics.series(
            "cost.daily", start=date(2025, 1, 1), end=datetime(2025, 1, 3, tzinfo=UTC), group_by="model"
        )
        assert [point.dimensions["model"] for point in series.data] == ["model-large", "model-small"] * 2
        spread = client.metrics.distribution(
            "perf.latency.distribution", start="2025-01-01", end="2025-01-15"
        )
        assert spread.percentiles.count == 28 and spread.histogram[-1].upper is None
        batch = client.metrics.batch(
            metric_ids=["cost.total", "usage.requests.total"],
            filters={"customer_id": "cust_acme_123", "start": date(2025, 1, 1), "end": "2025-01-15"},
        )
        assert [metric.value for metric in batch.metrics] == [pytest.approx(10.5), 28]
        assert batch.filters_applied.start == "2025-01-01T00:00:00Z"
        summary = client.dashboard.summary(period="90d", customer_id="cust_a")
        assert summary.kpis.total_requests.value and summary.top_agents_by_spend[0].agent_id == "support"


def test_custom_metrics_are_made_tried_and_evaluated(sdk_service: Service) -> None:
    with sdk_service.analytics() as client:
        custom = client.metrics.custom
        trial = custom.validate(formula=FORMULA, test_period={"start": date(2025, 1, 1), "end": "2025-01-15"})
        assert trial.valid and trial.test_result is not None
        assert set(trial.test_result.inputs_resolved) == {"$cost", "$sessions"}
        wrong = custom.validate(formula={**FORMULA, "expression": "$cost / $nothing"})
        assert not wrong.valid and wrong.errors is not None and wrong.errors[0].code == "UNDEFINED_VARIABLE"

        made = custom.create(id="cm_sdk_cost", name="Cost per session", unit="usd", formula=FORMULA)
        assert made.formula.inputs[0].filters == {"agent_id": "support-bot"}
        assert custom.update("cm_sdk_cost", formula=made.formula, name="Renamed").name == "Renamed"
        found = custom.evaluate("cm_sdk_cost", start="2025-01-01", end="2025-01-15", granularity="day")
        assert (
            found.value == pytest.approx(0.75) and found.formula_breakdown["$cost"].metric_id == "cost.total"
        )
        assert found.data is not None and len(found.data) == 14
        assert "cm_sdk_cost" in [each.id for each in custom.iterate(limit=1, is_active=True)]
        assert custom.get("cm_sdk_cost").formula.expression == FORMULA["expression"]
        assert custom.delete("cm_sdk_cost").deleted
        with pytest.raises(NotFoundError):
            custom.get("cm_sdk_cost")


def test_alert_rules_are_made_changed_and_taken_away(sdk_service: Service) -> None:
    with sdk_service.analytics() as client:
        made = [
            client.alerts.create(
                name=f"Costs {number}",
                metric_id="cost.total",
                condition={"operator": "gt", "threshold": 5, "duration": "1h"},
                actions=[{"type": "email", "target": "oncall@example.com"}],
                filters={"agent_id": "support-bot"},
            )
            for number in range(3)
        ]
        changed = client.alerts.update(made[0].id, condition={"threshold": 7}, is_enabled=False)
        assert (changed.condition.operator, changed.condition.threshold) == ("gt", 7)
        assert client.alerts.get(made[0].id).filters == {"agent_id": "support-bot"}
        assert client.alerts.rotate(made[0].id).signing_secret.startswith("whsec_")
        assert {each.id for each in made} <= {each.id for each in client.alerts.iterate(limit=1)}
        assert all(client.alerts.delete(each.id).deleted for each in made)


def test_an_asynchronous_client_has_the_same_operations(sdk_service: Service) -> None:
    async def ask() -> tuple[float | None, int]:
        async with AsyncAnalyticsClient(sdk_service.keys["a"], base_url=sdk_service.base_url) as client:
            value = await client.metrics.get("usage.requests.total", at="2026-11-02T13:00:00Z")
            listed = await client.metrics.custom.list()
            return value.value, listed.offset

    value, offset = asyncio.run(ask())
    assert value and offset == 0


def test_a_refusal_names_the_parameter(sdk_service: Service) -> None:
    with sdk_service.analytics() as client, pytest.raises(InvalidRequestError) as refused:
        client.metrics.series("cost.daily", start="2025-01-06", end="2025-01-01")
    assert (refused.value.code, refused.value.type) == ("INVALID_TIME_RANGE", "invalid_request_error")
    assert refused.value.param == "start"


def test_one_customer_s_key_sees_nothing_of_another(sdk_service: Service) -> None:
    with sdk_service.analytics("a") as client:
        with pytest.raises(NotFoundError):
            client.metrics.get("cost.total", customer_id="cust_b")
        assert "777" not in without_chance(str(client.dashboard.summary(period="90d")))
