"""Who and what there is in a random world: customers, agents, places, models, and what is wrong with wrong rows."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.end_to_end.oracle_contract import Row

ORDINARY = tuple(f"cust_{n:02}" for n in range(36))
SECRET = tuple(f"cust_777_{letter}" for letter in "abcdef")
AGENTS = ("agent_a", "agent_b", "agent_c")
# Half and quarter hours, and places whose clocks change between the first and the last day.
ZONES = (
    *map(ZoneInfo, ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Adelaide")),
    *map(ZoneInfo, ("Europe/Berlin", "America/New_York", "America/Havana", "Africa/Cairo")),
)
CLOCK_CHANGES = (
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 10, 29),
    date(2026, 10, 30),
    date(2026, 11, 1),
)
FIRST_DAY, DAYS = date(2026, 10, 2), 33
# Tiers of the list, prices that change by day and by time of day, and what no list knows.
MODELS = (
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-5-20251101"),
    ("openai", "gpt-4o"),
    ("azure.ai.openai", "gpt-4o"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-v4-flash"),
    ("mistral_ai", "mistral-large-4"),
    (None, "gpt-4o-mini"),
    ("openai", "no-such-model"),
    ("acme_llm", "acme-1"),
    ("acme_llm", "acme-1"),
    ("acme_llm", "acme-2"),
)
TOOLS = ("search", "refund", "notify")
OUTCOMES = (("revenue_attributed", "usd"), ("hours_saved", "hours"))
HASHES = ("aa" * 32, "bb" * 32)
TOO_EARLY, IN_FUTURE = datetime(2014, 12, 31, 23, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
# What makes a row no row. Each is the only thing wrong with it.
FAULTS: dict[str, tuple[Row, ...]] = {
    "llm_requests": (
        {"input_tokens": -10, "cache_read_tokens": None, "cache_write_tokens": None},
        {"started_at": TOO_EARLY},
        {"started_at": IN_FUTURE},
        {"status": "fine"},
        {"model": None},
        {"status": "ok", "output_tokens": None},
        {"input_tokens": 10, "cache_read_tokens": 10, "cache_write_tokens": 10},
        {"latency_ms": "soon"},
    ),
    "tool_calls": ({"started_at": None}, {"status": "worked"}, {"latency_ms": -1.0}),
    "evaluations": ({"evaluated_at": IN_FUTURE}, {"name": None}, {"score": "high"}),
    "outcomes": ({"value": None}, {"occurred_at": TOO_EARLY}, {"value": "much"}),
}


@dataclass
class World:
    """Rows by table, in no order."""

    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, row: Row) -> None:
        self.rows[table].append(row)

    def maybe(self, likelihood: float, value: Any) -> Any:
        """The value, or null."""
        return value if self.chance.random() < likelihood else None


def an_instant(chance: random.Random) -> datetime:
    """Any instant, often one at which a day begins somewhere, or just beside it."""
    day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
    if chance.random() < 0.3:
        day = chance.choice(CLOCK_CHANGES)
    midnight = datetime.combine(day, time(), chance.choice(ZONES)).astimezone(UTC)
    beside = (timedelta(0), timedelta(microseconds=-1), timedelta(seconds=1), timedelta(hours=1))
    if chance.random() < 0.4:
        return midnight + chance.choice(beside)
    return midnight + timedelta(microseconds=chance.randrange(86_400_000_000))
