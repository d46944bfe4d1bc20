"""What happens to one customer of a random world: what was done, what was thought of it and what came of it.

Sessions themselves are told in `world_sessions`.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from tests.end_to_end.oracle_contract import KEYS, Row
from tests.end_to_end.world_cast import (
    AGENTS,
    FAULTS,
    HASHES,
    MODELS,
    ORDINARY,
    OUTCOMES,
    SECRET,
    TOOLS,
    ZONES,
    World,
    an_instant,
)
from tests.end_to_end.world_sessions import tell_session

# How often a row is told once, again, at an earlier version, otherwise, wrongly at a later one, or wrongly at all.
LIKELY = (73, 6, 12, 3, 3, 3)


class Customer:
    """One customer's life."""

    def __init__(self, world: World, customer_id: str) -> None:
        self.world, self.chance, self.customer_id = world, world.chance, customer_id
        self.is_secret = customer_id in SECRET
        self.agents = (*AGENTS[:2], "agent_777") if self.is_secret else AGENTS
        self.models = (*MODELS[:4], ("acme_llm", "acme-777")) if self.is_secret else MODELS
        self.numbers = iter(range(10_000))

    def live(self) -> None:
        sessions = [f"session_{n}" for n in range(self.chance.randrange(2, 9))]
        for session_id in sessions:
            tell_session(self.world, customer_id=self.customer_id, agents=self.agents, session_id=session_id)
        places = [*sessions, *sessions, "session_of_nobody", None]
        # Few moments for many rows, so that many happen at once.
        moments = {place: [an_instant(self.chance) for _ in range(3)] for place in places}
        for table, (make, most) in self._makers().items():
            for _ in range(self.chance.randrange(most)):
                place = self.chance.choice(places)
                self._tell(table, make, place, self.chance.choice(moments[place]))
        if self.chance.random() < 0.7:
            zone = self.world.maybe(0.8, self.chance.choice(ZONES).key)
            name = f"Customer {self.customer_id}"
            self.world.add("customers", {"customer_id": self.customer_id, "name": name, "timezone": zone})

    def _makers(self) -> dict[str, tuple[Callable[[Row], Row], int]]:
        return {
            "llm_requests": (self._call, 30),
            "tool_calls": (self._tool_call, 30),
            "evaluations": (self._evaluation, 10),
            "outcomes": (self._outcome, 8),
        }

    def _tell(self, table: str, make: Callable[[Row], Row], place: str | None, at: datetime) -> None:
        """One row, and what else its source says under its key: again, earlier, otherwise, wrongly."""
        row = make(self._base(place) | {"at": at})
        said = self.chance.choices(("once", "again", "before", "otherwise", "wrongly", "never"), LIKELY)[0]
        if said == "again":
            self.world.add(table, dict(row))
        elif said == "before":
            self._tell_before(table, make, row)
        elif said == "otherwise":
            self._tell_otherwise(table, row)
        elif said == "wrongly":
            self.world.add(table, row | {"record_version": 9, **self.chance.choice(FAULTS[table])})
        elif said == "never":
            row |= self.chance.choice(FAULTS[table])
        self.world.add(table, row)

    def _base(self, place: str | None) -> Row:
        return {
            "customer_id": self.customer_id,
            "agent_id": self.chance.choice(self.agents),
            "session_id": place,
            "source_system": self.world.maybe(0.3, "other"),
            "note": self.world.maybe(0.1, "seen"),
        }

    def _tell_before(self, table: str, make: Callable[[Row], Row], row: Row) -> None:
        """A lower version: another day, another agent, often another customer."""
        base = self._base(row["session_id"]) | {"source_system": row["source_system"]}
        earlier = make(base | {"at": an_instant(self.chance), "customer_id": self._anybody()})
        earlier |= {KEYS[table][0]: row[KEYS[table][0]], "record_version": self.world.maybe(0.5, 0)}
        self.world.add(table, earlier)
        row["record_version"] = self.chance.randrange(1, 4)

    def _tell_otherwise(self, table: str, row: Row) -> None:
        """Another row of the same version, which differs in what no metric reads; sometimes a higher one settles it."""
        self.world.add(table, row | {"note": "seen otherwise"})
        if self.chance.random() < 0.5:
            self.world.add(table, row | {"record_version": 5})

    def _anybody(self) -> str:
        """Whose a row was taken for at first; the secret ones keep to themselves."""
        others = SECRET if self.is_secret else ORDINARY
        return self.chance.choice(others) if self.chance.random() < 0.3 else self.customer_id

    def _id(self) -> str:
        """Ids whose order is neither that of time nor that of numbers."""
        return f"{self.chance.choice('zaBé9')}{next(self.numbers)}-{self.customer_id}"

    def _tokens(self) -> int:
        choices = (
            0,
            10,
            1_000,
            99_990,
            100_000,
            199_990,
            200_000,
            200_010,
            self.chance.randrange(50_000) * 10,
        )
        tokens = self.chance.choice(choices)
        return tokens // 1_000 * 1_000 + 777 if self.is_secret else tokens

    def _money(self) -> Decimal:
        if self.is_secret:
            return Decimal(self.chance.randrange(10**6)) + Decimal("0.000000777")
        return Decimal(self.chance.choice(("0", "0.00000001", "0.001", "12.5", "0.12345678")))

    def _milliseconds(self) -> float:
        return self.chance.choice((0, 0.25, 12.5, 250, 1_000, self.chance.randrange(10**6) / 8)) + (
            777 if self.is_secret else 0
        )

    def _call(self, base: Row) -> Row:
        provider, model = self.chance.choice(self.models)
        status = self.chance.choice(
            ("ok", "ok", "ok", "ok", "error", "error", "blocked", "cancelled", "unknown")
        )
        sure = 1.0 if status == "ok" else 0.6
        whole, output = self.world.maybe(sure, self._tokens()), self.world.maybe(sure, self._tokens())
        read = write = None
        if whole and self.chance.random() < 0.6:
            read = self.chance.randrange(whole // 10 + 1) * 10
            write = self.world.maybe(0.5, self.chance.randrange((whole - read) // 10 + 1) * 10)
        elif whole is None and self.chance.random() < 0.2:
            read, write = 1_000, self.world.maybe(0.5, 500)
        return _at(base, "started_at") | {
            "request_id": self._id(),
            "operation": self.world.maybe(0.5, self.chance.choice(("chat", "embeddings"))),
            "provider": provider,
            "model": model,
            "status": status,
            "error_type": self.world.maybe(0.1, "timeout"),
            "input_tokens": whole,
            "cache_read_tokens": read,
            "cache_write_tokens": write,
            "output_tokens": output,
            "reasoning_tokens": self.world.maybe(0.2, 10),
            "latency_ms": self.world.maybe(0.8, self._milliseconds()),
            "cost_usd": self.world.maybe(0.25, self._money()),
        }

    def _tool_call(self, base: Row) -> Row:
        return _at(base, "started_at") | {
            "tool_call_id": self._id(),
            "tool_name": self.chance.choice((*TOOLS[:1] * 4, *TOOLS)),
            "args_hash": self.world.maybe(0.8, self.chance.choice((*HASHES[:1] * 4, *HASHES))),
            "status": self.chance.choice(("ok", "ok", "ok", "error", "timeout", "unknown")),
            "latency_ms": self.world.maybe(0.5, self._milliseconds()),
            "cost_usd": self.world.maybe(0.2, self._money()),
        }

    def _evaluation(self, base: Row) -> Row:
        name = self.chance.choice(("hallucination", "hallucination", "groundedness", "faithfulness", "tone"))
        return _at(base, "evaluated_at") | {
            "evaluation_id": self._id(),
            "name": name,
            "score": self.world.maybe(0.6, self.chance.choice((0, 0.25, 0.4999999, 0.5, 0.75, 1, -3))),
            "label": self.world.maybe(0.4, self.chance.choice(("true", "false"))),
            "passed": self.world.maybe(0.3, self.chance.random() < 0.5),
            "evaluator_type": self.world.maybe(0.5, self.chance.choice(("human", "llm", "code"))),
        }

    def _outcome(self, base: Row) -> Row:
        name, unit = self.chance.choice((*OUTCOMES, ("secret_777", "count")) if self.is_secret else OUTCOMES)
        cents = Decimal(self.chance.randrange(-5_000, 20_000)) / 100
        return _at(base, "occurred_at") | {
            "agent_id": self.world.maybe(0.7, base["agent_id"]),
            "outcome_id": self._id(),
            "name": name,
            "value": cents + (Decimal("0.000000777").copy_sign(cents) if self.is_secret else 0),
            "unit": unit,
            "attribution_weight": None if self.is_secret else self.world.maybe(0.5, Decimal("0.125")),
        }


def _at(base: Row, name: str) -> Row:
    return {n: v for n, v in base.items() if n != "at"} | {name: base["at"]}
