"""The page of the newest sessions, without a word of what was said."""

from collections.abc import Mapping
from functools import lru_cache

from core.portal_data.activity import SessionSeen
from site_build.gather import Gathered
from site_build.pages import agent_name, frame, words_for
from site_build.views import ActivityPage, AssetLinks, SessionView
from site_build.words import NOTHING, Words

_OUTCOMES = {
    "goal_met": ("Goal met", "good"),
    "goal_not_met": ("Goal not met", "bad"),
    "failed": ("Failed", "bad"),
}
_HANDOFFS = {True: "To a person", False: "No", None: NOTHING}


def activity(gathered: Gathered, assets: AssetLinks) -> ActivityPage:
    """The newest sessions, without a word of what was said."""
    words = words_for(gathered)
    sessions = tuple([_session(seen, words, gathered.agents) for seen in gathered.sessions])
    says = f"The {len(sessions)} newest sessions" if len(sessions) != 1 else "The newest session"
    return ActivityPage(frame(gathered, assets, "activity.html"), sessions, says)


def _session(seen: SessionSeen, words: Words, agents: Mapping[str, str]) -> SessionView:
    outcome, tone = _outcome(seen.outcome)
    handoff = _HANDOFFS[seen.has_handoff]
    steps = NOTHING if seen.steps is None else words.number(seen.steps, 0)
    cost = words.exact(seen.cost_usd, "usd")
    return SessionView(
        words.moment(seen.started_at), agent_name(seen.agent_id, agents), outcome, tone, steps, handoff, cost
    )


# There are a few, and each stands in thousands of sessions.
@lru_cache(maxsize=256)
def _outcome(outcome: str | None) -> tuple[str, str]:
    if outcome is None:
        return "Not observed", "quiet"
    text = outcome.replace("_", " ")
    return _OUTCOMES.get(outcome, (text[:1].upper() + text[1:], "quiet"))
