"""What a reader of a report should look at: missed targets, what got worse, and numbers that stand on little."""

from collections.abc import Iterable, Iterator

from core.catalogue import Better
from core.portal_data.answer import CardData, State
from site_build.report.changes import Changes, moved
from site_build.report.grammar import capitalised, quoted, some_of
from site_build.report.numbers import ReportNumbers
from site_build.sentences import is_thinly_observed
from site_build.words import Words

_MOST_NAMED, _MOST_TOLD = 4, 5
_LEAST_UNPRICED = 0.0005
_BURN_RATE = "cost.burn_rate"


def attention(numbers: ReportNumbers, changes: Changes) -> Iterator[str]:
    """A sentence for each thing; one that says so where there is none."""
    words, cards = numbers.words, numbers.data.cards
    if not cards:
        return
    missed = [sentence for card in cards if (sentence := missed_target(card, words))]
    said = [
        *_unfinished(numbers),
        *_first(missed, "target was missed", "targets were missed", words),
        *_budget(cards, words),
        *_worse(changes, words),
        *_doubtful(cards, words),
        *_gone(cards),
    ]
    yield from said or [_nothing(cards, changes)]


def _nothing(cards: Iterable[CardData], changes: Changes) -> str:
    has_target = any(card.card.target is not None and card.value is not None for card in cards)
    said = ["no target was missed"] if has_target else []
    said += ["nothing got worse by more than normal variation"] if changes.judged else []
    return f"{capitalised(' and '.join(said))}." if said else "Nothing stands out."


def _unfinished(numbers: ReportNumbers) -> Iterator[str]:
    if not numbers.is_complete:
        until = numbers.words.moment(numbers.data_as_of)
        yield f"The data reaches to {until}, which is before the period ends; numbers may still change."


def missed_target(card: CardData, words: Words) -> str | None:
    """Which target was missed and by how much; None where it was reached or there is none."""
    target, value = card.card.target, card.value
    if target is None or value is None or card.state is not State.OK:
        return None
    is_lower = card.better is Better.LOWER
    if float(value) <= target.value if is_lower else float(value) >= target.value:
        return None
    name = quoted(card.card.display_name)
    wanted = words.exact(target.value, card.unit)
    side = "above" if is_lower else "below"
    # Rounded they may look alike, and then the numbers would contradict the word.
    shown = words.exact(value, card.unit)
    return f"{name} is {side} its target of {wanted}: {shown}." if shown != wanted else (
        f"{name} is just {side} its target of {wanted}."
    )  # fmt: skip


def _budget(cards: Iterable[CardData], words: Words) -> Iterator[str]:
    for card in cards:
        if card.card.metric_id == _BURN_RATE and card.value is not None and card.value > 100:
            yield f"The budget is spent faster than planned: {words.exact(card.value, card.unit)} of the planned pace."


def _worse(changes: Changes, words: Words) -> Iterator[str]:
    told = [f"{quoted(card.card.display_name)} got worse: {moved(card, words)}." for card in changes.worse]
    yield from _first(told, "figure got worse", "figures got worse", words)


def _first(told: list[str], one: str, many: str, words: Words) -> Iterator[str]:
    """The first of them, and how many there are besides."""
    yield from told[:_MOST_TOLD]
    if left := len(told) - _MOST_TOLD if len(told) > _MOST_TOLD else 0:
        yield f"{words.number(left, 0)} more {one if left == 1 else many}."


def _doubtful(cards: Iterable[CardData], words: Words) -> Iterator[str]:
    """Numbers that stand on little."""
    shown = [card for card in cards if card.value is not None and card.state is State.OK]
    few = [quoted(card.card.display_name) for card in shown if card.is_small_sample]
    if few:
        verb = "stands" if len(few) == 1 else "stand"
        yield f"{_some(few)} {verb} on few observations."
    little = [card for card in shown if is_thinly_observed(card)]
    # What has no price is told apart.
    little = [card for card in little if card.unpriced_share is None]
    if len(little) == 1:
        yield f"{quoted(little[0].card.display_name)} was observed for {words.share(little[0].coverage)} of cases only."
    elif little:
        names = [quoted(card.card.display_name) for card in little]
        yield f"{_some(names)} were observed for less than half of the cases."
    unpriced = max((card.unpriced_share or 0.0 for card in shown), default=0.0)
    if unpriced >= _LEAST_UNPRICED:
        yield f"{words.share(unpriced)} of model calls have no known price, so costs leave them out."


def _gone(cards: Iterable[CardData]) -> Iterator[str]:
    """What shows no number, and why."""
    unseen = [quoted(c.card.display_name) for c in cards if c.state is State.NOT_OBSERVED]
    if unseen:
        yield f"{_some(unseen)} {'was' if len(unseen) == 1 else 'were'} not observed in this period."
    off = [quoted(c.card.display_name) for c in cards if c.state is State.INACTIVE]
    if off:
        yield f"{_some(off)} {'is' if len(off) == 1 else 'are'} switched off at the moment."
    gone = [quoted(c.card.display_name) for c in cards if c.state is State.UNAVAILABLE]
    if gone:
        verb, kind = ("is", "a metric that does") if len(gone) == 1 else ("are", "metrics that do")
        yield f"{_some(gone)} {verb} {kind} not exist any more."


def _some(names: list[str]) -> str:
    return some_of(names, _MOST_NAMED, "figure", "figures")
