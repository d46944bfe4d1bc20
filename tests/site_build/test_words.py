"""Numbers, money and dates are written as the customer's locale writes them, rounded to what they can bear."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Granularity, Period, zone
from site_build.words import NOTHING, Words, words_of

BERLIN = zone("Europe/Berlin")
US, DE, FR, IN = (words_of(name, BERLIN) for name in ("en-US", "de-DE", "fr-FR", "hi-IN"))
SPACE, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1420, "count", ("1,420", "", "1,420")),
        (45230, "count", ("45.2K", "", "45,230")),
        (Decimal("1547.82"), "usd", ("$1,547.82", "", "$1,547.82")),
        (Decimal("0.0132"), "usd", ("$0.0132", "", "$0.0132")),
        (Decimal("0.5000"), "usd", ("$0.50", "", "$0.50")),
        (Decimal("0.45678"), "usd", ("$0.46", "", "$0.46")),
        (Decimal("0.0625"), "usd", ("$0.0625", "", "$0.0625")),
        (Decimal("0.0500"), "usd", ("$0.05", "", "$0.05")),
        (0.00012, "usd", ("$0.00012", "", "$0.00012")),
        (Decimal("-0.0625"), "usd", ("-$0.0625", "", "-$0.0625")),
        (Decimal("1234567.891"), "usd", ("$1.2M", "", "$1,234,567.89")),
        (Decimal("-12.5"), "usd", ("-$12.50", "", "-$12.50")),
        (84.333, "percent", ("84.3%", "", "84.3%")),
        (312.4, "ms", ("312", "ms", f"312{NARROW}ms")),
        (12412.3, "ms", ("12.4", "s", f"12,412{NARROW}ms")),
        (-0.234, "score", ("-0.23", "", "-0.23")),
        (0.234, "score", ("+0.23", "", "+0.23")),
        (Decimal("77.5"), "hours", ("77.5", "hours", f"77.5{NARROW}hours")),
        (3.25, "count", ("3.25", "", "3.25")),
        (0, "count", ("0", "", "0")),
        (None, "usd", (NOTHING, "", "")),
    ],
)
def test_a_card_s_number_is_short_for_the_eye_and_exact_on_demand(
    value: Any, unit: str, expected: Any
) -> None:
    amount = US.amount(value, unit)
    assert (amount.text, amount.unit, amount.exact) == expected


def test_each_locale_writes_its_own_way() -> None:
    assert DE.exact(Decimal("1547.82"), "usd") == f"1.547,82{SPACE}$"
    assert DE.exact(84.333, "percent") == f"84,3{SPACE}%"
    assert DE.amount(45230, "count").text == "45.230"
    assert FR.exact(45230, "count") == f"45{NARROW}230"
    assert IN.exact(123456789, "count") == "12,34,56,789"


def test_an_unknown_locale_is_american_english() -> None:
    for name in ("xx", "", "not a locale", "en_US_POSIX_x", "de-XX-1234567890"):
        assert words_of(name, BERLIN).exact(1234, "count").replace(".", ",") == "1,234"


@given(
    st.integers(-(10**12), 10**12), st.sampled_from(["en-US", "de-DE", "fr-FR", "hi-IN", "de-CH", "ja-JP"])
)
def test_whole_numbers_are_grouped_as_the_locale_groups_them(value: int, name: str) -> None:
    words = words_of(name, BERLIN)
    assert words.number(value, 0) == format_decimal(value, locale=words.locale)


@given(st.decimals(-(10**9), 10**9, places=6))
def test_no_number_is_rounded_to_a_negative_zero(value: Decimal) -> None:
    for words in (US, DE):
        text = words.number(value, 2)
        assert text not in ("-0.00", "-0,00")


def test_times_are_the_customers() -> None:
    instant = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    assert US.moment(instant) == f"Nov 2, 2026, 12:30{NARROW}AM"
    assert DE.moment(instant) == "2. Nov. 2026, 00:30"
    assert US.bucket(instant, Granularity.DAY) == "Mon, Nov 2"
    assert US.bucket(instant, Granularity.MONTH) == "Nov 2026"
    assert US.bucket(instant, Granularity.WEEK) == "Week of Nov 2"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-10-02T22:00+00:00", "2026-11-02T12:00+00:00", "Oct 3 – Nov 2, 2026"),
        ("2026-10-31T23:00+00:00", "2026-11-01T23:00+00:00", "Nov 1, 2026"),
        ("2025-12-30T23:00+00:00", "2026-01-02T12:00+00:00", "Dec 31, 2025 – Jan 2, 2026"),
    ],
)
def test_a_period_is_its_first_and_last_day(start: str, end: str, expected: str) -> None:
    period = Period(datetime.fromisoformat(start), datetime.fromisoformat(end), BERLIN)
    assert US.span(period) == expected


def test_words_are_made_once_for_a_locale_and_zone() -> None:
    assert words_of("en-US", BERLIN) is US and isinstance(US, Words)


_SAY = """
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from core.periods import Granularity
from site_build.axis_locale import axis_locale
from site_build.words import words_of
for name in sys.argv[1:]:
    words, january = words_of(name, ZoneInfo("UTC")), datetime(2026, 1, 5, tzinfo=UTC)
    buckets = [words.bucket(january, granularity) for granularity in Granularity]
    print(name, axis_locale(words.locale), buckets, words.amount(1_234_567, "usd"), words.exact(3, "ms"))
"""


def _said(*locales: str) -> set[str]:
    """What each says in a process that has known these locales, in this order."""
    command = [sys.executable, "-c", _SAY, *locales]
    done = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    return set(done.stdout.splitlines())


def test_a_locale_says_the_same_whatever_others_were_looked_up_before() -> None:
    locales = ["ja-JP", "en-GB", "es-ES", "de-DE", "pt-BR", "fr-FR", "en-US", "es-MX", "zh-CN"]
    alone = {line for name in locales for line in _said(name)}
    assert len(alone) == len(locales)
    assert _said(*locales) == alone
    assert _said(*reversed(locales)) == alone
    assert any(line.startswith("es-ES") and "'enero'" in line for line in alone)
