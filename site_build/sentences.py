"""Sentences about numbers: changes, targets, notes. English words around the customer's own numbers."""

from collections.abc import Iterator
from datetime import timedelta

from core.catalogue import CATALOGUE, Better, Kind
from core.measures import Direction
from core.portal_data.answer import BeforeAfterData, CardChange, CardData, State
from core.portals.definition import RangeName
from site_build.views import ChangeView, FigureView, TargetView
from site_build.words import Words, is_currency, magnitude

RANGE_LABELS = {
    RangeName.DAY: "24 hours",
    RangeName.WEEK: "7 days",
    RangeName.MONTH: "30 days",
    RangeName.QUARTER: "90 days",
    RangeName.YEAR_TO_DATE: "Year to date",
}
STALE_AFTER = timedelta(hours=36)
LOW_COVERAGE = 0.5
_VERBS = {Direction.BETTER: "improved", Direction.WORSE: "got worse"}
_NOTHING = {
    State.NO_DATA: "No data in this period yet",
    State.NOT_OBSERVED: "Not observed in this period",
    State.UNDEFINED: "Nothing to divide by in this period",
    State.NO_BUDGET: "No budget runs at the moment",
    State.INACTIVE: "This metric is switched off at the moment",
    State.UNAVAILABLE: "This metric is not available any more",
}


def nothing(card: CardData) -> str | None:
    """Why there is no number; None where there is one."""
    return _NOTHING.get(card.state)


def period_before(label: str) -> str:
    """ "vs previous 30d" as the end of a sentence."""
    if label == "vs last year":
        return "the same dates a year before"
    if label == "vs last year to date":
        return "last year to date"
    name = label.removeprefix("vs previous ")
    if name == "24h":
        return "the 24 hours before"
    return f"the {name[:-1]} days before" if name[:-1].isdigit() else "the period before"


def change(card: CardData, words: Words) -> ChangeView | None:
    """The change of a card in words; None where it compares nothing or has nothing to say."""
    found = card.change
    if found is None or card.state is not State.OK:
        return None
    before = period_before(found.label)
    if found.percent is None:
        return ChangeView("", "", f"Nothing to compare with in {before}", "quiet", None)
    if is_still(found):
        return ChangeView("→", "", f"as in {before}", "quiet", None)
    more = found.percent > 0
    amount = change_amount(found, words)
    sentence = f"{'more' if more else 'less'} than {before}"
    tone, word = tone_of(found)
    return ChangeView("↑" if more else "↓", amount, sentence, tone, word)


def is_still(found: CardChange) -> bool:
    """Whether it changed by less than what is printed."""
    by_percent = found.percent is not None and abs(found.percent) < 0.05
    return by_percent or (found.points is not None and magnitude(found.points) < 0.05)


def change_amount(found: CardChange, words: Words) -> str:
    """How much it changed, without a sign: points for percent metrics, else percent."""
    assert found.percent is not None
    if found.points is not None:
        return f"{words.number(magnitude(found.points), 1)} points"
    return words.percent(abs(found.percent), 1 if abs(found.percent) < 100 else 0)


def tone_of(found: CardChange) -> tuple[str, str | None]:
    """The colour of a change, and the word that says the same."""
    if not found.is_covered:
        return "quiet", "data begins during that time"
    if found.is_within_noise:
        return "quiet", "within normal variation"
    if found.direction is Direction.BETTER:
        return "good", "better"
    if found.direction is Direction.WORSE:
        return "bad", "worse"
    return "quiet", None


def target(card: CardData, words: Words) -> TargetView | None:
    """How far the value is on its way; a metric that should be low has reached what it stays under."""
    wanted, share = card.card.target, card.target_share
    if wanted is None:
        return None
    value = words.exact(wanted.value, card.unit)
    if share is None:
        return TargetView(wanted.label, value, "", "0%", is_reached=False)
    is_reached = share <= 1 if card.better is Better.LOWER else share >= 1
    said = "Target met" if is_reached else f"{words.percent(share * 100, 0)} of target"
    return TargetView(wanted.label, value, said, f"{min(share, 1) * 100:.1f}%", is_reached)


def is_thinly_observed(card: CardData) -> bool:
    """Whether the number stands for few of the cases. A session without an error had nothing to correct, so that
    there are few with one is no gap in what was observed."""
    if card.value is None or card.coverage is None or card.card.metric_id == "autonomy.self_correction_rate":
        return False
    return card.coverage < LOW_COVERAGE


def notes(card: CardData, words: Words) -> tuple[str, ...]:
    """What a reader should know before believing the number; one quiet line each."""
    said = []
    figures = card.figures
    if card.is_small_sample and figures and card.value is not None:
        said.append(f"From {words.number(figures.observations, 0)} observations only")
    if is_thinly_observed(card):
        said.append(f"Observed for {words.share(card.coverage)} of cases")
    if card.unpriced_share and card.value is not None and card.unpriced_share >= 0.0005:
        said.append(f"{words.share(card.unpriced_share)} of calls have no known price")
    if card.p95 is not None:
        said.append(f"95 of 100 within {words.exact(card.p95, card.unit)}")
    if card.mean_per_day is not None and card.card.chart_type.value == "number":
        said.append(f"{words.exact(card.value, card.unit)} in the whole period")
    return tuple(said)


def figures(card: CardData, words: Words) -> tuple[FigureView, ...]:
    """The parts behind a number, on demand."""
    found = card.figures
    shown: list[FigureView] = []
    if found is None:
        return ()
    if found.denominator is not None and found.numerator is not None:
        shown.extend(counted(card, words))
    if found.total:
        shown.append(FigureView("Coverage", words.share(found.coverage)))
    if card.change is not None and card.change.previous is not None:
        shown.append(FigureView("Period before", words.exact(card.change.previous, card.unit)))
    if card.budget is not None:
        shown.append(FigureView("Budget", words.exact(card.budget.limit_usd, "usd")))
        shown.append(FigureView("Spent", words.exact(card.budget.spend_usd, "usd")))
    shown.append(FigureView("Period", words.span(card.period)))
    return tuple(shown)


def counted(card: CardData, words: Words) -> Iterator[FigureView]:
    """What was divided by what; for a percentile, of how many observations it is one."""
    found = card.figures
    if found is None or found.numerator is None or found.denominator is None:
        return
    metric = CATALOGUE.get(card.card.metric_id)
    if metric is not None and metric.kind is Kind.PERCENTILE:
        yield FigureView("Observations", words.number(found.observations, 0))
        return
    # Money and times are added up, everything else is counted.
    is_amount = is_currency(card.unit) or card.unit == "ms"
    yield FigureView(
        "In all" if is_amount else "Counted",
        words.exact(found.numerator, card.unit if is_amount else "count"),
    )
    yield FigureView("Out of" if not is_amount else "Divided by", words.number(found.denominator, 0))


def before_after(found: BeforeAfterData, words: Words) -> str:
    """ "Response time improved from 2,400 ms to 312 ms (87 % faster)"."""
    name, shown = found.comparison.display_name, found.comparison.improvement
    unit, value = found.current.unit, found.current.value
    if value is None:
        return f"{name}: {(nothing(found.current) or 'no value').lower()}"
    verb = _VERBS.get(found.direction, "went") if found.direction else "went"
    sentence = f"{name} {verb} from {words.exact(found.baseline, unit)} to {words.exact(value, unit)}"
    said = []
    if shown.show_percentage and found.percent is not None:
        # Nearly all is not all.
        digits = 1 if 99 < abs(found.percent) < 100 else 0
        said.append(
            f"{words.percent(min(abs(found.percent), 99.9) if digits else abs(found.percent), digits)} {_way(found)}"
        )
    if shown.show_absolute and found.absolute is not None:
        apart = magnitude(found.absolute)
        amount = f"{words.number(apart, 1)} points" if unit == "percent" else words.exact(apart, unit)
        said.append(f"{amount} {'more' if found.absolute > 0 else 'less'}")
    return f"{sentence} ({', '.join(said)})" if said else sentence


def _way(found: BeforeAfterData) -> str:
    is_less = (found.percent or 0) < 0
    if found.current.unit == "ms":
        return "faster" if is_less else "slower"
    return "less" if is_less else "more"
