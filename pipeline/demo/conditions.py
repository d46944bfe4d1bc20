"""How well a customer's agents do on a given day: what is slowly getting better, and one bad week.

Rates only; which rows come of them is decided while a session is played.
"""

from dataclasses import dataclass, fields, replace

_BAD_WEEK = 3


@dataclass(frozen=True)
class Conditions:
    """Chances are between 0 and 1; `tool_trouble`, `slowness` and `volume` multiply what is usual.

    `handoff_rate` is the typical chance: it is lower when the goal is met and higher when it is not.
    `sentiment_lift` is how much happier (from -1 to 1) a user leaves.
    """

    goal_rate: float
    handoff_rate: float
    error_rate: float
    ungrounded_rate: float
    loop_rate: float
    sentiment_lift: float
    tool_trouble: float = 1.0
    slowness: float = 1.0
    volume: float = 1.0


EARLY = Conditions(
    goal_rate=0.56,
    handoff_rate=0.26,
    error_rate=0.024,
    ungrounded_rate=0.13,
    loop_rate=0.035,
    sentiment_lift=0.10,
    tool_trouble=1.5,
    slowness=1.4,
    volume=0.7,
)
MATURE = Conditions(
    goal_rate=0.82,
    handoff_rate=0.12,
    error_rate=0.012,
    ungrounded_rate=0.05,
    loop_rate=0.012,
    sentiment_lift=0.38,
    volume=1.3,
)
STEADY = replace(MATURE, goal_rate=0.71, handoff_rate=0.17, sentiment_lift=0.24, loop_rate=0.02, volume=1.0)


@dataclass(frozen=True)
class Course:
    """From the first day's conditions to the last day's, in a straight line."""

    first: Conditions
    last: Conditions
    has_bad_week: bool = False

    def on(self, progress: float, weeks_before_end: int) -> Conditions:
        """`progress` runs from 0 on the first day to 1 on the last; weeks are calendar weeks."""
        today = Conditions(
            **{
                f.name: (1 - progress) * getattr(self.first, f.name) + progress * getattr(self.last, f.name)
                for f in fields(Conditions)
            }
        )
        return _troubled(today) if self.has_bad_week and weeks_before_end == _BAD_WEEK else today


def _troubled(usual: Conditions) -> Conditions:
    return replace(
        usual,
        goal_rate=usual.goal_rate - 0.24,
        handoff_rate=min(0.6, usual.handoff_rate * 2.3),
        error_rate=usual.error_rate * 5,
        ungrounded_rate=usual.ungrounded_rate * 2,
        loop_rate=usual.loop_rate * 3,
        sentiment_lift=usual.sentiment_lift - 0.35,
        tool_trouble=usual.tool_trouble * 6,
        slowness=usual.slowness * 1.6,
        volume=usual.volume * 1.1,
    )
