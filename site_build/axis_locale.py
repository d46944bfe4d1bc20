"""How the axes of charts write numbers and dates: a locale as the chart library has it."""

from collections.abc import Iterable
from typing import Any

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

_FROM_SUNDAY = (6, 0, 1, 2, 3, 4, 5)


def axis_locale(locale: Locale) -> dict[str, Any]:
    """The signs of numbers, and the names of days and months, as plain values."""
    return {
        "number": {
            "decimal": get_decimal_symbol(locale),
            "thousands": get_group_symbol(locale),
            "grouping": [3],
            "currency": ["$", ""],
            "percent": "%",
        },
        "time": {
            "dateTime": "%x, %X",
            "date": "%-d %b %Y",
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "days": _names(locale.days["stand-alone"]["wide"], _FROM_SUNDAY),
            "shortDays": _names(locale.days["stand-alone"]["abbreviated"], _FROM_SUNDAY),
            "months": _names(locale.months["stand-alone"]["wide"], range(1, 13)),
            "shortMonths": _names(locale.months["stand-alone"]["abbreviated"], range(1, 13)),
        },
    }


def _names(found: Any, order: Iterable[int]) -> list[str]:
    return [str(found[number]) for number in order]
