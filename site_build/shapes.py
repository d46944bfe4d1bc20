"""Small pictures as SVG paths, so that they stand on the page before any script runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT, MARGIN = 200.0, 48.0, 3.0


@dataclass(frozen=True)
class Sparkline:
    """A line in a box of 200 × 48, gaps left open; `rest` is the stretch to a bucket that is not over yet."""

    line: str
    area: str
    rest: str
    last_x: str
    last_y: str


@dataclass(frozen=True)
class Slice:
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
    step = WIDTH / (len(values) - 1)
    places = [None if v is None else (i * step, _height(v, low, high)) for i, v in enumerate(values)]
    rest = ""
    if is_partial and places[-1] is not None and places[-2] is not None:
        rest = _path([places[-2], places[-1]])
        drawn = places[:-1]
    else:
        drawn = places
    runs = [[p for p in run if p] for is_gap, run in groupby(drawn, key=lambda p: p is None) if not is_gap]
    x, y = next(p for p in reversed(places) if p is not None)
    floor = _height(0.0, low, high)
    return Sparkline(
        "".join(map(_path, runs)), "".join(_area(run, floor) for run in runs), rest, _n(x), _n(y)
    )


def bars(values: Sequence[float | None], *, is_partial: bool) -> Sparkline | None:
    """Bars in the same box; the one that is not over yet is `rest`."""
    known = [v for v in values if v is not None]
    if not known:
        return None
    low, high, step = min(0.0, *known), max(0.0, *known), WIDTH / len(values)
    floor = _height(0.0, low, high)
    made = [
        ""
        if v is None
        else f"M{_n((i + 0.14) * step)} {_n(floor)}V{_n(_height(v, low, high))}h{_n(step * 0.72)}V{_n(floor)}Z"
        for i, v in enumerate(values)
    ]
    rest = made.pop() if is_partial else ""
    return Sparkline("", "".join(made), rest, _n(WIDTH), _n(floor))


def _height(value: float, low: float, high: float) -> float:
    span = high - low or 1.0
    return MARGIN + (HEIGHT - 2 * MARGIN) * (1 - (value - low) / span)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _area(points: Sequence[tuple[float, float]], floor: float) -> str:
    if len(points) < 2:
        return ""
    return f"{_path(points)}L{_n(points[-1][0])} {_n(floor)}L{_n(points[0][0])} {_n(floor)}Z"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def ring(shares: Sequence[float]) -> list[Slice]:
    """The slices of a donut, clockwise from the top."""
    slices, gone = [], 0.0
    for place, share in enumerate(shares):
        # A hairline between neighbours, unless one is all there is.
        length = max(share * 100 - (0.6 if len(shares) > 1 else 0), 0.2)
        slices.append(Slice(f"{length:.2f}", f"{-gone:.2f}", place))
        gone += share * 100
    return slices


def bar(value: float, most: float) -> str:
    """How wide a bar is, in percent of the widest."""
    return f"{max(0.0, min(100.0, 100 * value / most)):.1f}%" if most else "0%"
