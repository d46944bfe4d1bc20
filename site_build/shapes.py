"""Small pictures as SVG paths, so that they stand on the page before any script runs."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

WIDTH, HEIGHT, MARGIN = 200.0, 48.0, 3.0
# Every height there is, as a path has it.
_HEIGHTS = tuple(f"{tenths / 10:.1f}".removesuffix(".0") for tenths in range(int(HEIGHT * 10) + 1))
_LOWEST, _TENTHS = (HEIGHT - MARGIN) * 10 + 0.5, (HEIGHT - 2 * MARGIN) * 10


class Sparkline(NamedTuple):
    """A line in a box of 200 × 48, gaps left open; `rest` is the stretch to a bucket that is not over yet."""

    line: str
    area: str
    rest: str
    last_x: str
    last_y: str


class Slice(NamedTuple):
    """A part of a ring whose way round is 100 long."""

    length: str
    offset: str
    place: int


def sparkline(values: Sequence[float | None], *, is_partial: bool) -> Sparkline | None:
    """None where there are not two values to draw a line between."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return None
    low, high = min(0.0, *known), max(0.0, *known)
    points = [
        None if y is None else f"{x} {y}"
        for x, y in zip(_across(len(values)), _heights(values, low, high), strict=True)
    ]
    rest, drawn = "", points
    if is_partial and points[-1] is not None and points[-2] is not None:
        rest, drawn = _path([points[-2], points[-1]]), points[:-1]
    runs = [[p for p in run if p] for is_gap, run in groupby(drawn, key=lambda p: p is None) if not is_gap]
    floor = _floor(low, high)
    last_x, last_y = next(p for p in reversed(points) if p is not None).split(" ")
    lines = [*map(_path, runs)]
    areas = [_area(line, run, floor) for line, run in zip(lines, runs, strict=True)]
    return Sparkline("".join(lines), "".join(areas), rest, last_x, last_y)


@lru_cache(maxsize=512)
def _across(count: int) -> tuple[str, ...]:
    """Where so many points stand from left to right."""
    return tuple(_n(i * (WIDTH / (count - 1))) for i in range(count))


def bars(values: Sequence[float | None], *, is_partial: bool) -> Sparkline | None:
    """Bars in the same box; the one that is not over yet is `rest`."""
    known = [v for v in values if v is not None]
    if not known:
        return None
    low, high, step = min(0.0, *known), max(0.0, *known), WIDTH / len(values)
    floor, wide = _floor(low, high), _n(step * 0.72)
    made = [
        "" if y is None else f"M{x} {floor}V{y}h{wide}V{floor}Z"
        for x, y in zip(_starts(len(values)), _heights(values, low, high), strict=True)
    ]
    rest = made.pop() if is_partial else ""
    return Sparkline("", "".join(made), rest, _n(WIDTH), floor)


@lru_cache(maxsize=512)
def _starts(count: int) -> tuple[str, ...]:
    """Where so many bars begin."""
    return tuple(_n((i + 0.14) * (WIDTH / count)) for i in range(count))


def _heights(values: Sequence[float | None], low: float, high: float) -> list[str | None]:
    """Where values between low and high stand, from the top."""
    span = high - low or 1.0
    return [None if v is None else _HEIGHTS[int(_LOWEST - (v - low) / span * _TENTHS)] for v in values]


def _floor(low: float, high: float) -> str:
    """Where nought stands."""
    return _HEIGHTS[int(_LOWEST + low / (high - low or 1.0) * _TENTHS)]


def _path(points: Sequence[str]) -> str:
    return "M" + "L".join(points)


def _area(line: str, points: Sequence[str], floor: str) -> str:
    """What is below a line; nothing below a point alone."""
    if len(points) < 2:
        return ""
    first, last = points[0].partition(" ")[0], points[-1].partition(" ")[0]
    return f"{line}L{last} {floor}L{first} {floor}Z"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def ring(shares: Sequence[float]) -> list[Slice]:
    """The slices of a donut, clockwise from the top."""
    slices, gone = [], 0.0
    for place, share in enumerate(shares):
        # A hairline between neighbours; one that is all there is goes a little further, so that its ends do not show.
        length = max(share * 100 - (0.6 if len(shares) > 1 else -1), 0.2)
        slices.append(Slice(f"{length:.2f}", f"{-gone:.2f}", place))
        gone += share * 100
    return slices


def bar(value: float, most: float) -> str:
    """How wide a bar is, in percent of the widest."""
    return f"{max(0.0, min(100.0, 100 * value / most)):.1f}%" if most else "0%"
