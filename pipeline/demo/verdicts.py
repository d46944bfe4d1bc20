"""What is said about a session afterwards: judgements of its answers, and what it earned or saved.

Rows after the end of the history do not exist yet.
"""

from random import Random

from pipeline.demo import instants
from pipeline.demo.run import Row
from pipeline.demo.sessions import Session

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_JUDGED_SHARE = 0.22
_REVIEWED_SHARE = 0.03
_REFUNDED_SHARE = 0.05
_SHARED_CREDIT_SHARE = 0.12
_JUDGE = "claude-haiku-4-5"


def evaluations(session: Session, rng: Random) -> list[Row]:
    """A model judges some sessions within the hour, a person fewer of them a day or two later."""
    found: list[Row] = []
    if session.ended_ms is None or session.is_test:
        return found
    if rng.random() < _JUDGED_SHARE:
        at_ms = session.ended_ms + rng.randrange(_MINUTE_MS, _HOUR_MS)
        found += [*_grounding(session, at_ms, rng), _goal(session, at_ms, "llm", _JUDGE, rng)]
    if rng.random() < _REVIEWED_SHARE:
        at_ms = session.ended_ms + rng.randrange(8 * _HOUR_MS, 2 * _DAY_MS)
        found.append(_goal(session, at_ms, "human", f"reviewer-{rng.randint(1, 4)}", rng))
    return [row for row in found if str(row["evaluated_at"]) < instants.text(session.scene.end_ms)]


def outcomes(session: Session, rng: Random) -> list[Row]:
    """Hours saved and revenue of sessions that met their goal; a refund follows as its own negative row."""
    if session.ended_ms is None or session.is_test or not session.met_goal:
        return []
    kind, found = session.scene.agent.kind, []
    if kind.hours_saved:
        hours = round(kind.hours_saved * rng.lognormvariate(0, 0.4), 2)
        found.append(_outcome(session, "hours", "hours_saved", hours, "hours", session.ended_ms))
    if kind.order_value_usd is not None and rng.random() < 0.42:
        found += _order(session, kind.order_value_usd, rng)
    return [row for row in found if str(row["occurred_at"]) < instants.text(session.scene.end_ms)]


def _grounding(session: Session, at_ms: int, rng: Random) -> list[Row]:
    """Hallucination (low is good) of the last answer, and how well the answer is grounded (high is good)."""
    failed = rng.random() < session.scene.conditions.ungrounded_rate
    strayed = rng.uniform(0.55, 0.98) if failed else rng.uniform(0.01, 0.35)
    grounded = rng.uniform(0.1, 0.48) if failed else rng.uniform(0.62, 0.99)
    hallucination = _evaluation(session, at_ms, "hallucination", strayed, "llm", _JUDGE)
    hallucination |= {"label": str(failed).lower(), "passed": not failed, "request_id": _last_answer(session)}
    # Some judges give a number and leave the verdict to whoever reads it.
    groundedness = _evaluation(session, at_ms + 900, "groundedness", grounded, "llm", _JUDGE)
    groundedness |= {"request_id": _last_answer(session)}
    return [hallucination, groundedness]


def _goal(session: Session, at_ms: int, evaluator_type: str, evaluator: str, rng: Random) -> Row:
    agrees = rng.random() < (0.97 if evaluator_type == "human" else 0.9)
    passed = session.met_goal == agrees
    score = rng.uniform(0.6, 1.0) if passed else rng.uniform(0.0, 0.4)
    row = _evaluation(session, at_ms + 1_800, "goal_completion", score, evaluator_type, evaluator)
    return row | {"label": "pass" if passed else "fail", "passed": passed}


def _evaluation(
    session: Session, at_ms: int, name: str, score: float, evaluator_type: str, evaluator: str
) -> Row:
    return {
        "evaluation_id": f"{session.scene.session_id}-{name}-{evaluator_type}",
        "evaluated_at": instants.text(at_ms),
        "customer_id": session.scene.customer.customer_id,
        "agent_id": session.scene.agent.agent_id,
        "session_id": session.scene.session_id,
        "name": name,
        "score": round(score, 3),
        "evaluator_type": evaluator_type,
        "evaluator": evaluator,
    }


def _last_answer(session: Session) -> str | None:
    answers = (
        row for row in reversed(session.requests) if row["operation"] == "chat" and row["status"] == "ok"
    )
    return next((str(row["request_id"]) for row in answers), None)


def _order(session: Session, typical_usd: float, rng: Random) -> list[Row]:
    assert session.ended_ms is not None
    value = round(typical_usd * rng.lognormvariate(0, 0.6), 2)
    weight = 0.5 if rng.random() < _SHARED_CREDIT_SHARE else 1
    at_ms = session.ended_ms + rng.randrange(_MINUTE_MS, 3 * _HOUR_MS)
    order = _outcome(session, "order", "revenue_attributed", value, "usd", at_ms)
    found = [order | {"attribution_weight": weight}]
    if rng.random() < _REFUNDED_SHARE:
        back_ms = at_ms + rng.randrange(2 * _DAY_MS, 9 * _DAY_MS)
        refund = _outcome(session, "refund", "revenue_attributed", -value, "usd", back_ms)
        found.append(refund | {"attribution_weight": weight})
    return found


def _outcome(session: Session, what: str, name: str, value: float, unit: str, at_ms: int) -> Row:
    return {
        "outcome_id": f"{session.scene.session_id}-{what}",
        "occurred_at": instants.text(at_ms),
        "customer_id": session.scene.customer.customer_id,
        "agent_id": session.scene.agent.agent_id,
        "session_id": session.scene.session_id,
        "name": name,
        # Two decimals: written with exactly these digits.
        "value": value,
        "unit": unit,
    }
