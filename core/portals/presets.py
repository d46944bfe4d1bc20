# ruff: noqa: E501  (a card is one line)
"""Sets of cards that suit a kind of agent, for a portal that somebody wants to show in a minute.

A preset answers its reader's questions in their order: what was done, how well, how fast, for how much. Only
metrics that every installation has are in it; targets are left out, because nobody else knows them. How cards
come to lie on a grid is `preset`'s.
"""

from core.portals.definition import ChartType
from core.portals.preset import Band, Card, Preset

_NUMBER, _LINE, _BAR, _PIE, _TABLE = (
    ChartType.NUMBER,
    ChartType.LINE,
    ChartType.BAR,
    ChartType.PIE,
    ChartType.TABLE,
)

# fmt: off
_STANDARD = Preset(
    "standard_dashboard", "Standard dashboard",
    "What an agent did, how well, how fast and for how much: suits every agent and is a good beginning.",
    (
        Band("At a glance", ((
            Card("usage.sessions.total", "Tasks handled", _NUMBER),
            Card("autonomy.goal_completion_rate", "Goals met", _NUMBER),
            Card("autonomy.deflection_rate", "Done without a person", _NUMBER),
            Card("cost.per_completion", "Cost per goal met", _NUMBER),
        ),)),
        Band("The work", ((
            Card("usage.completions.successful", "Tasks that met their goal", _BAR, 2),
            Card("usage.requests.total", "Model calls by agent", _PIE),
        ),)),
        Band("Quality", ((
            Card("autonomy.intervention_rate", "Handed over to a person", _LINE),
            Card("quality.tool_success_rate", "Tool calls that worked", _LINE),
            Card("quality.hallucination_rate", "Answers not grounded in sources", _LINE),
        ),)),
        Band("Speed and cost", ((
            Card("perf.latency.p95", "95 of 100 responses within", _LINE),
            Card("cost.daily", "Cost, day by day", _BAR),
        ),)),
    ),
)

_SUPPORT = Preset(
    "support_agent", "Support agent",
    "For agents that answer people: how many were helped without waiting for a person, how they felt, and how fast it went.",
    (
        Band("At a glance", ((
            Card("usage.sessions.total", "Conversations", _NUMBER),
            Card("autonomy.deflection_rate", "Solved without a person", _NUMBER),
            Card("quality.sentiment_shift", "Change in mood", _NUMBER),
            Card("cost.per_completion", "Cost per solved conversation", _NUMBER),
        ),)),
        Band("Solving problems", (
            (
                Card("usage.completions.successful", "Conversations solved", _BAR, 2),
                Card("autonomy.goal_completion_rate", "Share of conversations solved", _LINE),
            ),
            (
                Card("autonomy.intervention_rate", "Handed over to a person", _LINE),
                Card("autonomy.steps_to_resolution", "Messages until solved", _LINE),
            ),
        )),
        Band("Response time", ((
            Card("perf.latency.avg", "Average response time", _LINE),
            Card("perf.latency.distribution", "How response times spread", _BAR),
        ),)),
        Band("Reliability", ((
            Card("quality.hallucination_rate", "Answers not grounded in sources", _NUMBER),
            Card("quality.loop_rate", "Conversations that went in circles", _NUMBER),
            Card("quality.tool_success_rate", "Look-ups and actions that worked", _NUMBER),
        ),)),
    ),
)

_SALES = Preset(
    "sales_agent", "Sales agent",
    "For agents that win and keep customers: conversations, how many reached their goal, and what one costs. Add your business results, such as custom.revenue_attributed, to it.",
    (
        Band("At a glance", ((
            Card("usage.completions.successful", "Conversations that reached their goal", _NUMBER),
            Card("autonomy.goal_completion_rate", "Success rate", _NUMBER),
            Card("cost.per_completion", "Cost per success", _NUMBER),
        ),)),
        Band("Outreach", ((
            Card("usage.sessions.total", "Conversations", _BAR, 2),
            Card("cost.by_agent", "Cost by agent", _PIE),
        ),)),
        Band("The conversations", ((
            Card("quality.sentiment_shift", "Change in mood", _LINE),
            Card("autonomy.steps_to_resolution", "Messages until the goal", _LINE),
            Card("autonomy.intervention_rate", "Taken over by your team", _LINE),
        ),)),
        Band("Trust and speed", ((
            Card("quality.hallucination_rate", "Statements not grounded in sources", _NUMBER),
            Card("perf.latency.avg", "Average response time", _NUMBER),
            Card("cost.total", "Investment", _NUMBER),
        ),)),
    ),
)

_CODING = Preset(
    "coding_agent", "Coding agent",
    "For agents that write software: tasks finished, mistakes put right without help, tools, speed, and the cost of each model.",
    (
        Band("At a glance", ((
            Card("usage.completions.successful", "Tasks finished", _NUMBER),
            Card("autonomy.goal_completion_rate", "Success rate", _NUMBER),
            Card("autonomy.self_correction_rate", "Mistakes put right by itself", _NUMBER),
            Card("cost.per_completion", "Cost per finished task", _NUMBER),
        ),)),
        Band("The work", ((
            Card("usage.sessions.total", "Tasks", _BAR, 2),
            Card("autonomy.steps_to_resolution", "Steps per finished task", _LINE),
        ),)),
        Band("Reliability", ((
            Card("quality.tool_success_rate", "Tool calls that worked", _LINE),
            Card("quality.loop_rate", "Tasks that went in circles", _LINE),
            Card("autonomy.intervention_rate", "Tasks that needed a person", _LINE),
        ),)),
        Band("Models, speed and cost", (
            (
                Card("cost.daily", "Cost, day by day", _BAR, 2),
                Card("cost.by_model", "Cost by model", _PIE),
            ),
            (
                Card("perf.latency.p50", "Half of all responses within", _LINE),
                Card("perf.latency.p95", "95 of 100 responses within", _LINE),
            ),
            (
                Card("usage.tokens.input", "Tokens read", _NUMBER),
                Card("usage.tokens.output", "Tokens written", _NUMBER),
                Card("cost.cache_savings", "Saved by caching", _NUMBER),
            ),
        )),
    ),
)

_COST = Preset(
    "cost_control", "Cost control",
    "For those who pay: what was spent, on which models and agents, against which budget, and what caching saved.",
    (
        Band("At a glance", ((
            Card("cost.total", "Spent", _NUMBER),
            Card("cost.burn_rate", "Pace against the budget", _NUMBER),
            Card("cost.per_completion", "Cost per goal met", _NUMBER),
            Card("cost.cache_savings", "Saved by caching", _NUMBER),
        ),)),
        Band("Where it goes", (
            (Card("cost.daily", "Cost, day by day", _BAR),),
            (
                Card("cost.by_model", "Cost by model", _PIE),
                Card("cost.by_agent", "Cost by agent", _PIE),
            ),
        )),
        Band("What drives it", ((
            Card("usage.requests.daily", "Model calls, day by day", _BAR),
            Card("usage.tokens.total", "Tokens", _LINE),
        ),)),
        Band("In figures", ((Card("usage.requests.total", "Model calls", _TABLE),),)),
    ),
)
# fmt: on

PRESETS: dict[str, Preset] = {p.id: p for p in (_STANDARD, _SUPPORT, _SALES, _CODING, _COST)}
