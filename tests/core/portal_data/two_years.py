"""Two years of two customers, and what their portals show of them."""

from datetime import datetime, timedelta
from typing import Any

from core.custom_metrics import CustomMetricDefinition, Formula, FormulaInput, FormulaType
from core.periods import Period, named_period, zone
from core.portal_data.answer import CardData
from core.portal_data.portal import portal_data
from core.store.readers import Reader
from tests.builders import (
    NOON,
    Events,
    call,
    customer,
    evaluation,
    outcome,
    portal,
    session,
    tool_call,
)

BERLIN, KATHMANDU = zone("Europe/Berlin"), zone("Asia/Kathmandu")
RATIO = CustomMetricDefinition(
    "cm_cost_per_session",
    "Cost per session",
    Formula(
        FormulaType.ARITHMETIC,
        "$a / $b",
        (FormulaInput("$a", "cost.total"), FormulaInput("$b", "usage.sessions.total")),
    ),
    "usd",
)
DEFINITIONS = {RATIO.id: RATIO}


def two_years() -> Events:
    """Two customers, every few hours for the last weeks and for the same weeks a year before."""
    hours = [NOON - timedelta(hours=5 * n) for n in range(300)]
    hours += [at - timedelta(days=365) for at in hours[:100]]
    events = Events(
        customers=[
            customer(timezone="Europe/Berlin", locale="de-DE"),
            customer(customer_id="cust_b", name="Globex 777", timezone="Asia/Kathmandu"),
        ]
    )
    for number, at in enumerate(hours):
        _one_conversation(events, number, at)
    return events


def _one_conversation(events: Events, number: int, at: datetime) -> None:
    is_b = number % 3 == 0
    who = {"customer_id": "cust_b", "agent_id": "agent-777"} if is_b else {"agent_id": f"agent_{number % 2}"}
    name, model = f"ses_{number}", "model-777" if is_b else f"model-{number % 4}"
    outcomes: list[Any] = ["goal_met", "abandoned", None]
    is_met = outcomes[number % 3 if is_b else number % 7 // 3]
    events.sessions.append(
        session(
            **who,
            session_id=name,
            started_at=at,
            outcome=is_met,
            handoff=[True, False, False, None][number % 4],
            sentiment_start=-0.5,
            sentiment_end=(number % 5) / 5,
        )
    )
    events.llm_requests.append(
        call(
            **who,
            session_id=name,
            started_at=at,
            model=model,
            cost_usd=f"{1 + number % 7}.000000777" if is_b else f"0.{number % 9}1",
            latency_ms=777.0 if is_b else 100.0 + number % 50,
        )
    )
    events.tool_calls.append(
        tool_call(**who, session_id=name, started_at=at, status="error" if number % 6 == 1 else "ok")
    )
    events.evaluations.append(evaluation(**who, session_id=name, evaluated_at=at, passed=number % 8 != 1))
    events.outcomes.append(
        outcome(**who, occurred_at=at, **({"name": "hours_777", "unit": "hours"} if is_b else {}))
    )


def month(tz: Any = BERLIN) -> Period:
    """The last 30 days."""
    return named_period("30d", NOON, tz)


def shown(reader: Reader, *cards: Any, period: Period | None = None, **more: Any) -> tuple[CardData, ...]:
    return portal_data(reader, portal(*cards), period or month(), DEFINITIONS, **more).cards
