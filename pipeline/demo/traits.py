"""The words a demo customer is described in: customer, agent, budget, baseline.

Who they are stands in `pipeline.demo.cast` (by name) and `pipeline.demo.crowd` (as many as one likes).
"""

from dataclasses import dataclass

from pipeline.demo.conditions import MATURE, STEADY, Course
from pipeline.demo.kinds import Kind
from pipeline.demo.models import Model

IMPROVING = Course(STEADY, MATURE)


@dataclass(frozen=True)
class Budget:
    """A monthly limit: so many times a month's spend at the recent pace, or already spent to that share."""

    times_pace: float = 1.3
    spent_share: float | None = None


@dataclass(frozen=True)
class Agent:
    """One agent; `later_model` replaces `model` in the last part of the history.

    `per_day` counts the sessions of an average weekday. `reports_cost`: its gateway says what a call cost;
    not `reports_latency`: nobody measured how long it took.
    """

    agent_id: str
    name: str
    version: str
    kind: Kind
    model: Model
    per_day: float
    channels: tuple[tuple[str, float], ...]
    later_model: Model | None = None
    embeds: bool = False
    reports_cost: bool = False
    reports_latency: bool = True
    budget: Budget | None = None

    def model_at(self, progress: float) -> Model:
        """Which model answers when that share of the history has passed."""
        return self.later_model if self.later_model is not None and progress >= 0.6 else self.model


@dataclass(frozen=True)
class Baseline:
    """How a metric stood before the agent; percent metrics between 0 and 100."""

    metric_id: str
    label: str
    value: str
    source: str


@dataclass(frozen=True)
class Customer:
    """One customer; sessions in `silent_channels` never say whether a human took over.

    `discounts` are percent off the list prices by contract, one after the other over the history.
    `exports_opentelemetry`: what its agents do arrives as spans and log events, not as rows.
    """

    customer_id: str
    name: str
    timezone: str
    locale: str
    plan: str
    course: Course
    agents: tuple[Agent, ...]
    silent_channels: tuple[str, ...] = ()
    discounts: tuple[int, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    budget: Budget | None = None
    test_share: float = 0.0
    exports_opentelemetry: bool = False
