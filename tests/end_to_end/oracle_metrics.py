"""Every metric in ordinary Python, straight from its definition, over rows that were chosen by `oracle`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.end_to_end.oracle_contract import Row

GROUNDING = ("hallucination", "groundedness", "faithfulness")


@dataclass(frozen=True)
class Figures:
    """A value and what it was made of; of `total` rows `observed` could say something about it."""

    value: Any
    numerator: Any
    denominator: int | None
    observed: int
    total: int

    @property
    def coverage(self) -> float | None:
        return self.observed / self.total if self.total else None


class Asked:
    """Rows of one period that meet some conditions, and the metrics of them."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.calls, self.sessions, self.tools = rows["llm_requests"], rows["sessions"], rows["tool_calls"]
        self.evaluations, self.outcomes = rows["evaluations"], rows["outcomes"]

    def figures(self, metric_id: str) -> Figures:
        if metric_id.startswith("custom."):
            found = [r for r in self.outcomes if r["name"] == metric_id.removeprefix("custom.")]
            total = sum((r["value"] * r["attribution_weight"] for r in found), Decimal(0))
            return Figures(total, total, None, len(found), len(found))
        return METRICS[metric_id](self)

    def priced(self, part: str) -> Figures:
        known = observed(call[part] for call in self.calls)
        total = None if self.calls and not known else sum(known, Decimal(0))
        return Figures(total, total, None, len(known), len(self.calls))

    @property
    def latencies(self) -> list[float]:
        return observed(call["latency_ms"] for call in self.calls if call["status"] == "ok")

    @property
    def met(self) -> list[Row]:
        return [s for s in self.sessions if s["outcome"] == "goal_met"]


def observed(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def counted(count: int, seen: int, total: int) -> Figures:
    return Figures(count, count, None, seen, total)


def percent(answers: Iterable[bool | None], total: int) -> Figures:
    judged = observed(answers)
    value = 100 * sum(judged) / len(judged) if judged else None
    return Figures(value, sum(judged), len(judged), len(judged), total)


def mean(values: list[Any], total: int) -> Figures:
    return Figures(
        sum(values) / len(values) if values else None, sum(values), len(values), len(values), total
    )


def quantile(values: Iterable[Any], share: float) -> Any:
    """The percentile, interpolated linearly between the two ranks next to it."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def latency(share: float) -> Callable[[Asked], Figures]:
    def figures(asked: Asked) -> Figures:
        found, total = asked.latencies, len([c for c in asked.calls if c["status"] == "ok"])
        return Figures(quantile(found, share), sum(found), len(found), len(found), total)

    return figures


def tokens(*names: str) -> Callable[[Asked], Figures]:
    def figures(asked: Asked) -> Figures:
        total = sum(observed(call[name] for call in asked.calls for name in names))
        seen = [c for c in asked.calls if None not in (c["input_tokens"], c["output_tokens"])]
        return counted(total, len(seen), len(asked.calls))

    return figures


def per_completion(asked: Asked) -> Figures:
    cost, completions = asked.priced("cost"), len(asked.met)
    value = cost.value / completions if completions and cost.value is not None else None
    return Figures(value, cost.value, completions, cost.observed, cost.total)


def is_goal_met(session: Row) -> bool | None:
    return None if session["outcome"] is None else session["outcome"] == "goal_met"


def is_deflected(session: Row) -> bool | None:
    if session["outcome"] is None or session["handoff"] is None:
        return None
    return session["outcome"] == "goal_met" and not session["handoff"]


def steps(session: Row) -> int | None:
    turns: int | None = session["user_turns"]
    return session["agent_steps"] if turns is None else turns


def has_worked(tool_call: Row) -> bool | None:
    return None if tool_call["status"] == "unknown" else tool_call["status"] == "ok"


def has_failed(evaluation: Row) -> bool | None:
    """Whether an answer was found not to be grounded; None where nobody said."""
    passed, label, score = (evaluation[name] for name in ("passed", "label", "score"))
    if passed is not None:
        return not passed
    if evaluation["name"] != "hallucination":
        return None if score is None else score < 0.5
    if label is None and score is None:
        return None
    return label == "true" or (score is not None and score >= 0.5)


def shift(session: Row) -> float | None:
    before, after = session["sentiment_start"], session["sentiment_end"]
    return None if before is None or after is None else (after - before) / 2


def grounding(asked: Asked) -> Figures:
    named = [row for row in asked.evaluations if row["name"] in GROUNDING]
    return percent(map(has_failed, named), len(named))


def calls(asked: Asked) -> Figures:
    return counted(len(asked.calls), len(asked.calls), len(asked.calls))


def completions(asked: Asked) -> Figures:
    seen = observed(s["outcome"] for s in asked.sessions)
    return counted(len(asked.met), len(seen), len(asked.sessions))


def of_sessions(judge: Callable[[Row], bool | None]) -> Callable[[Asked], Figures]:
    return lambda asked: percent(map(judge, asked.sessions), len(asked.sessions))


METRICS: dict[str, Callable[[Asked], Figures]] = {
    **{f"cost.{name}": lambda a: a.priced("cost") for name in ("total", "daily", "by_model", "by_agent")},
    "cost.per_completion": per_completion,
    "cost.cache_savings": lambda a: a.priced("savings"),
    "usage.requests.total": calls,
    "usage.requests.daily": calls,
    "usage.tokens.input": tokens("input_tokens"),
    "usage.tokens.output": tokens("output_tokens"),
    "usage.tokens.total": tokens("input_tokens", "output_tokens"),
    "usage.sessions.total": lambda a: counted(len(a.sessions), len(a.sessions), len(a.sessions)),
    "usage.completions.successful": completions,
    "perf.latency.avg": lambda a: mean(a.latencies, len([c for c in a.calls if c["status"] == "ok"])),
    "perf.latency.p50": latency(0.5),
    "perf.latency.p95": latency(0.95),
    "perf.latency.p99": latency(0.99),
    "perf.latency.distribution": latency(0.5),
    "autonomy.intervention_rate": of_sessions(lambda s: s["handoff"]),
    "autonomy.goal_completion_rate": of_sessions(is_goal_met),
    "autonomy.deflection_rate": of_sessions(is_deflected),
    "autonomy.steps_to_resolution": lambda a: mean(observed(map(steps, a.met)), len(a.met)),
    "autonomy.self_correction_rate": of_sessions(lambda s: s["corrected"]),
    "quality.tool_success_rate": lambda a: percent(map(has_worked, a.tools), len(a.tools)),
    "quality.hallucination_rate": grounding,
    "quality.loop_rate": of_sessions(lambda s: s["looped"]),
    "quality.sentiment_shift": lambda a: mean(observed(map(shift, a.sessions)), len(a.sessions)),
}
OF_CALLS = tuple(m for m in METRICS if m.startswith(("cost.", "usage.requests", "usage.tokens", "perf.")))
OF_SESSIONS = tuple(
    m
    for m in METRICS
    if m.startswith(("usage.sessions", "usage.completions", "autonomy."))
    or m in ("quality.loop_rate", "quality.sentiment_shift")
)
