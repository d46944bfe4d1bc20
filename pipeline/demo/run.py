"""One session under way: its scene, its clock, its context and the rows it has left so far.

Only what has finished before the end of the history leaves a row. What is called and why lives in
`pipeline.demo.model_calls` and `pipeline.demo.tool_calls`.
"""

from dataclasses import dataclass, field
from random import Random

from pipeline.demo import instants
from pipeline.demo.conditions import Conditions
from pipeline.demo.models import Model
from pipeline.demo.traits import Agent, Customer

Value = str | int | float | bool | None
Row = dict[str, Value]

_NANO = 1_000_000_000


@dataclass(frozen=True)
class Scene:
    """Where and when one session is played; rows finish at `end_ms` at the latest."""

    customer: Customer
    agent: Agent
    conditions: Conditions
    model: Model
    session_id: str
    start_ms: int
    end_ms: int


@dataclass
class Run:
    """`cached_tokens` is the part of the context a provider still holds; `arguments` go by tool call."""

    scene: Scene
    rng: Random
    now_ms: int
    context_tokens: int
    cached_tokens: int
    is_looping: bool
    cached_at_ms: int = 0
    calls: int = 0
    cost_nano_usd: int = 0
    requests: list[Row] = field(default_factory=list)
    tool_calls: list[Row] = field(default_factory=list)
    arguments: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, scene: Scene, rng: Random) -> "Run":
        """The prompt is in the context, and often in the cache from the session before."""
        kind = scene.agent.kind
        prompt = int(kind.prompt_tokens * rng.lognormvariate(0, kind.prompt_spread))
        is_warm = not kind.prompt_spread and rng.random() < 0.55
        return cls(
            scene,
            rng,
            now_ms=scene.start_ms,
            context_tokens=prompt,
            cached_tokens=prompt if is_warm else 0,
            is_looping=rng.random() < scene.conditions.loop_rate,
            cached_at_ms=scene.start_ms,
        )

    @property
    def is_over(self) -> bool:
        """Whether the history ended while the session was running."""
        return self.now_ms > self.scene.end_ms

    def row(self, key: str, letter: str) -> Row:
        """The columns every call of the session begins with; the call starts now."""
        self.calls += 1
        return {
            key: f"{self.scene.session_id}-{letter}{self.calls}",
            "started_at": instants.text(self.now_ms),
            "customer_id": self.scene.customer.customer_id,
            "agent_id": self.scene.agent.agent_id,
            "session_id": self.scene.session_id,
        }

    def finish(self, rows: list[Row], row: Row, latency_ms: float) -> bool:
        """Lets the time pass and keeps the row; false when the history ended first."""
        self.now_ms += int(latency_ms) + 1
        if not self.is_over:
            rows.append(row)
        return not self.is_over

    def wait(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)

    def about(self, typical: float) -> int:
        """A whole number around the typical one, at least 1."""
        return int(typical * self.rng.lognormvariate(0, 0.45)) + 1

    def slowness(self) -> float:
        return self.scene.conditions.slowness * self.rng.lognormvariate(0, 0.32)


def usd(nano_usd: int) -> float:
    """A cost of so few digits (under 15) that it is written as exactly the decimal it stands for."""
    return nano_usd / _NANO
