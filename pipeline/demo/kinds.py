"""What kinds of work the demo's agents do: their intents, tools and the shape of a session.

Which customer has which agents stands in `pipeline.demo.cast`.
"""

from dataclasses import dataclass, replace

from pipeline.demo.rhythm import CALLERS, DESKS, SHOPPERS, Hours


@dataclass(frozen=True)
class Intent:
    """What a user wants, how often, and how much easier (or harder, negative) than usual it is to meet."""

    name: str
    weight: float
    ease: float


@dataclass(frozen=True)
class Tool:
    """A tool with its one telling argument; `cost_nano_usd` is what its provider bills a call."""

    name: str
    argument: str
    latency_ms: float
    error_rate: float = 0.02
    cost_nano_usd: int | None = None


@dataclass(frozen=True)
class Kind:
    """The shape of a session; token counts and pauses are typical values that single sessions vary around.

    `prompt_spread`: how far the first context varies; 0 is one prompt for all sessions.
    No `handoff_reasons`: nobody could take over, so hand-over is not observed. `order_value_usd` is a typical
    order of an agent that sells, `hours_saved` what meeting the goal spares a person.
    """

    name: str
    hours: Hours
    intents: tuple[Intent, ...]
    tools: tuple[Tool, ...]
    turns: float
    tools_per_turn: float
    prompt_tokens: int
    user_tokens: int
    answer_tokens: int
    result_tokens: int
    pause_s: float
    prompt_spread: float = 0.0
    handoff_reasons: tuple[str, ...] = ()
    has_user: bool = True
    order_value_usd: float | None = None
    hours_saved: float = 0.0


KNOWLEDGE = Tool("search_knowledge_base", "query", 340, 0.008)

RETAIL_SUPPORT = Kind(
    "support",
    SHOPPERS,
    (
        Intent("order_status", 0.30, 0.10),
        Intent("return_or_refund", 0.22, -0.06),
        Intent("product_question", 0.20, 0.05),
        Intent("delivery_change", 0.14, 0.0),
        Intent("billing_question", 0.08, -0.04),
        Intent("complaint", 0.06, -0.25),
    ),
    (KNOWLEDGE, Tool("get_order", "order_id", 210), Tool("create_return", "order_id", 620, 0.035)),
    turns=2.1,
    tools_per_turn=0.62,
    prompt_tokens=2_600,
    user_tokens=55,
    answer_tokens=190,
    result_tokens=420,
    pause_s=38,
    handoff_reasons=("asked_for_human", "policy_exception", "low_confidence", "tool_failure"),
    hours_saved=0.12,
)
INSURANCE_SUPPORT = replace(
    RETAIL_SUPPORT,
    hours=CALLERS,
    intents=(
        Intent("claim_status", 0.34, 0.08),
        Intent("coverage_question", 0.26, 0.03),
        Intent("change_of_address", 0.16, 0.12),
        Intent("premium_question", 0.14, -0.05),
        Intent("cancellation", 0.10, -0.22),
    ),
    tools=(KNOWLEDGE, Tool("get_policy", "policy_number", 380), Tool("get_claim", "claim_number", 450, 0.03)),
    prompt_tokens=3_400,
    handoff_reasons=("asked_for_human", "identity_check", "policy_exception", "low_confidence"),
    hours_saved=0.16,
)
TELECOM_SUPPORT = replace(
    RETAIL_SUPPORT,
    intents=(
        Intent("plan_question", 0.28, 0.06),
        Intent("data_usage", 0.22, 0.10),
        Intent("network_fault", 0.20, -0.14),
        Intent("invoice_question", 0.18, 0.0),
        Intent("number_transfer", 0.12, -0.08),
    ),
    tools=(KNOWLEDGE, Tool("get_contract", "line_id", 260), Tool("run_line_test", "line_id", 2_400, 0.05)),
    handoff_reasons=("asked_for_human", "field_engineer_needed", "low_confidence", "tool_failure"),
    hours_saved=0.14,
)
PAYMENTS_SUPPORT = replace(
    RETAIL_SUPPORT,
    intents=(
        Intent("payment_failed", 0.36, -0.02),
        Intent("refund_status", 0.26, 0.07),
        Intent("verification", 0.20, -0.06),
        Intent("limits_and_fees", 0.18, 0.10),
    ),
    tools=(KNOWLEDGE, Tool("get_payment", "payment_id", 180), Tool("check_kyc", "customer_ref", 900, 0.04)),
    handoff_reasons=("asked_for_human", "fraud_suspected", "identity_check", "low_confidence"),
)
TRAVEL_SUPPORT = replace(
    RETAIL_SUPPORT,
    intents=(
        Intent("permit_question", 0.30, 0.08),
        Intent("booking_change", 0.30, -0.04),
        Intent("weather_and_route", 0.24, 0.08),
        Intent("insurance_question", 0.16, -0.08),
    ),
    tools=(KNOWLEDGE, Tool("get_booking", "booking_id", 300), Tool("get_forecast", "place", 520, 0.03)),
    handoff_reasons=("asked_for_human", "guide_needed", "policy_exception"),
)
SALES = Kind(
    "sales",
    SHOPPERS,
    (
        Intent("product_advice", 0.42, 0.02),
        Intent("availability", 0.26, 0.05),
        Intent("quote", 0.20, -0.06),
        Intent("upgrade", 0.12, -0.04),
    ),
    (
        Tool("search_catalogue", "query", 260),
        Tool("check_stock", "sku", 140),
        Tool("create_cart", "sku", 480),
    ),
    turns=2.6,
    tools_per_turn=0.55,
    prompt_tokens=1_900,
    user_tokens=45,
    answer_tokens=160,
    result_tokens=520,
    pause_s=45,
    handoff_reasons=("asked_for_human", "large_order", "low_confidence"),
    order_value_usd=68.0,
)
CODING = Kind(
    "coding",
    DESKS,
    (
        Intent("fix_bug", 0.36, 0.0),
        Intent("add_feature", 0.28, -0.08),
        Intent("write_tests", 0.20, 0.08),
        Intent("explain_code", 0.16, 0.12),
    ),
    (
        Tool("read_file", "path", 12, 0.01),
        Tool("search_code", "pattern", 85, 0.01),
        Tool("edit_file", "path", 18, 0.03),
        Tool("run_tests", "target", 14_000, 0.12),
        Tool("web_search", "query", 900, 0.02, 10_000_000),
    ),
    turns=3.0,
    tools_per_turn=6.5,
    prompt_tokens=11_000,
    user_tokens=140,
    answer_tokens=330,
    result_tokens=2_300,
    pause_s=150,
    prompt_spread=0.8,
    hours_saved=0.9,
)
BACK_OFFICE = Kind(
    "back_office",
    DESKS,
    (
        Intent("read_invoice", 0.44, 0.08),
        Intent("match_payment", 0.32, 0.0),
        Intent("triage_document", 0.24, 0.04),
    ),
    (
        Tool("extract_fields", "document_id", 1_300, 0.03),
        Tool("find_ledger_entry", "reference", 240, 0.02),
        Tool("post_entry", "reference", 410, 0.04),
    ),
    turns=1.0,
    tools_per_turn=2.6,
    prompt_tokens=3_100,
    user_tokens=1_400,
    answer_tokens=120,
    result_tokens=380,
    pause_s=1,
    handoff_reasons=("amount_above_limit", "low_confidence", "unknown_supplier"),
    has_user=False,
    hours_saved=0.25,
)
