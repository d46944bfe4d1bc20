"""The customers of the demo by name, in the order they appear; their agents and traits as data.

No behaviour. Customers beyond these come from `pipeline.demo.crowd`.
"""

from dataclasses import replace

from pipeline.demo import kinds, models
from pipeline.demo.conditions import EARLY, MATURE, STEADY, Course
from pipeline.demo.traits import Agent, Baseline, Budget, Customer

_CHAT = (("chat", 0.8), ("email", 0.2))
_IDE = (("ide", 1.0),)
_INBOX = (("email", 0.7), ("upload", 0.3))

NORTHWIND = Customer(
    "cust_northwind",
    "Northwind Outfitters",
    "America/New_York",
    "en-US",
    "enterprise",
    Course(EARLY, MATURE),
    (
        Agent(
            "northwind-support",
            "Nora",
            "3.4.0",
            kinds.RETAIL_SUPPORT,
            models.CLAUDE_SONNET_4,
            27,
            _CHAT,
            later_model=models.CLAUDE_SONNET_5,
            embeds=True,
        ),
        Agent(
            "northwind-sales",
            "Trail Guide",
            "1.9.2",
            kinds.SALES,
            models.GPT_MINI_4,
            16,
            (("chat", 0.7), ("whatsapp", 0.3)),
            reports_cost=True,
        ),
        Agent(
            "northwind-invoices",
            "Ledger",
            "1.1.0",
            kinds.BACK_OFFICE,
            models.GEMINI_FLASH,
            9,
            _INBOX,
        ),
    ),
    baselines=(
        Baseline("autonomy.deflection_rate", "Help desk, before Nora", "24.5", "manual"),
        Baseline("perf.latency.p95", "Old chat bot", "14200", "historical"),
        Baseline("cost.per_completion", "A ticket answered by hand", "6.40", "manual"),
    ),
    budget=Budget(times_pace=1.35),
    test_share=0.008,
)

HANSEAT = Customer(
    "cust_hanseat",
    "Hanseat Rückversicherung AG",
    "Europe/Berlin",
    "de-DE",
    "enterprise",
    Course(STEADY, replace(MATURE, volume=1.15), has_bad_week=True),
    (
        Agent(
            "hanseat-service",
            "Frau Jensen",
            "2.0.1",
            kinds.INSURANCE_SUPPORT,
            models.GPT_5,
            24,
            (("voice", 0.45), ("chat", 0.35), ("email", 0.2)),
            embeds=True,
        ),
        Agent(
            "hanseat-claims",
            "Schadenprüfer",
            "0.9.7",
            kinds.BACK_OFFICE,
            models.CLAUDE_HAIKU,
            17,
            _INBOX,
        ),
    ),
    # The telephone system does not tell what happened after the agent hung up.
    silent_channels=("voice",),
    baselines=(
        Baseline("autonomy.deflection_rate", "Hotline menu", "11", "historical"),
        Baseline("autonomy.goal_completion_rate", "Hotline menu", "38.2", "historical"),
    ),
    budget=Budget(times_pace=1.2),
)

HOSHIKAWA = Customer(
    "cust_hoshikawa",
    "星川モバイル株式会社",
    "Asia/Tokyo",
    "ja-JP",
    "growth",
    Course(EARLY, replace(MATURE, goal_rate=0.77, sentiment_lift=0.46, volume=1.5)),
    (
        Agent(
            "hoshikawa-support",
            "ホシ",
            "5.2.0",
            kinds.TELECOM_SUPPORT,
            models.GPT_MINI_5,
            30,
            (("line", 0.6), ("chat", 0.4)),
        ),
        Agent(
            "hoshikawa-sales",
            "プラン案内",
            "1.3.0",
            replace(kinds.SALES, order_value_usd=42.0),
            models.GEMINI_FLASH,
            9,
            (("line", 1.0),),
        ),
    ),
    baselines=(Baseline("autonomy.deflection_rate", "導入前のチャット", "31.5", "manual"),),
    test_share=0.004,
)

MALABAR = Customer(
    "cust_malabar",
    "Malabar Pay",
    "Asia/Kolkata",
    "en-GB",
    "enterprise",
    Course(STEADY, replace(MATURE, volume=1.45)),
    (
        Agent(
            "malabar-support",
            "Asha",
            "2.7.3",
            kinds.PAYMENTS_SUPPORT,
            models.CLAUDE_HAIKU,
            17,
            (("chat", 0.6), ("whatsapp", 0.4)),
        ),
        Agent(
            "malabar-coder",
            "Shipwright",
            "2026.8",
            kinds.CODING,
            models.CLAUDE_OPUS,
            4.6,
            _IDE,
            budget=Budget(spent_share=0.94),
        ),
        Agent(
            "malabar-reviewer",
            "Second Reader",
            "0.4.1",
            replace(kinds.CODING, prompt_tokens=62_000, turns=2.0),
            models.GEMINI_PRO,
            2.4,
            _IDE,
        ),
    ),
    discounts=(10, 18),
    baselines=(Baseline("quality.tool_success_rate", "First release", "88.4", "historical"),),
    budget=Budget(times_pace=1.1),
)

HIMAL = Customer(
    "cust_himal",
    "Himal Treks & Permits",
    "Asia/Kathmandu",
    "en-GB",
    "starter",
    Course(replace(STEADY, volume=0.9), replace(STEADY, volume=1.1)),
    (
        Agent(
            "himal-concierge",
            "Pema",
            "1.0.4",
            kinds.TRAVEL_SUPPORT,
            models.CLAUDE_HAIKU,
            8,
            (("whatsapp", 0.6), ("email", 0.4)),
        ),
        Agent(
            "himal-bookings",
            "Lobsang",
            "0.6.0",
            replace(kinds.SALES, order_value_usd=310.0),
            models.GPT_MINI_4,
            3,
            (("chat", 1.0),),
            reports_latency=False,
        ),
    ),
)

CLAIRVAL = Customer(
    "cust_clairval",
    "Atelier Clairval",
    "Europe/Paris",
    "fr-FR",
    "starter",
    Course(STEADY, MATURE),
    (
        Agent(
            "clairval-conseil",
            "Conseil Clairval",
            "1.2.0",
            replace(kinds.SALES, order_value_usd=145.0),
            models.GPT_MINI_5,
            0.75,
            (("chat", 1.0),),
        ),
    ),
    baselines=(Baseline("autonomy.intervention_rate", "Formulaire de contact", "62", "manual"),),
    exports_opentelemetry=True,
)

IPANEMA = Customer(
    "cust_ipanema",
    "Ipanema Entregas Ltda.",
    "America/Sao_Paulo",
    "pt-BR",
    "growth",
    Course(EARLY, STEADY),
    (
        Agent(
            "ipanema-suporte",
            "Bia",
            "4.1.0",
            kinds.RETAIL_SUPPORT,
            models.GEMINI_FLASH,
            24,
            (("whatsapp", 0.8), ("chat", 0.2)),
        ),
    ),
    baselines=(Baseline("autonomy.deflection_rate", "Antes da Bia", "19", "manual"),),
    budget=Budget(times_pace=1.5),
)

THORNBURY = Customer(
    "cust_thornbury",
    "Thornbury Lettings Ltd",
    "Europe/London",
    "en-GB",
    "growth",
    Course(STEADY, STEADY),
    (
        Agent("thornbury-desk", "Marlowe", "2.2.0", kinds.RETAIL_SUPPORT, models.CLAUDE_SONNET_5, 11, _CHAT),
        Agent("thornbury-ledger", "Abacus", "1.0.0", kinds.BACK_OFFICE, models.GPT_MINI_5, 8, _INBOX),
    ),
    test_share=0.01,
)

NAMED = (NORTHWIND, HANSEAT, HOSHIKAWA, MALABAR, HIMAL, CLAIRVAL, IPANEMA, THORNBURY)
