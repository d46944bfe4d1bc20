"""Numbers, money and dates as a locale writes them. Rounding for people happens here and nowhere else.

Thousands of numbers stand on a page, so the locale's patterns are looked up once and filled in by hand.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_skeleton, format_time
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_decimal,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    get_minus_sign_symbol,
)

from core.measures import Number
from core.periods import Granularity, Period, wall_clock

NOTHING = "–"
COMPACT_FROM = 10_000
_FALLBACK = "en_US"
_TENTH, _THOUSANDTH = Decimal("0.1"), Decimal("0.001")
_MOST_SPANS = 1000
# By how many digits stand after the point.
_GROUPED = tuple(f",.{digits}f" for digits in range(10))


class Amount(NamedTuple):
    """A number in words: short for the eye, exact on demand; `unit` stands beside it, small."""

    text: str
    unit: str
    exact: str


class Words:
    """The words of one locale and zone."""

    def __init__(self, locale: str, tz: ZoneInfo) -> None:
        self.locale, self.zone = find_locale(locale), tz
        self._decimal, self._group = get_decimal_symbol(self.locale), get_group_symbol(self.locale)
        self._minus = get_minus_sign_symbol(self.locale)
        is_english = (self._decimal, self._group) == (".", ",")
        self._signs = None if is_english else {44: self._group, 46: self._decimal}
        pattern = self.locale.decimal_formats[None]
        self._is_plain = pattern.grouping == (3, 3)
        percent = self.locale.percent_formats[None]
        self._percent = (percent.prefix[0], percent.suffix[0])
        self._writers: dict[str, Callable[[Number | None], str]] = {}
        self._dates, self._times = _written(self.locale)
        self._spans: dict[tuple[datetime, datetime], str] = {}

    def amount(self, value: Number | None, unit: str) -> Amount:
        """A card's number: compact above 10,000, with its unit beside it."""
        if value is None:
            return Amount(NOTHING, "", "")
        exact = self.exact(value, unit)
        if unit == "ms" and magnitude(value) >= COMPACT_FROM:
            return Amount(self.number(float(value) / 1000, 1), "s", exact)
        beside = "" if unit in ("count", "percent", "score") or _currency(unit) else unit
        return Amount(self._short(value, unit), beside, exact)

    def _short(self, value: Number, unit: str) -> str:
        bare = self.bare(value, unit)
        if magnitude(value) < COMPACT_FROM or unit == "percent":
            return bare
        short = self._compact(value, _currency(unit))
        # Some locales have no short word for thousands, and then no grouping either.
        return short if any(c.isalpha() for c in short.replace(bare[:1], "")) else bare

    def _compact(self, value: Number, currency: str | None) -> str:
        if currency:
            return str(format_compact_currency(value, currency, locale=self.locale, fraction_digits=1))
        return str(format_compact_decimal(value, locale=self.locale, fraction_digits=1))

    def exact(self, value: Number | None, unit: str) -> str:
        """The number as tables and hints have it: rounded to what its unit can bear, with the unit."""
        return self.writer(unit)(value)

    def exacts(self, values: Iterable[Number | None], unit: str) -> list[str]:
        """Many numbers of one unit, as `exact` has each."""
        return [*map(self.writer(unit), values)]

    def writer(self, unit: str) -> Callable[[Number | None], str]:
        """What writes numbers of that unit as `exact` does; looked up once for the many numbers of a page."""
        found = self._writers.get(unit)
        if found is None:
            found = self._writers[unit] = self._writer(unit)
        return found

    def _writer(self, unit: str) -> Callable[[Number | None], str]:
        digits_of, number, currency = _digits_of(unit), self.number, _currency(unit)
        if unit == "score":
            return lambda value: NOTHING if value is None else self.bare(value, unit)
        prefix, suffix = self._affixes(unit)
        if unit not in ("count", "percent") and not currency:
            suffix = f"\u202f{unit}"
        below = f"{self._minus}{prefix}"
        is_signed = bool(currency) or unit == "percent"
        is_english = self._is_plain and self._signs is None

        def write(value: Number | None) -> str:
            if value is None:
                return NOTHING
            if value < 0:
                if is_signed:
                    return f"{below}{number(-value, digits_of(value))}{suffix}"
            elif is_english:
                # As `number` has it, of whom thousands stand on a page.
                return f"{prefix}{format(value, _GROUPED[digits_of(value)])}{suffix}"
            return f"{prefix}{number(value, digits_of(value))}{suffix}"

        return write

    def _affixes(self, unit: str) -> tuple[str, str]:
        """What stands before and behind a number of money or percent."""
        currency = _currency(unit)
        if currency:
            return self._money(currency)
        return self._percent if unit == "percent" else ("", "")

    def bare(self, value: Number, unit: str) -> str:
        """Without its unit, but with the signs that belong to money and percent."""
        return self._with_signs(value, unit, _digits_of(unit)(value))

    def rounded(self, value: Number, unit: str, digits: int) -> str:
        """With its unit and exactly so many digits after the point."""
        if _currency(unit) and digits == 1:
            digits = 2
        text = self._with_signs(value, unit, digits)
        return text if unit in ("count", "percent", "score") or _currency(unit) else f"{text}\u202f{unit}"

    def _with_signs(self, value: Number, unit: str, digits: int) -> str:
        currency = _currency(unit)
        if currency:
            prefix, suffix = self._money(currency)
            return self._signed(value, digits, prefix, suffix)
        if unit == "percent":
            return self._signed(value, digits, *self._percent)
        if unit == "score" and value > 0:
            return f"+{self.number(value, digits)}"
        return self.number(value, digits)

    def _signed(self, value: Number, digits: int, prefix: str, suffix: str) -> str:
        text = self.number(magnitude(value), digits)
        return f"{self._minus if value < 0 else ''}{prefix}{text}{suffix}"

    def number(self, value: Number, digits: int) -> str:
        """With so many digits after the point, grouped as the locale groups."""
        if not self._is_plain:
            pattern = "#,##,##0" + ("." + "0" * digits if digits else "")
            return str(format_decimal(value, format=pattern, locale=self.locale))
        is_below = value < 0
        text = f"{-value if is_below else value:,.{digits}f}"
        if is_below and text.strip("0.,") == "":
            is_below = False
        if self._signs is not None:
            text = text.translate(self._signs)
        return f"{self._minus}{text}" if is_below else text

    def percent(self, value: float, digits: int = 1) -> str:
        """A number that is 0 to 100."""
        return self._signed(value, digits, *self._percent)

    def share(self, value: float | None) -> str:
        """A number that is 0 to 1, as a percent."""
        if value is None:
            return NOTHING
        return self.percent(value * 100, 0 if value >= 0.995 or value == 0 else 1)

    def _money(self, currency: str) -> tuple[str, str]:
        return _affixes(self.locale, currency)

    # Time.

    def bucket(self, start: datetime, granularity: Granularity) -> str:
        """A bucket by its start, as an axis and a table name it."""
        wall = wall_clock(start, self.zone)
        if granularity in (Granularity.MINUTE, Granularity.HOUR):
            return f"{self._date(wall, 'MMMd')}, {self._time(wall)}"
        if granularity is Granularity.MONTH:
            return self._date(wall, "yMMM")
        if granularity is Granularity.WEEK:
            return f"Week of {self._date(wall, 'MMMd')}"
        return self._date(wall, "MMMEd")

    def _time(self, wall: datetime) -> str:
        """The time of day, to the minute."""
        return self._times[wall.hour, wall.minute]

    def _date(self, wall: datetime, skeleton: str = "yMMMd") -> str:
        return self._dates[wall.date(), skeleton]

    def day(self, instant: datetime) -> str:
        return self._date(wall_clock(instant, self.zone))

    def moment(self, instant: datetime) -> str:
        """Date and time, to the minute."""
        wall = wall_clock(instant, self.zone)
        return f"{self._date(wall)}, {self._time(wall)}"

    def short_moment(self, instant: datetime) -> str:
        wall = wall_clock(instant, self.zone)
        return f"{self._date(wall, 'MMMd')}, {self._time(wall)}"

    def span(self, period: Period) -> str:
        """From the first day to the last, both included."""
        key = (period.start, period.end)
        if key not in self._spans:
            # A page asks for the few it has again and again; the next build has others.
            if len(self._spans) > _MOST_SPANS:
                self._spans.clear()
            self._spans[key] = self._span(period)
        return self._spans[key]

    def _span(self, period: Period) -> str:
        last = wall_clock(period.end - timedelta(microseconds=1), self.zone)
        first = wall_clock(period.start, self.zone)
        if first.date() >= last.date():
            return self._date(last)
        if first.year == last.year:
            return f"{self._date(first, 'MMMd')} – {self._date(last)}"
        return f"{self._date(first)} – {self._date(last)}"


class _Dates(dict[tuple[date, str], str]):
    """Days as a locale writes them, by skeleton."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def __missing__(self, key: tuple[date, str]) -> str:
        day, skeleton = key
        found = self[key] = str(
            format_skeleton(skeleton, datetime.combine(day, time.min), locale=self._locale)
        )
        return found


class _Times(dict[tuple[int, int], str]):
    """Times of day as a locale writes them, by hour and minute."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def __missing__(self, key: tuple[int, int]) -> str:
        found = self[key] = str(format_time(time(*key), "short", locale=self._locale))
        return found


# Customers in a dozen zones have the same days and times on their walls.
@cache
def _written(locale: Locale) -> tuple[_Dates, _Times]:
    return _Dates(locale), _Times(locale)


@lru_cache(maxsize=256)
def words_of(locale: str, tz: ZoneInfo) -> Words:
    """The words of a locale and zone, made once."""
    return Words(locale, tz)


@lru_cache(maxsize=256)
def find_locale(name: str) -> Locale:
    """The locale of that BCP 47 name; American English where nobody knows it."""
    try:
        found = Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError, TypeError):
        found = Locale.parse(_FALLBACK)
    _keep_apart(str(found))
    return found


@cache
def _keep_apart(identifier: str) -> None:
    """Gives a locale words of its own before any is looked up. The library lets locales share what they inherit, and
    keeps there what the first of them has made of it: after Japanese ones, Spanish months were 1月."""
    data = localedata.load(identifier)
    data.update(deepcopy({**data}))


@lru_cache(maxsize=512)
def _affixes(locale: Locale, currency: str) -> tuple[str, str]:
    pattern = locale.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale=locale)
    prefix, suffix = (text.replace("¤", symbol) for text in (pattern.prefix[0], pattern.suffix[0]))
    return prefix, suffix


def is_currency(unit: str) -> bool:
    """Whether numbers of that unit are money."""
    return _currency(unit) is not None


@lru_cache(maxsize=512)
def _currency(unit: str) -> str | None:
    """The currency that a unit is, in capitals."""
    code = unit.upper()
    is_known = len(unit) == 3 and code in Locale.parse(_FALLBACK).currencies
    return code if is_known else None


def magnitude(value: Number) -> Number:
    """How far from zero, in the number's own type."""
    return -value if value < 0 else value


@lru_cache(maxsize=512)
def _digits_of(unit: str) -> Callable[[Number], int]:
    """How many digits after the point of a number of that unit say something."""
    if _currency(unit):
        return _digits_of_money
    if unit == "percent":
        return lambda value: 1 if -1000 < value < 1000 else 0
    if unit == "ms":
        return lambda value: 0 if value >= 10 or value <= -10 else 1
    return _digits


def _digits_of_money(value: Number) -> int:
    """Cents; below ten of them as many as are needed, up to four, or two that say something."""
    size = magnitude(value)
    if size >= _TENTH or size == 0:
        return 2
    most = 4 if size >= _THOUSANDTH else min(9, 1 - Decimal(value).adjusted())
    return max(2, len(f"{size:.{most}f}".rstrip("0")) - 2)


def _digits(value: Number) -> int:
    if isinstance(value, int) or (isinstance(value, Decimal) and value == value.to_integral_value()):
        return 0
    size = magnitude(value)
    if float(value).is_integer() and size >= 100:
        return 0
    return 2 if size < 10 else 1
