"""The first page in plain sentences, written from the numbers by rule: what was done, what it was worth, what
changed and whether that is more than chance. What a reader should look at is `attention`'s.

Only what the portal shows is spoken of, in the owner's own names; a number here is the number there.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from core.catalogue import OUTCOME_PREFIX
from core.custom_metrics import is_custom
from core.measures import Number
from core.portal_data.answer import CardData, State
from site_build import sentences
from site_build.report.attention import attention
from site_build.report.changes import Changes, moved, sorted_changes
from site_build.report.grammar import capitalised, counted, quoted, some_of
from site_build.report.numbers import ReportNumbers
from site_build.report.period_names import PeriodName, period_name, shared_before
from site_build.report.views import SummaryPart
from site_build.words import Words, is_currency, magnitude

_COSTS = ("cost.total", "cost.daily", "cost.by_model", "cost.by_agent")
_MOST_NAMED = 4
_MOST_WORTH = 6
_MOST_COMPARED = 2
Known = Mapping[str, CardData]


def summary(numbers: ReportNumbers) -> tuple[SummaryPart, ...]:
    """The parts of the summary; one that has nothing to say is left out."""
    words, cards = numbers.words, numbers.data.cards
    known = by_metric(cards)
    is_any = has_rows([*cards, *(c.current for c in numbers.data.comparisons)])
    changes = sorted_changes(cards if is_any else ())
    parts = (
        SummaryPart("What was done", tuple(_done(numbers, known))),
        SummaryPart("What it was worth", tuple(_worth(numbers, known)) if is_any else ()),
        SummaryPart("What changed", tuple(what_changed(changes, words))),
        SummaryPart(
            "What needs attention", tuple(attention(numbers, changes)) if is_any else (), is_list=True
        ),
    )
    return tuple(part for part in parts if part.sentences)


def by_metric(cards: Iterable[CardData]) -> dict[str, CardData]:
    """The first card of each metric that has a value."""
    found: dict[str, CardData] = {}
    for card in cards:
        if card.state is State.OK and card.value is not None:
            found.setdefault(card.card.metric_id, card)
    return found


def has_rows(cards: Iterable[CardData]) -> bool:
    """Whether anything was recorded in the period."""
    return any(
        card.figures.total > 0 if card.figures is not None else card.state is State.OK for card in cards
    )


def _done(numbers: ReportNumbers, known: Known) -> Iterator[str]:
    words, data = numbers.words, numbers.data
    within = capitalised(period_name(data.period, words).within)
    if not data.cards and not data.comparisons:
        yield "This report shows no metrics yet."
        return
    if not has_rows([*data.cards, *(c.current for c in data.comparisons)]):
        yield f"{within}, nothing was recorded."
        return
    done = done_sentence(known, words)
    if done:
        yield f"{within}, {done}"
    yield from _goals(known, words)


def done_sentence(known: Known, words: Words) -> str:
    """ "the agents handled 1,234 sessions with 5,678 model calls."; empty where neither is known."""
    sessions = _count(known, "usage.sessions.total")
    calls = _count(known, "usage.requests.total", "usage.requests.daily")
    if sessions is None and calls is None:
        return ""
    said = "" if calls is None else counted(calls, "model call", "model calls", words)
    if sessions is None:
        return f"the agents made {said}."
    handled = f"the agents handled {counted(sessions, 'session', 'sessions', words)}"
    return f"{handled} with {said}." if said and calls else f"{handled}."


def _goals(known: Known, words: Words) -> Iterator[str]:
    """How many of them met their goal, as a count or as a share."""
    if _count(known, "usage.sessions.total") == 0:
        return
    met, rate = _count(known, "usage.completions.successful"), known.get("autonomy.goal_completion_rate")
    if met is not None:
        share = f", {words.exact(rate.value, rate.unit)} of those with a known outcome" if rate else ""
        its = "its" if met == 1 else "their"
        yield f"{capitalised(counted(met, 'session', 'sessions', words))} met {its} goal{share}."
    elif rate:
        yield f"Of the sessions with a known outcome, {words.exact(rate.value, rate.unit)} met their goal."
    alone = known.get("autonomy.deflection_rate")
    if alone:
        share = words.exact(alone.value, alone.unit)
        yield f"Of the sessions where it is known, {share} met their goal without a person."


def _worth(numbers: ReportNumbers, known: Known) -> Iterator[str]:
    words = numbers.words
    worth = [card for card in known.values() if is_worth(card)]
    if worth:
        named = [f"{quoted(c.card.display_name)} {words.exact(c.value, c.unit)}" for c in worth]
        yield f"Results: {some_of(named, _MOST_WORTH, 'result', 'results')}."
    yield from cost_sentences(known, words)
    told = [c for c in numbers.data.comparisons if c.current.value is not None]
    for found in told[:_MOST_COMPARED]:
        yield f"{sentences.before_after(found, words)}."


def is_worth(card: CardData) -> bool:
    """A business result, or a custom metric that is money."""
    metric_id = card.card.metric_id
    return metric_id.startswith(OUTCOME_PREFIX) or (is_custom(metric_id) and is_currency(card.unit))


def cost_sentences(known: Known, words: Words) -> Iterator[str]:
    """What the work cost, in all and for each session that met its goal, and what the cache saved."""
    total = next((known[metric] for metric in _COSTS if metric in known), None)
    each, saved = known.get("cost.per_completion"), known.get("cost.cache_savings")
    for_each = f"{words.exact(each.value, each.unit)} for each session that met its goal" if each else ""
    if total is not None:
        cost = f"The model calls cost {words.exact(total.value, total.unit)}"
        yield f"{cost}, which is {for_each}." if for_each else f"{cost}."
    elif for_each:
        yield f"The model calls cost {for_each}."
    if saved is not None and saved.value:
        amount = words.exact(magnitude(saved.value), saved.unit)
        if saved.value > 0:
            yield f"Reading from the cache saved {amount}."
        else:
            yield f"The cache cost {amount} more than it saved."


def what_changed(changes: Changes, words: Words) -> Iterator[str]:
    """What is better, what moved, what stayed within chance, and what cannot be told."""
    if changes.better:
        before = _before(changes.better, words).within
        yield f"Better than {before}: {_named(changes.better, words)}."
    if changes.moved:
        yield f"Changed, which is neither better nor worse: {_named(changes.moved, words)}."
    if changes.worse:
        count = len(changes.worse)
        yield f"{_figures(count, words)} got worse and {'is' if count == 1 else 'are'} named below."
    yield from _noise(changes, words)
    yield from _untold(changes, words)


def _named(cards: list[CardData], words: Words) -> str:
    named = [f"{quoted(card.card.display_name)} ({moved(card, words)})" for card in cards]
    return some_of(named, _MOST_NAMED, "figure", "figures")


def _noise(changes: Changes, words: Words) -> Iterator[str]:
    count = len(changes.noise)
    if count and count == changes.judged:
        yield f"Compared with {_before(changes.noise, words).noun}, nothing changed by more than normal variation."
    elif count == 1:
        yield f"{quoted(changes.noise[0].card.display_name)} stayed within normal variation."
    elif count:
        yield f"{words.number(count, 0)} other figures stayed within normal variation."


def _untold(changes: Changes, words: Words) -> Iterator[str]:
    """Why nothing can be said of a change."""
    count = len(changes.unjudged)
    if count == 1:
        name = quoted(changes.unjudged[0].card.display_name)
        yield f"Whether the change of {name} is more than normal variation cannot be judged."
    elif count:
        yield (
            f"Whether the changes of {words.number(count, 0)} figures are more than normal variation "
            "cannot be judged."
        )
    if changes.uncovered and not changes.compared:
        before = _before(changes.uncovered, words).noun
        yield f"The data does not reach back over all of {before}, so there is no fair comparison yet."
    elif changes.without_before and not changes.compared:
        before = _before(changes.without_before, words).noun
        yield f"{capitalised(before)} has no numbers to compare with."


def _before(cards: list[CardData], words: Words) -> PeriodName:
    return shared_before((card.change for card in cards), words)


def _figures(count: int, words: Words) -> str:
    return f"{words.number(count, 0)} {'figure' if count == 1 else 'figures'}"


def _count(known: Known, *metric_ids: str) -> Number | None:
    for metric_id in metric_ids:
        if metric_id in known:
            value = known[metric_id].value
            return int(value) if isinstance(value, float | Decimal) else value
    return None
