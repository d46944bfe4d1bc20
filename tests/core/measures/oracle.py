"""Every metric in plain Python, straight from its definition and from the events; slow and obvious.

Shares nothing with the engine or the builders but the shape of an event.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.builders import Events, Row

# USD per million tokens: input, output, cache read, cache write.
PRICES = {"model-1": (Decimal(3), Decimal(15), Decimal("0.3"), Decimal("3.75"))}


class Oracle:
    """The rows in [start, end) of one customer (None: of all) that meet the conditions."""

    def __init__(
        self,
        events: Events,
        start: datetime,
        end: datetime,
        customer: str | None = None,
        **conditions: str | None,
    ) -> None:
        self.events, self.start, self.end = events, start, end
        self.conditions = {k: v for k, v in {"customer_id": customer, **conditions}.items() if v is not None}
        self.tests = {(s["customer_id"], s["session_id"]) for s in events.sessions if s["is_test"]}

    def _rows(self, rows: Iterable[Row], time: str) -> list[Row]:
        return [
            row
            for row in rows
            if self.start <= row[time] < self.end
            and (row["customer_id"], row["session_id"]) not in self.tests
            and all((row.get(name) or "(none)") == value for name, value in self.conditions.items())
        ]

    @property
    def calls(self) -> list[Row]:
        return self._rows(self.events.llm_requests, "started_at")

    @property
    def sessions(self) -> list[Row]:
        return self._rows(self.events.sessions, "started_at")

    @property
    def tools(self) -> list[Row]:
        return self._rows(self.events.tool_calls, "started_at")

    @property
    def evaluations(self) -> list[Row]:
        return self._rows(self.events.evaluations, "evaluated_at")

    def outcomes(self, name: str) -> list[Row]:
        return [row for row in self._rows(self.events.outcomes, "occurred_at") if row["name"] == name]

    def rows_of(self, metric_id: str) -> list[Row]:
        """The rows that make a group of this metric exist."""
        if metric_id == "cost.per_completion":
            return self.calls + self.sessions
        if metric_id.startswith("custom."):
            return self.outcomes(metric_id.removeprefix("custom."))
        if metric_id.startswith(("cost.", "usage.requests", "usage.tokens", "perf.")):
            return self.calls
        if metric_id == "quality.tool_success_rate":
            return self.tools
        return self.evaluations if metric_id == "quality.hallucination_rate" else self.sessions

    def value(self, metric_id: str) -> Any:
        if metric_id.startswith("custom."):
            return sum(weighted(self.outcomes(metric_id.removeprefix("custom."))), Decimal(0))
        return VALUES[metric_id](self)

    def row_values(self, metric_id: str) -> list[Any] | None:
        """What every row contributes, None where rows have no value."""
        if metric_id.startswith("custom."):
            return weighted(self.outcomes(metric_id.removeprefix("custom.")))
        find = ROW_VALUES.get(metric_id)
        return find(self) if find else None


def cost_of(call: Row) -> Any:
    if call["cost_usd"] is not None:
        return Decimal(call["cost_usd"])
    if call["model"] not in PRICES or call["input_tokens"] is None or call["output_tokens"] is None:
        return None
    fresh, output, read, write = PRICES[call["model"]]
    reads, writes = call["cache_read_tokens"], call["cache_write_tokens"]
    rest = call["input_tokens"] - reads - writes
    return (rest * fresh + reads * read + writes * write + call["output_tokens"] * output) / 1_000_000


def savings_of(call: Row) -> Any:
    if call["model"] not in PRICES:
        return None
    fresh, _, read, write = PRICES[call["model"]]
    return (
        call["cache_read_tokens"] * (fresh - read) - call["cache_write_tokens"] * (write - fresh)
    ) / Decimal(1_000_000)


def observed(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def money(oracle: Oracle, of: Callable[[Row], Any]) -> Decimal | None:
    known = observed(map(of, oracle.calls))
    return None if oracle.calls and not known else sum(known, Decimal(0))


def cost(oracle: Oracle) -> Decimal | None:
    return money(oracle, cost_of)


def weighted(outcomes: Iterable[Row]) -> list[Any]:
    return [Decimal(row["value"]) * Decimal(row["attribution_weight"]) for row in outcomes]


def percent(yes: Iterable[bool]) -> float | None:
    answers = list(yes)
    return 100 * sum(answers) / len(answers) if answers else None


def mean(values: list[Any]) -> Any:
    return sum(values) / len(values) if values else None


def quantile(values: list[Any], q: float) -> float | None:
    """Linear interpolation between the two nearest ranks."""
    ordered = sorted(float(v) for v in values)
    if not ordered:
        return None
    position = (len(ordered) - 1) * q
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def met(oracle: Oracle) -> list[Row]:
    return [s for s in oracle.sessions if s["outcome"] == "goal_met"]


def per_completion(oracle: Oracle) -> Decimal | None:
    spent, completions = cost(oracle), len(met(oracle))
    return spent / completions if spent is not None and completions else None


def tokens(oracle: Oracle, *columns: str) -> int:
    return sum(sum(observed(call[column] for column in columns)) for call in oracle.calls)


def token_rows(oracle: Oracle, *columns: str) -> list[Any]:
    found = (observed(call[column] for column in columns) for call in oracle.calls)
    return [sum(values) for values in found if values]


def latencies(oracle: Oracle) -> list[Any]:
    return observed(call["latency_ms"] for call in oracle.calls if call["status"] == "ok")


def steps(oracle: Oracle) -> list[Any]:
    return observed(s["agent_steps"] if s["user_turns"] is None else s["user_turns"] for s in met(oracle))


def of_session(rows: Iterable[Row], session: Row) -> list[Row]:
    key = (session["customer_id"], session["session_id"])
    return [row for row in rows if (row["customer_id"], row["session_id"]) == key]


def corrected(oracle: Oracle) -> list[bool]:
    """For every session with an error: was there a success after the last one, and no human?"""
    answers = []
    for session in oracle.sessions:
        work = [
            (row["started_at"], row.get("request_id" if kind == "call" else "tool_call_id"), row["status"])
            for kind, rows in (("call", oracle.events.llm_requests), ("tool", oracle.events.tool_calls))
            for row in of_session(rows, session)
            if row["status"] == "ok"
            or row["status"] == "error"
            or (kind == "tool" and row["status"] == "timeout")
        ]
        statuses = [status for *_, status in sorted(work)]
        if any(status != "ok" for status in statuses):
            answers.append(statuses[-1] == "ok" and session["handoff"] is not True)
    return answers


def looped(oracle: Oracle) -> list[bool]:
    """For every session with an observed tool call: three equal ones in a row?"""
    answers = []
    for session in oracle.sessions:
        seen = [t for t in of_session(oracle.events.tool_calls, session) if t["args_hash"] is not None]
        seen.sort(key=lambda t: (t["started_at"], t["tool_call_id"]))
        if seen:
            length, longest, before = 0, 0, None
            for tool in seen:
                made = (tool["tool_name"], tool["args_hash"])
                length = length + 1 if made == before else 1
                longest, before = max(longest, length), made
            answers.append(longest >= 3)
    return answers


def ungrounded(oracle: Oracle) -> list[bool]:
    answers = []
    for row in oracle.evaluations:
        if row["name"] not in ("hallucination", "groundedness", "faithfulness"):
            continue
        label, score = (row["label"] or "").lower(), row["score"]
        if row["passed"] is not None:
            answers.append(not row["passed"])
        elif row["name"] != "hallucination" and score is not None:
            answers.append(score < 0.5)
        elif row["name"] == "hallucination" and (label in ("true", "false") or score is not None):
            answers.append(label == "true" or (score is not None and score >= 0.5))
    return answers


def moods(oracle: Oracle) -> list[Any]:
    return [
        (s["sentiment_end"] - s["sentiment_start"]) / 2
        for s in oracle.sessions
        if s["sentiment_end"] is not None and s["sentiment_start"] is not None
    ]


def resolved_alone(oracle: Oracle) -> list[bool]:
    return [
        s["outcome"] == "goal_met" and not s["handoff"]
        for s in oracle.sessions
        if s["outcome"] is not None and s["handoff"] is not None
    ]


VALUES: dict[str, Callable[[Oracle], Any]] = {
    "cost.total": cost,
    "cost.daily": cost,
    "cost.by_model": cost,
    "cost.by_agent": cost,
    "cost.per_completion": per_completion,
    "cost.cache_savings": lambda o: money(o, savings_of),
    "usage.requests.total": lambda o: len(o.calls),
    "usage.requests.daily": lambda o: len(o.calls),
    "usage.tokens.input": lambda o: tokens(o, "input_tokens"),
    "usage.tokens.output": lambda o: tokens(o, "output_tokens"),
    "usage.tokens.total": lambda o: tokens(o, "input_tokens", "output_tokens"),
    "usage.sessions.total": lambda o: len(o.sessions),
    "usage.completions.successful": lambda o: len(met(o)),
    "perf.latency.avg": lambda o: mean(latencies(o)),
    "perf.latency.p50": lambda o: quantile(latencies(o), 0.5),
    "perf.latency.p95": lambda o: quantile(latencies(o), 0.95),
    "perf.latency.p99": lambda o: quantile(latencies(o), 0.99),
    "perf.latency.distribution": lambda o: quantile(latencies(o), 0.5),
    "autonomy.intervention_rate": lambda o: percent(observed(s["handoff"] for s in o.sessions)),
    "autonomy.goal_completion_rate": lambda o: percent(
        s["outcome"] == "goal_met" for s in o.sessions if s["outcome"] is not None
    ),
    "autonomy.deflection_rate": lambda o: percent(resolved_alone(o)),
    "autonomy.steps_to_resolution": lambda o: mean(steps(o)),
    "autonomy.self_correction_rate": lambda o: percent(corrected(o)),
    "quality.tool_success_rate": lambda o: percent(
        t["status"] == "ok" for t in o.tools if t["status"] in ("ok", "error", "timeout")
    ),
    "quality.hallucination_rate": lambda o: percent(ungrounded(o)),
    "quality.loop_rate": lambda o: percent(looped(o)),
    "quality.sentiment_shift": lambda o: mean(moods(o)),
}
ROW_VALUES: dict[str, Callable[[Oracle], list[Any]]] = {
    **dict.fromkeys(
        ("cost.total", "cost.by_model", "cost.by_agent"), lambda o: observed(cost_of(c) for c in o.calls)
    ),
    "cost.cache_savings": lambda o: observed(savings_of(c) for c in o.calls),
    "usage.tokens.input": lambda o: token_rows(o, "input_tokens"),
    "usage.tokens.output": lambda o: token_rows(o, "output_tokens"),
    "usage.tokens.total": lambda o: token_rows(o, "input_tokens", "output_tokens"),
    **{f"perf.latency.{name}": latencies for name in ("avg", "p50", "p95", "p99", "distribution")},
    "autonomy.steps_to_resolution": steps,
    "quality.sentiment_shift": moods,
}
DENOMINATORS: dict[str, Callable[[Oracle], int]] = {
    "cost.per_completion": lambda o: len(met(o)),
    "autonomy.intervention_rate": lambda o: len(observed(s["handoff"] for s in o.sessions)),
    "autonomy.goal_completion_rate": lambda o: len(observed(s["outcome"] for s in o.sessions)),
    "autonomy.deflection_rate": lambda o: len(resolved_alone(o)),
    "autonomy.self_correction_rate": lambda o: len(corrected(o)),
    "quality.tool_success_rate": lambda o: sum(t["status"] in ("ok", "error", "timeout") for t in o.tools),
    "quality.hallucination_rate": lambda o: len(ungrounded(o)),
    "quality.loop_rate": lambda o: len(looped(o)),
}
STATISTICS: dict[str, Callable[[list[Any]], Any]] = {
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "avg": mean,
    "p50": lambda values: quantile(values, 0.5),
    "p95": lambda values: quantile(values, 0.95),
    "p99": lambda values: quantile(values, 0.99),
    "count": len,
}
