"""Sentences are right for none, one, many, up, down and nothing, whatever the numbers are."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import CATALOGUE, Better
from core.measures import Direction, Figures
from core.portal_data.answer import CardChange, CardData, PortalData, State
from core.portal_data.customer import Customer
from core.portals.definition import Target
from core.reports.definition import ReportContent
from site_build.report.attention import missed_target
from site_build.report.changes import sorted_changes
from site_build.report.grammar import as_sentence, counted, listed, quoted, some_of
from site_build.report.numbers import ReportNumbers
from site_build.report.period_names import period_name
from site_build.report.summary import by_metric, done_sentence, summary, what_changed
from site_build.words import words_of
from tests.builders import card, portal
from tests.site_build.report.papers import OCTOBER, between, job_of

SEPTEMBER = between("2026-09-01", "2026-10-01")
EN = words_of("en-US", OCTOBER.zone)


def seen(metric_id: str, value: Any, change: CardChange | None = None, **more: Any) -> CardData:
    """A card with that value over October."""
    metric = CATALOGUE[metric_id]
    shown = card(metric_id, display_name=more.pop("name", metric.name), target=more.pop("target", None))
    given = {
        "state": State.OK if value is not None else State.NO_DATA,
        "figures": Figures(value, None, None, 100, 100, 100 if value is not None else 0),
        **more,
    }
    return CardData(
        card=shown,
        period=OCTOBER,
        name=metric.name,
        description=metric.description,
        unit=metric.unit,
        better=metric.better,
        value=value,
        change=change,
        **given,
    )


def changed(percent: float | None, **more: Any) -> CardChange:
    given: dict[str, Any] = {
        "points": None,
        "previous": 10,
        "label": "vs previous period",
        "period": SEPTEMBER,
        "is_within_noise": False,
        "direction": Direction.BETTER,
        "is_covered": True,
        **more,
    }
    return CardChange(percent, **given)


def numbers(
    *cards: CardData, locale: str = "en-US", as_of: datetime = datetime(2026, 11, 2, tzinfo=UTC)
) -> ReportNumbers:
    data = PortalData(portal(), OCTOBER, cards, (), as_of, "snap-1-abc")
    return ReportNumbers(
        job_of(content=ReportContent()), Customer("cust_a", "Acme", OCTOBER.zone, locale), data, data, {}, "0"
    )


def said(*cards: CardData, **more: Any) -> dict[str, list[str]]:
    return {part.title: list(part.sentences) for part in summary(numbers(*cards, **more))}


@pytest.mark.parametrize(
    ("sessions", "calls", "expected"),
    [
        (0, None, "the agents handled no sessions."),
        (1, None, "the agents handled 1 session."),
        (1234, 1, "the agents handled 1,234 sessions with 1 model call."),
        (2, 0, "the agents handled 2 sessions."),
        (None, 0, "the agents made no model calls."),
        (None, 12_000, "the agents made 12,000 model calls."),
        (None, None, ""),
    ],
)
def test_what_was_done_is_counted_as_people_count(
    sessions: int | None, calls: int | None, expected: str
) -> None:
    cards = [seen("usage.sessions.total", sessions), seen("usage.requests.total", calls)]
    assert done_sentence(by_metric(cards), EN) == expected


def test_goals_met_agree_with_their_number() -> None:
    def goals(met: int) -> str:
        return said(seen("usage.sessions.total", 9), seen("usage.completions.successful", met))[
            "What was done"
        ][1]

    assert goals(0) == "No sessions met their goal."
    assert goals(1) == "1 session met its goal."
    assert goals(8) == "8 sessions met their goal."


def test_without_sessions_nothing_is_said_of_their_goals() -> None:
    found = said(seen("usage.sessions.total", 0), seen("usage.completions.successful", 0))
    assert found["What was done"] == ["In October 2026, the agents handled no sessions."]


def test_a_period_without_data_is_one_sentence() -> None:
    found = said(seen("usage.sessions.total", None), seen("cost.total", None))
    assert found == {"What was done": ["In October 2026, nothing was recorded."]}


def test_a_portal_without_metrics_says_so() -> None:
    assert said() == {"What was done": ["This report shows no metrics yet."]}


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        (Decimal("12.5"), ["Reading from the cache saved $12.50."]),
        (Decimal("-3"), ["The cache cost $3.00 more than it saved."]),
        (Decimal(0), []),
    ],
)
def test_what_the_cache_saved_may_be_a_loss(saved: Decimal, expected: list[str]) -> None:
    found = said(seen("cost.cache_savings", saved), seen("cost.total", Decimal(2)))
    assert found["What it was worth"] == ["The model calls cost $2.00.", *expected]


def test_the_cost_of_a_goal_stands_beside_the_cost_of_all() -> None:
    found = said(seen("cost.total", Decimal(20)), seen("cost.per_completion", 0.2512))
    assert found["What it was worth"] == [
        f"The model calls cost $20.00, which is {EN.exact(0.2512, 'usd')} for each session that met its goal."
    ]


def test_a_result_is_called_as_the_owner_calls_it() -> None:
    found = replace(
        seen("cost.total", Decimal(12)), card=card("custom.revenue", display_name="Sales won"), unit="eur"
    )
    assert said(found)["What it was worth"] == ["Results: “Sales won” €12.00."]


def test_changes_are_told_with_their_way_and_against_what() -> None:
    cards = [
        seen("autonomy.deflection_rate", 85.0, changed(5.0, points=4.2), name="Solved alone"),
        seen("perf.latency.avg", 312.0, changed(-12.0), name="Response time"),
    ]
    assert list(what_changed(sorted_changes(cards), EN)) == [
        "Better than in September 2026: “Response time” (312\u202fms, down 12.0%) and “Solved alone” "
        "(85.0%, up 4.2 points)."
    ]


def test_a_change_that_may_be_chance_is_no_change() -> None:
    noise = changed(3.0, is_within_noise=True, direction=None)
    found = said(seen("usage.sessions.total", 9, noise), seen("cost.total", Decimal(1), noise))
    assert found["What changed"] == [
        "Compared with September 2026, nothing changed by more than normal variation."
    ]
    assert found["What needs attention"] == ["Nothing got worse by more than normal variation."]


def test_one_that_stayed_beside_one_that_moved_is_named() -> None:
    noise = changed(3.0, is_within_noise=True, direction=None)
    cards = [seen("usage.sessions.total", 9, changed(9.0)), seen("cost.total", Decimal(1), noise)]
    assert "“Total Cost” stayed within normal variation." in said(*cards)["What changed"]


def test_what_got_worse_is_for_attention() -> None:
    bad = changed(50.0, direction=Direction.WORSE)
    found = said(seen("cost.total", Decimal(3), bad))
    assert found["What changed"] == ["1 figure got worse and is named below."]
    assert found["What needs attention"] == ["“Total Cost” got worse: $3.00, up 50.0%."]


def test_what_cannot_be_judged_is_not_judged() -> None:
    found = said(seen("usage.sessions.total", 9, changed(80.0, is_within_noise=None)))
    assert found["What changed"] == [
        "Whether the change of “Total Sessions” is more than normal variation cannot be judged."
    ]
    assert found["What needs attention"] == ["Nothing stands out."]


def test_a_time_before_the_data_is_no_comparison() -> None:
    found = said(seen("usage.sessions.total", 9, changed(80.0, is_covered=False)))
    assert found["What changed"] == [
        "The data does not reach back over all of September 2026, so there is no fair comparison yet."
    ]
    empty = said(seen("usage.sessions.total", 9, changed(None, previous=0, is_within_noise=None)))
    assert empty["What changed"] == ["September 2026 has no numbers to compare with."]


@pytest.mark.parametrize(
    ("better", "value", "expected"),
    [
        (Better.HIGHER, 84.0, "“T” is below its target of 85.0%: 84.0%."),
        (Better.HIGHER, 84.99, "“T” is just below its target of 85.0%."),
        (Better.HIGHER, 85.0, None),
        (Better.LOWER, 90.0, "“T” is above its target of 85.0%: 90.0%."),
        (Better.LOWER, 85.0, None),
    ],
)
def test_a_target_is_missed_on_its_own_side(better: Better, value: float, expected: str | None) -> None:
    found = seen("autonomy.deflection_rate", value, name="T", target=Target(85, "Goal"))
    assert missed_target(replace(found, better=better), EN) == expected


def test_numbers_that_stand_on_little_are_pointed_at() -> None:
    thin = Figures(5.0, 1, 20, 20, 20, 100)
    found = said(
        replace(seen("quality.loop_rate", 5.0), figures=thin, is_small_sample=True),
        seen("cost.total", Decimal(1), unpriced_share=0.125),
        replace(seen("quality.hallucination_rate", None), state=State.NOT_OBSERVED),
        replace(seen("perf.latency.p50", None), state=State.INACTIVE),
        replace(seen("perf.latency.avg", None), state=State.UNAVAILABLE),
    )
    assert found["What needs attention"] == [
        "“Loop Rate” stands on few observations.",
        "“Loop Rate” was observed for 20.0% of cases only.",
        "12.5% of model calls have no known price, so costs leave them out.",
        "“Hallucination Rate” was not observed in this period.",
        "“Latency P50” is switched off at the moment.",
        "“Average Latency” is a metric that does not exist any more.",
    ]


def test_a_period_that_is_not_all_there_says_so() -> None:
    found = said(seen("usage.sessions.total", 9), as_of=datetime(2026, 10, 20, 9, tzinfo=UTC))
    assert found["What needs attention"][0] == (
        "The data reaches to Oct 20, 2026, 11:00\u202fAM, which is before the period ends; "
        "numbers may still change."
    )


@pytest.mark.parametrize(
    ("first", "last", "within"),
    [
        ("2026-10-01", "2026-11-01", "in October 2026"),
        ("2026-10-05", "2026-10-12", "in the week of Oct 5 – Oct 11, 2026"),
        ("2026-10-25", "2026-10-26", "on Sun, Oct 25, 2026"),
        ("2026-10-05", "2026-10-10", "in the period Oct 5 – Oct 9, 2026"),
    ],
)
def test_a_period_is_called_by_its_name(first: str, last: str, within: str) -> None:
    assert period_name(between(first, last), EN).within == within


def test_lists_end_with_an_and() -> None:
    assert [listed(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert some_of(list("abcd"), 2, "figure", "figures") == "a, b and 2 other figures"
    assert some_of(list("abc"), 2, "figure", "figures") == "a, b and c"
    assert counted(0, "row", "rows", EN) == "no rows"
    assert as_sentence("So") == as_sentence("So.") == "So."
    assert len(quoted("W" * 200)) == 62


_NUMBERS = st.one_of(
    st.none(),
    st.integers(0, 10**9),
    st.floats(0, 1e9, allow_nan=False),
    st.decimals(0, 10**9, places=9),
    st.sampled_from([0, 1, 1.0, Decimal(0), Decimal(1), 0.004, 99.96]),
)
_CHANGES = st.builds(
    changed,
    st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.01, 0.049, -0.051, 100.0])),
    points=st.one_of(st.none(), st.floats(-100, 100)),
    is_within_noise=st.sampled_from([True, False, None]),
    direction=st.sampled_from([Direction.BETTER, Direction.WORSE, None]),
    is_covered=st.booleans(),
    label=st.sampled_from(["vs previous period", "vs last year to date", "vs last year"]),
)
_CARDS = st.builds(
    seen,
    st.sampled_from(sorted(CATALOGUE)),
    _NUMBERS,
    st.one_of(st.none(), _CHANGES),
    is_small_sample=st.booleans(),
    unpriced_share=st.one_of(st.none(), st.floats(0, 1)),
    target=st.one_of(st.none(), st.builds(Target, st.floats(0.01, 1e6), st.just("Goal"))),
)
_NEVER = re.compile(
    r"\bnan\b|\binf\b|None|\bnull\b|  |\.\.|\bno no\b|(?:up|down) [-−]"
    r"|(?:up|down) 0(?:[.,]0+)?\b(?![.,]\d)|[-−]0(?:[.,]0+)?\s?%"
    r"|\b1 (?:sessions|model calls|figures|other figures|more figures|more targets|targets|results)\b"
    r"|(?<![\d.,\u202f\u00a0])(?:[2-9]|\d{2,}) (?:session|model call|figure|other figure)\b(?!s)"
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_CARDS, max_size=8), st.sampled_from(["en-US", "de-DE", "fr-FR", "ja-JP", "en-IN", "ar", "xx"])
)
def test_every_sentence_is_one_whatever_the_numbers_are(cards: list[CardData], locale: str) -> None:
    for part in summary(numbers(*cards, locale=locale)):
        assert part.sentences
        for sentence in part.sentences:
            assert not sentence[0].islower(), sentence
            assert sentence.endswith(".") and not _NEVER.search(sentence), sentence
