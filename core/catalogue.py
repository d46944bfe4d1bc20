# ruff: noqa: E501  (a metric is one line, however long)
"""The metric catalogue: what every metric is, one line each.

A metric is additive parts (columns of a fact, or of its hourly measure) and one division at the end.
Reading the parts and dividing them is `core.measures`; how the parts come to be is dbt's. Metrics named
`custom.<name>` exist where the data has outcomes of that name: `outcome_metric` describes them. Formulas
(`cm_…`) are not here but in `core.formula`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class MetricType(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    TIMESERIES = "timeseries"


class Aggregation(StrEnum):
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    COUNT = "count"
    RATE = "rate"


class Better(StrEnum):
    """Which direction is good news; colours follow it, never the sign."""

    HIGHER = "higher"
    LOWER = "lower"
    NEUTRAL = "neutral"


class Kind(StrEnum):
    """How the value comes out of the parts."""

    SUM = "sum"
    RATIO = "ratio"
    PERCENTILE = "percentile"
    BURN_RATE = "burn_rate"


ROW_AGGREGATIONS = tuple(Aggregation(a) for a in ("avg", "min", "max", "p50", "p95", "p99"))


# Compared by identity: there is one of each, and they are looked up for every number.
@dataclass(frozen=True, eq=False)
class Fact:
    """One published fact table and its hourly measure; `dimensions` may filter, `measured` those in both."""

    name: str
    table: str
    measure: str
    event_time: str
    measured: tuple[str, ...]
    dimensions: tuple[str, ...]


def _fact(name: str, event_time: str, measured: tuple[str, ...], *more: str) -> Fact:
    return Fact(name, f"fact_{name}", f"measure_{name}_hourly", event_time, measured, (*measured, *more))


_WHO = ("customer_id", "agent_id")
REQUESTS = _fact("llm_requests", "started_at", (*_WHO, "model"), "provider", "operation")
SESSIONS = _fact("sessions", "started_at", _WHO, "channel", "intent")
TOOL_CALLS = _fact("tool_calls", "started_at", _WHO, "tool_name")
EVALUATIONS = _fact("evaluations", "evaluated_at", _WHO)
OUTCOMES = _fact("outcomes", "occurred_at", (*_WHO, "name"))
FACTS = (REQUESTS, SESSIONS, TOOL_CALLS, EVALUATIONS, OUTCOMES)
FILTERS = ("customer_id", "agent_id", "model", "provider", "operation", "channel", "intent", "tool_name")
GROUPS = ("agent_id", "model", "customer_id")


@dataclass(frozen=True)
class Metric:
    """One metric.

    `numerator` are summed parts of `fact`; `denominator` is a part of `denominator_fact`. `row_value` is
    the column that one row contributes, where that means something. Coverage is `observed` ÷ `total`.
    """

    id: str
    name: str
    type: MetricType
    unit: str
    description: str
    better: Better
    kind: Kind
    natural: Aggregation
    fact: Fact
    numerator: tuple[str, ...]
    observed: str
    total: str
    dimensions: tuple[str, ...]
    denominator: str | None = None
    denominator_fact: Fact | None = None
    row_value: str | None = None
    scale: int = 1
    own_dimension: str | None = None
    is_daily: bool = False
    is_distribution: bool = False

    # Metrics are looked up for every number, and an id is as good as all that is known of it.
    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def is_percent(self) -> bool:
        return self.unit == "percent"

    @property
    def is_proportion(self) -> bool:
        """Whether it is a count of some rows out of all of them, so that its noise is a proportion's."""
        return self.kind is Kind.RATIO and self.scale == 100

    @property
    def is_additive(self) -> bool:
        return self.kind is Kind.SUM

    @property
    def is_priced(self) -> bool:
        """Whether it needs prices: null when calls exist and none has one, and with an unpriced share."""
        return self.fact is REQUESTS and self.unit == "usd"

    @property
    def zero(self) -> Decimal | int:
        """What a counter says about nothing."""
        return Decimal(0) if self.is_priced or self.fact is OUTCOMES else 0

    @property
    def aggregations(self) -> tuple[Aggregation, ...]:
        """Which aggregations mean something, the natural one first."""
        rows = ROW_AGGREGATIONS if self.row_value or self.is_daily else ()
        own: dict[Kind, tuple[Aggregation, ...]] = {
            Kind.SUM: (Aggregation.SUM, *rows, Aggregation.COUNT, Aggregation.RATE),
            Kind.RATIO: (Aggregation.AVG, *rows, Aggregation.COUNT),
            Kind.PERCENTILE: (self.natural, *rows, Aggregation.COUNT),
            Kind.BURN_RATE: (Aggregation.AVG,),
        }
        return tuple(dict.fromkeys(own[self.kind]))


_C, _G, _H, _T = MetricType.COUNTER, MetricType.GAUGE, MetricType.HISTOGRAM, MetricType.TIMESERIES
_UP, _DOWN, _NEUTRAL = Better.HIGHER, Better.LOWER, Better.NEUTRAL
_COST = "A call that no price list knows counts without its cost; the share of such calls is shown."


def _sum(
    id: str, name: str, type: MetricType, unit: str, better: Better, description: str, fact: Fact,
    parts: tuple[str, ...], observed: str, total: str, row_value: str | None = None, own_dimension: str | None = None,
) -> Metric:  # fmt: skip
    return Metric(
        id, name, type, unit, description, better, Kind.SUM, Aggregation.SUM, fact, parts, observed, total,
        fact.dimensions, row_value=row_value, own_dimension=own_dimension, is_daily=id.endswith(".daily"),
    )  # fmt: skip


def _ratio(
    id: str, name: str, unit: str, better: Better, description: str, fact: Fact, numerator: str, denominator: str,
    total: str, row_value: str | None = None, observed: str | None = None, denominator_fact: Fact | None = None,
) -> Metric:  # fmt: skip
    return Metric(
        id, name, _G, unit, description, better, Kind.RATIO, Aggregation.AVG, fact, (numerator,),
        observed or denominator, total, _WHO if denominator_fact else fact.dimensions, denominator,
        denominator_fact or fact, row_value, scale=100 if unit == "percent" else 1,
    )  # fmt: skip


def _latency(id: str, name: str, type: MetricType, natural: Aggregation, description: str) -> Metric:
    return Metric(
        id, name, type, "ms", description, _DOWN, Kind.PERCENTILE, natural, REQUESTS, ("measured_latency_ms",),
        "latency_count", "ok_count", REQUESTS.dimensions, "latency_count", REQUESTS, "measured_latency_ms",
        is_distribution=type is _H,
    )  # fmt: skip


_BURN_RATE = Metric(
    "cost.burn_rate", "Budget Burn Rate", _G, "percent", "Current spend rate against the budget; 100 ends exactly on it",
    _DOWN, Kind.BURN_RATE, Aggregation.AVG, REQUESTS, ("cost_usd",), "priced_count", "request_count",
    REQUESTS.dimensions, scale=100,
)  # fmt: skip

# fmt: off
_METRICS = (
    _sum("cost.total", "Total Cost", _C, "usd", _DOWN, f"What all model calls cost. {_COST}", REQUESTS, ("cost_usd",), "priced_count", "request_count", "cost_usd"),
    _sum("cost.daily", "Daily Cost", _T, "usd", _DOWN, f"What model calls cost, day by day. {_COST}", REQUESTS, ("cost_usd",), "priced_count", "request_count", "cost_usd"),
    _sum("cost.by_model", "Cost by Model", _G, "usd", _DOWN, f"What model calls cost, per model. {_COST}", REQUESTS, ("cost_usd",), "priced_count", "request_count", "cost_usd", "model"),
    _sum("cost.by_agent", "Cost by Agent", _G, "usd", _DOWN, f"What model calls cost, per agent. {_COST}", REQUESTS, ("cost_usd",), "priced_count", "request_count", "cost_usd", "agent_id"),
    _ratio("cost.per_completion", "Cost per Completion", "usd", _DOWN, "Cost of all model calls for each session that met its goal", REQUESTS, "cost_usd", "goal_met_count", "request_count", observed="priced_count", denominator_fact=SESSIONS),
    _sum("cost.cache_savings", "Cache Savings", _C, "usd", _UP, "Money saved by reading input from the cache, less what writing it cost; can be negative", REQUESTS, ("cache_savings_usd",), "savings_count", "request_count", "cache_savings_usd"),
    _BURN_RATE,
    _sum("usage.requests.total", "Total Requests", _C, "count", _UP, "Model calls, errors and retries included", REQUESTS, ("request_count",), "request_count", "request_count"),
    _sum("usage.requests.daily", "Daily Requests", _T, "count", _UP, "Model calls day by day, errors and retries included", REQUESTS, ("request_count",), "request_count", "request_count"),
    _sum("usage.tokens.total", "Total Tokens", _C, "tokens", _NEUTRAL, "Tokens read and written", REQUESTS, ("input_tokens", "output_tokens"), "tokens_observed_count", "request_count", "total_tokens"),
    _sum("usage.tokens.input", "Input Tokens", _C, "tokens", _NEUTRAL, "Tokens read, cached ones included", REQUESTS, ("input_tokens",), "tokens_observed_count", "request_count", "input_tokens"),
    _sum("usage.tokens.output", "Output Tokens", _C, "tokens", _NEUTRAL, "Tokens written, reasoning included", REQUESTS, ("output_tokens",), "tokens_observed_count", "request_count", "output_tokens"),
    _sum("usage.sessions.total", "Total Sessions", _C, "count", _UP, "Conversations and tasks", SESSIONS, ("session_count",), "session_count", "session_count"),
    _sum("usage.completions.successful", "Successful Completions", _C, "count", _UP, "Sessions that met their goal", SESSIONS, ("goal_met_count",), "outcome_observed_count", "session_count"),
    _ratio("perf.latency.avg", "Average Latency", "ms", _DOWN, "Mean response time of successful model calls", REQUESTS, "measured_latency_ms", "latency_count", "ok_count", "measured_latency_ms"),
    _latency("perf.latency.p50", "Latency P50", _G, Aggregation.P50, "Half of the successful model calls answered within this time"),
    _latency("perf.latency.p95", "Latency P95", _G, Aggregation.P95, "95 of 100 successful model calls answered within this time"),
    _latency("perf.latency.p99", "Latency P99", _G, Aggregation.P99, "99 of 100 successful model calls answered within this time"),
    _latency("perf.latency.distribution", "Latency Distribution", _H, Aggregation.P50, "How the response times of successful model calls spread"),
    _ratio("autonomy.intervention_rate", "Intervention Rate", "percent", _DOWN, "Sessions that a human took over", SESSIONS, "handoff_count", "handoff_observed_count", "session_count"),
    _ratio("autonomy.goal_completion_rate", "Goal Completion Rate", "percent", _UP, "Sessions that met their goal", SESSIONS, "goal_met_count", "outcome_observed_count", "session_count"),
    _ratio("autonomy.deflection_rate", "Deflection Rate", "percent", _UP, "Sessions that met their goal without a human", SESSIONS, "deflected_count", "resolution_observed_count", "session_count"),
    _ratio("autonomy.steps_to_resolution", "Steps to Resolution", "count", _DOWN, "Turns, else agent steps, of a session that met its goal", SESSIONS, "steps_count", "steps_observed_count", "goal_met_count", "steps_count"),
    _ratio("autonomy.self_correction_rate", "Self-Correction Rate", "percent", _UP, "Sessions with an error that the agent got over without a human", SESSIONS, "self_corrected_count", "error_count", "session_count"),
    _ratio("quality.tool_success_rate", "Tool Usage Success Rate", "percent", _UP, "Tool calls that worked", TOOL_CALLS, "tool_ok_count", "tool_judged_count", "tool_call_count"),
    _ratio("quality.hallucination_rate", "Hallucination Rate", "percent", _DOWN, "Judged answers that were not grounded", EVALUATIONS, "grounding_failed_count", "grounding_judged_count", "grounding_count"),
    _ratio("quality.loop_rate", "Loop Rate", "percent", _DOWN, "Sessions that repeated the same tool call again and again", SESSIONS, "loop_count", "args_observed_count", "session_count"),
    _ratio("quality.sentiment_shift", "Sentiment Shift", "score", _UP, "How the user's mood changed, from -1 to 1", SESSIONS, "sentiment_shift", "sentiment_observed_count", "session_count", "sentiment_shift"),
)
# fmt: on

CATALOGUE: dict[str, Metric] = {metric.id: metric for metric in _METRICS}
OUTCOME_PREFIX = "custom."


def outcome_metric(name: str, unit: str) -> Metric:
    """The metric of the outcomes called `name`, in the unit their rows carry."""
    words = name.replace("_", " ").strip()
    return Metric(
        OUTCOME_PREFIX + name, words[:1].upper() + words[1:], _C, unit, f"Business results recorded as {name}", _UP,
        Kind.SUM, Aggregation.SUM, OUTCOMES, ("weighted_value",), "outcome_count", "outcome_count", _WHO,
        row_value="weighted_value",
    )  # fmt: skip
