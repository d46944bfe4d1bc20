"""The events contract as data: which tables, columns, types and bounds a landing directory may hold.

Everything that reads or writes events (ingest, the OpenTelemetry reader, demo events, the reference page)
is driven by `TABLES`. How rows are checked against it lives in `pipeline.ingest`; what the numbers mean
lives in `core.catalogue`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Type(StrEnum):
    """What a value of a column is, whatever file format it arrives in."""

    TEXT = "text"
    INT = "int"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOL = "bool"
    TIME = "time"


class Reason(StrEnum):
    """Why a row, or a whole file, was not loaded. Shown to people as written."""

    BAD_JSON = "BAD_JSON"
    TOO_LONG = "TOO_LONG"
    MISSING_VALUE = "MISSING_VALUE"
    BAD_TYPE = "BAD_TYPE"
    BAD_TIME = "BAD_TIME"
    BAD_VALUE = "BAD_VALUE"
    NEGATIVE = "NEGATIVE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    CACHE_ABOVE_INPUT = "CACHE_ABOVE_INPUT"
    NO_CUSTOMER = "NO_CUSTOMER"
    CONFLICT = "CONFLICT"
    ERASED = "ERASED"


MAX_TEXT_CHARACTERS = 200
MAX_LINE_BYTES = 1024 * 1024
MAX_TOKENS = 1_000_000_000
MAX_LATENCY_MS = 86_400_000
MAX_COST_USD = Decimal(1_000_000)
MAX_COUNT = 1_000_000_000
# Twelve decimal places hold one token at a price of six decimals a million exactly.
MONEY_PLACES = 12


@dataclass(frozen=True)
class Column:
    """One column: `required` in every row, or `default` where it is left out; bounds are inclusive."""

    name: str
    type: Type
    description: str
    required: bool = False
    default: str | int | bool | Decimal | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | Decimal | None = None
    max_characters: int = MAX_TEXT_CHARACTERS


@dataclass(frozen=True)
class Table:
    """One table: its key is unique per `source_system`; `event_time` names the instant a row belongs to."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event_time: str | None = None

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the contract has none."""
        return next((c for c in self.columns if c.name == name), None) or _no_column(self.name, name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


def _no_column(table: str, name: str) -> Column:
    raise KeyError(f"the contract's table {table} has no column {name}")


def _text(name: str, description: str, **more: object) -> Column:
    return Column(name, Type.TEXT, description, **more)  # type: ignore[arg-type]


def _count(name: str, description: str, maximum: int = MAX_COUNT, **more: object) -> Column:
    return Column(name, Type.INT, description, minimum=0, maximum=maximum, **more)  # type: ignore[arg-type]


def _time(name: str, description: str, **more: object) -> Column:
    return Column(name, Type.TIME, description, **more)  # type: ignore[arg-type]


def _latency(name: str, description: str) -> Column:
    return Column(name, Type.NUMBER, description, minimum=0, maximum=MAX_LATENCY_MS)


def _cost(description: str) -> Column:
    return Column("cost_usd", Type.DECIMAL, description, minimum=0, maximum=MAX_COST_USD)


def _price(name: str, description: str, **more: object) -> Column:
    return Column(name, Type.DECIMAL, description, minimum=0, maximum=MAX_COST_USD, **more)  # type: ignore[arg-type]


_CUSTOMER = _text("customer_id", "Whose agent worked", required=True)
_AGENT = _text("agent_id", "Which agent worked", required=True)
_SESSION = _text("session_id", "The conversation or task it belongs to")
_EVERY_TABLE = (
    _text("source_system", "Where the row comes from; keys are unique within it", default="native"),
    _count("record_version", "A higher version of the same key replaces a lower one", default=0),
)


def _table(
    name: str, description: str, key: tuple[str, ...], *columns: Column, event_time: str | None = None
) -> Table:
    return Table(name, description, key, (*columns, *_EVERY_TABLE), event_time)


LLM_REQUESTS = _table(
    "llm_requests",
    "One model call attempt",
    ("request_id",),
    _text("request_id", "Names the call", required=True),
    _time("started_at", "When the call was sent", required=True),
    _CUSTOMER,
    _AGENT,
    _SESSION,
    _text("operation", "chat, text_completion, embeddings, …", default="chat"),
    _text("provider", "openai, anthropic, … as OpenTelemetry names them"),
    _text("model", "The model that answered, else the one asked for", required=True),
    _text(
        "status",
        "How the call ended",
        required=True,
        choices=("ok", "error", "blocked", "cancelled", "unknown"),
    ),
    _text("error_type", "What kind of error"),
    _count("input_tokens", "Tokens read, cached ones included; required when status is ok", MAX_TOKENS),
    _count("cache_read_tokens", "Part of input_tokens read from the cache", MAX_TOKENS, default=0),
    _count("cache_write_tokens", "Part of input_tokens written to the cache", MAX_TOKENS, default=0),
    _count("output_tokens", "Tokens written, reasoning included; required when status is ok", MAX_TOKENS),
    _count("reasoning_tokens", "Part of output_tokens", MAX_TOKENS),
    _latency("latency_ms", "From sending to the last byte"),
    _latency("time_to_first_token_ms", "From sending to the first token"),
    _cost("What the source says it cost; left out, it is priced here"),
    event_time="started_at",
)

SESSIONS = _table(
    "sessions",
    "One conversation or task; partial rows of one session are merged",
    ("session_id",),
    _text("session_id", "Names the session", required=True),
    _CUSTOMER,
    # Required after the merge, not in each row.
    _text("agent_id", "Which agent worked"),
    _time("started_at", "When the session began"),
    _time("ended_at", "When it ended"),
    _text(
        "outcome", "What came of it; null is not observed", choices=("goal_met", "goal_not_met", "abandoned")
    ),
    Column("handoff", Type.BOOL, "A human took over; null is not observed"),
    _text("handoff_reason", "Why a human took over"),
    _text("channel", "chat, voice, mail, …"),
    _text("intent", "What the user wanted"),
    _count("user_turns", "Messages of the user"),
    _count("agent_steps", "Steps of the agent"),
    Column("sentiment_start", Type.NUMBER, "−1 to 1 at the beginning", minimum=-1, maximum=1),
    Column("sentiment_end", Type.NUMBER, "−1 to 1 at the end", minimum=-1, maximum=1),
    # Defaults to false after the merge: a partial row that does not say must not overrule one that does.
    Column("is_test", Type.BOOL, "Test sessions, and the rows in them, are in no metric"),
    event_time="started_at",
)

TOOL_CALLS = _table(
    "tool_calls",
    "One call of a tool",
    ("tool_call_id",),
    _text("tool_call_id", "Names the call", required=True),
    _time("started_at", "When the call was made", required=True),
    _CUSTOMER,
    _AGENT,
    _SESSION,
    _text("request_id", "The model call that asked for it"),
    _text("tool_name", "Which tool", required=True),
    _text("args_hash", "SHA-256 of the canonical JSON arguments"),
    _text("status", "How the call ended", required=True, choices=("ok", "error", "timeout", "unknown")),
    _text("error_type", "What kind of error"),
    _latency("latency_ms", "How long it took"),
    _cost("What it cost"),
    event_time="started_at",
)

EVALUATIONS = _table(
    "evaluations",
    "One judgement of an answer or a session",
    ("evaluation_id",),
    _text("evaluation_id", "Names the evaluation", required=True),
    _time("evaluated_at", "When it was judged", required=True),
    _CUSTOMER,
    _AGENT,
    _SESSION,
    _text("request_id", "The model call that was judged"),
    _text("name", "What was judged: hallucination, groundedness, faithfulness, …", required=True),
    Column("score", Type.NUMBER, "The judge's number"),
    _text("label", "The judge's word"),
    Column("passed", Type.BOOL, "The judge's verdict"),
    _text("evaluator_type", "Who judged", choices=("human", "llm", "code")),
    _text("evaluator", "Which judge"),
    event_time="evaluated_at",
)

OUTCOMES = _table(
    "outcomes",
    "One business result; a refund is its own negative row",
    ("outcome_id",),
    _text("outcome_id", "Names the outcome", required=True),
    _time("occurred_at", "When it happened", required=True),
    _CUSTOMER,
    _text("agent_id", "Which agent it is credited to"),
    _SESSION,
    _text("name", "revenue_attributed, hours_saved, …; becomes the metric custom.<name>", required=True),
    Column("value", Type.DECIMAL, "The amount", required=True),
    _text("unit", "usd, hours, …", required=True),
    Column("attribution_weight", Type.DECIMAL, "Which part is credited to the agent", default=1),
    event_time="occurred_at",
)

BUDGETS = _table(
    "budgets",
    "What may be spent in a period",
    ("budget_id",),
    _text("budget_id", "Names the budget", required=True),
    _text("scope", "Whose spending it bounds", required=True, choices=("global", "customer", "agent")),
    _text("scope_id", "Which customer or agent"),
    _text(
        "period",
        "How often it starts anew; once runs from valid_from to valid_to",
        required=True,
        choices=("daily", "weekly", "monthly", "quarterly", "once"),
    ),
    _price("limit_usd", "The limit", required=True),
    _time("valid_from", "From when", required=True),
    _time("valid_to", "Until when"),
)

PRICES = _table(
    "prices",
    "Contract prices; they win over the price list",
    ("provider", "model", "valid_from", "customer_id", "tier_from_tokens"),
    _text("provider", "As in llm_requests", required=True),
    _text("model", "As in llm_requests", required=True),
    _time("valid_from", "From when", required=True),
    _text("customer_id", "For whom; null is everybody"),
    _time("valid_to", "Until when"),
    _count("tier_from_tokens", "Holds from this many input tokens a call", MAX_TOKENS, default=0),
    _price("input_usd_per_million", "Fresh input", required=True),
    _price("output_usd_per_million", "Output", required=True),
    _price("cache_read_usd_per_million", "Input read from the cache; null costs as input"),
    _price("cache_write_usd_per_million", "Input written to the cache; null costs as input"),
)

BASELINES = _table(
    "baselines",
    "How it was before the agent",
    ("baseline_id",),
    _text("baseline_id", "Names the baseline", required=True),
    _CUSTOMER,
    _text("metric_id", "Which metric", required=True),
    _text("label", "What to call it", required=True),
    Column("value", Type.DECIMAL, "The value before", required=True),
    _text("source", "Where it comes from", required=True, choices=("manual", "historical")),
    _time("valid_from", "From when"),
)

CUSTOMERS = _table(
    "customers",
    "What is known of a customer",
    ("customer_id",),
    _text("customer_id", "Names the customer", required=True),
    _text("name", "As people write it", required=True),
    _text("timezone", "IANA zone", default="UTC"),
    _text("locale", "As BCP 47 writes it", default="en-US"),
    _text("plan", "The customer's plan"),
)

AGENTS = _table(
    "agents",
    "What is known of an agent",
    ("agent_id",),
    _text("agent_id", "Names the agent", required=True),
    _text("name", "As people write it", required=True),
    _text("version", "Which version"),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        LLM_REQUESTS,
        SESSIONS,
        TOOL_CALLS,
        EVALUATIONS,
        OUTCOMES,
        BUDGETS,
        PRICES,
        BASELINES,
        CUSTOMERS,
        AGENTS,
    )
}
# The folder of OpenTelemetry files; its spans and log events become rows of the tables above.
OTLP_FOLDER = "otlp"
