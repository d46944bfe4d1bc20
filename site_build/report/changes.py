"""What changed, sorted: for the better, for the worse, within chance, not judged, nothing to compare with."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.measures import Direction
from core.portal_data.answer import CardChange, CardData, State
from site_build import sentences
from site_build.report.period_names import before_name
from site_build.views import ChangeView
from site_build.words import Words


@dataclass
class Changes:
    """Cards by what became of them, each in the portal's order."""

    better: list[CardData] = field(default_factory=list)
    worse: list[CardData] = field(default_factory=list)
    noise: list[CardData] = field(default_factory=list)
    moved: list[CardData] = field(default_factory=list)
    unjudged: list[CardData] = field(default_factory=list)
    uncovered: list[CardData] = field(default_factory=list)
    without_before: list[CardData] = field(default_factory=list)

    @property
    def judged(self) -> int:
        return len(self.better) + len(self.worse) + len(self.noise) + len(self.moved)

    @property
    def compared(self) -> list[CardData]:
        return [*self.better, *self.worse, *self.noise, *self.moved, *self.unjudged]


def sorted_changes(cards: Iterable[CardData]) -> Changes:
    """The cards that have a value and are compared, each metric once; the largest changes first."""
    found, seen = Changes(), set()
    for card in cards:
        if card.change is not None and card.state is State.OK and card.card.metric_id not in seen:
            seen.add(card.card.metric_id)
            _kind(card.change, found).append(card)
    for kind in (found.better, found.worse):
        kind.sort(key=_size, reverse=True)
    return found


def _kind(change: CardChange, found: Changes) -> list[CardData]:
    if not change.is_covered:
        return found.uncovered
    if change.percent is None:
        return found.without_before
    if change.is_within_noise or sentences.is_still(change):
        return found.noise
    if change.is_within_noise is None:
        return found.unjudged
    if change.direction is None:
        return found.moved
    return found.better if change.direction is Direction.BETTER else found.worse


def _size(card: CardData) -> float:
    return abs(card.change.percent or 0.0) if card.change else 0.0


def change_view(card: CardData, words: Words) -> ChangeView | None:
    """The change as it stands beside the number; None where nothing is compared."""
    found = card.change
    if found is None or card.state is not State.OK:
        return None
    before = before_name(found, words).within
    if found.percent is None:
        return ChangeView("", "", "Nothing to compare with", "quiet", None)
    if sentences.is_still(found):
        return ChangeView("→", "", f"as {before}", "quiet", None)
    more = found.percent > 0
    tone, word = sentences.tone_of(found)
    than = "than" if found.period.end == card.period.start else "in the year to date than"
    return ChangeView(
        "↑" if more else "↓",
        sentences.change_amount(found, words),
        f"{'more' if more else 'less'} {than} {before}",
        tone,
        word,
    )


def moved(card: CardData, words: Words) -> str:
    """ "85.3 %, up 4.2 points"."""
    value, found = words.exact(card.value, card.unit), card.change
    if found is None or found.percent is None:
        return value
    if sentences.is_still(found):
        return f"{value}, unchanged"
    way = "up" if found.percent > 0 else "down"
    when = " in the year to date" if found.label == "vs last year to date" else ""
    return f"{value}, {way} {sentences.change_amount(found, words)}{when}"


def as_text(view: ChangeView | None) -> str:
    """The change in one line, for who reads no colours."""
    if view is None:
        return ""
    word = f" ({view.word})" if view.word else ""
    return " ".join(part for part in (view.arrow, view.amount, view.sentence) if part) + word
