"""The numbers of one chart as its spec wants them: rows, and how far its axes reach. Only numbers are here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Row = dict[str, float | str | None]
Plain = dict[str, Any]
Ticks = Callable[[float, float, str], list[tuple[float, str]]]


@dataclass(frozen=True)
class Rows:
    """`x` and `y` are the ends of the axes; `ticks` are places on them with their words."""

    kind: str
    x: tuple[float, float]
    y: tuple[float, float]
    data: dict[str, list[Row]]
    xticks: tuple[tuple[float, str], ...] = ()
    yticks: tuple[tuple[float, str], ...] = ()
    target: tuple[float, str] | None = None
    ends: tuple[float | None, float | None] = field(default=(None, None))


def series_rows(card: Plain, buckets: Plain) -> Rows:
    """Of a line or bars, from what the pages draw too: the card's numbers and the buckets that it shares."""
    edges, kind = buckets["edges"], card["kind"]
    x0, x1 = edges[0], edges[-1] if kind == "bar" else edges[-2]
    if x0 == x1:
        x1 = edges[-1]
    y0, y1 = card["domain"]
    yticks = tuple((float(at), text) for at, text in card["ticks"])
    points = [_point(card, edges, number) for number in range(len(card["value"]))]
    target = (float(card["target"][0]), str(card["target"][1])) if card.get("target") else None
    data: dict[str, list[Row]] = {
        "points": points,
        "lines": [{"v": at} for at, _ in yticks],
        "target": [{"v": target[0]}] if target else [],
        "weekends": [{"a": max(a, x0), "b": min(b, x1)} for a, b in buckets["weekends"] if a < x1],
    }
    ends = (_last(card["value"]), _last(card.get("previous", ())))
    return Rows(kind, (x0, x1), (y0, y1), data, _xticks(buckets, kind, x1), yticks, target, ends)


def _last(values: Any) -> float | None:
    known = [float(v) for v in values if v is not None]
    return known[-1] if known else None


def _xticks(buckets: Plain, kind: str, x1: float) -> tuple[tuple[float, str], ...]:
    """A bar is named below its middle."""
    edges = buckets["edges"]
    places = {start: (start + end) / 2 for start, end in pairwise(edges)}
    shown = ((places.get(at, at) if kind == "bar" else at, text) for at, text in buckets["ticks"])
    return tuple((float(at), text) for at, text in shown if at <= x1)


def _point(card: Plain, edges: list[int], number: int) -> Row:
    values, previous = card["value"], card.get("previous")
    value, start, width = values[number], edges[number], edges[number + 1] - edges[number]
    last = len(values) - 1
    is_open = card["partial"] and number == last
    near = [values[n] for n in (number - 1, number + 1) if 0 <= n <= last]
    return {
        "t": start,
        "ba": start + width * (0.3 if previous else 0.14),
        "bb": start + width * 0.86,
        "pa": start + width * 0.1,
        "pb": start + width * 0.66,
        "p": previous[number] if previous else None,
        "d": None if is_open else value,
        "r": value if card["partial"] and number >= last - 1 else None,
        "w": value if is_open else None,
        "o": value if value is not None and not any(v is not None for v in near) else None,
    }


def histogram_rows(card: Plain, write: Ticks, most: float) -> Rows:
    """Of a distribution: how many fell between two values; the last bar is open."""
    lower, upper = card["lower"], card["upper"]
    width = (lower[0] if upper[0] is None else upper[0]) - lower[0] or 1.0
    end = lower[-1] + width
    points: list[Row] = [
        {
            "ba": low + width * 0.06,
            "bb": (end if high is None or high == low else high) - width * 0.06,
            "d": count,
        }
        for low, high, count in zip(lower, upper, card["value"], strict=True)
    ]
    ticks = write(0, most, "count")
    data: dict[str, list[Row]] = {"points": points, "lines": [{"v": at} for at, _ in ticks], "weekends": []}
    across = write(lower[0], end, card["unit"])
    return Rows("histogram", (lower[0], end), (0, most), data, tuple(across), tuple(ticks))


def donut_rows(shares: list[float]) -> Rows:
    """Of parts in their order, by their shares."""
    points: list[Row] = [
        {"share": share, "colour": f"c{place}", "place": place} for place, share in enumerate(shares)
    ]
    return Rows("donut", (0, 1), (0, 1), {"points": points})


def spark_rows(values: list[float | None]) -> Rows | None:
    """Of a small line beside a number; None where there are not two values to draw a line between."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    low, high = min(0.0, *known), max(0.0, *known)
    points: list[Row] = [{"t": place, "d": value} for place, value in enumerate(values)]
    return Rows("spark", (0, len(values) - 1), (low, high if high > low else low + 1), {"points": points})
