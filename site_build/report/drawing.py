"""A chart as SVG: what the drawing library made of the numbers, with our words beside it.

The library gets numbers only. Words are escaped here, stand where there is room for them, and are real text in
the PDF. The picture is made of paths and text and links nothing.
"""

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from site_build.report.rows import Rows
from site_build.report.specs import compiled

# 170 mm at 96 pixels an inch.
WIDTH = 642.5
HEIGHT = 178.0
_LABEL, _LINE = 9.0, 11.5
_TOP, _BOTTOM = 8.0, 20.0
_CHARACTER = 0.58
_MOST_SIDE = 118.0
_INNER = re.compile(r"<svg[^>]*>(?:<rect[^>]*/>)?(.*)</svg>", re.DOTALL)
_ROLES = re.compile(r' (?:aria-[a-z]+|role|class)="[^"]*"')
_BACKGROUND = re.compile(r'<path class="background"[^>]*/>')


@dataclass(frozen=True)
class Ink:
    """The colours of a drawing."""

    accent: str
    accent_text: str
    ink: str = "#14171f"
    ink2: str = "#5b6270"
    faint: str = "#a9b0bd"
    shade: str = "#f5f6f8"
    hair: str = "#e1e4ea"
    parts: tuple[str, ...] = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#3d9ad6", "#8a93a3")


@dataclass(frozen=True)
class _Frame:
    """Where the drawing lies in the picture."""

    left: float
    right: float
    width: float
    height: float

    def x(self, at: float, rows: Rows) -> float:
        low, high = rows.x
        return self.left + self.width * (at - low) / ((high - low) or 1)

    def y(self, at: float, rows: Rows) -> float:
        low, high = rows.y
        return _TOP + self.height * (1 - (at - low) / ((high - low) or 1))


def chart(rows: Rows, ink: Ink, names: tuple[str, str | None], *, height: float = HEIGHT) -> str:
    """A line, bars or a histogram with axes; `names` are this period's and the one's before."""
    side = _side_labels(rows, names)
    left = max((_width(text) for _, text in rows.yticks), default=0.0) + 8
    right = max((_width(text) for _, text, _ in side), default=0.0)
    right = right + 12 if side else 6.0
    frame = _Frame(left, right, WIDTH - left - right, height - _TOP - _BOTTOM)
    parts = [_drawn(rows, ink, frame.width, frame.height, left, _TOP)]
    parts += _axes(rows, ink, frame)
    parts += _beside(rows, side, ink, frame)
    return _svg(WIDTH, height, "".join(parts))


def donut(rows: Rows, ink: Ink) -> str:
    return _svg(124, 124, _drawn(rows, ink, 124, 124, 0, 0))


def spark(rows: Rows, ink: Ink) -> str:
    return _svg(150, 26, _drawn(rows, ink, 146, 22, 2, 2))


def as_address(svg: str) -> str:
    """The picture itself, as an address that a page can show."""
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _drawn(rows: Rows, ink: Ink, width: float, height: float, x: float, y: float) -> str:
    import vl_convert

    spec = _filled(rows, ink, width, height)
    made = vl_convert.vega_to_svg(spec, allowed_base_urls=[])
    found = _INNER.search(made)
    assert found is not None
    inner = _ROLES.sub("", _BACKGROUND.sub("", found[1]))
    return f'<g transform="translate({_n(x)},{_n(y)})">{inner}</g>'


def _filled(rows: Rows, ink: Ink, width: float, height: float) -> dict[str, object]:
    tokens: dict[str, object] = {
        "@x0": rows.x[0],
        "@x1": rows.x[1],
        "@y0": rows.y[0],
        "@y1": rows.y[1],
        **{f"@{name}": getattr(ink, name) for name in ("accent", "ink2", "faint", "shade", "hair")},
        **{f"@c{place}": colour for place, colour in enumerate(ink.parts)},
    }
    text = _TOKEN.sub(lambda found: json.dumps(tokens[found[1]]), _as_text(rows.kind))
    spec: dict[str, object] = json.loads(text)
    spec["width"], spec["height"] = width, height
    for data in spec["data"]:  # type: ignore[attr-defined]
        if "source" not in data:
            data["values"] = rows.data.get(data["name"], [])
    return spec


_TOKEN = re.compile(r'"(@[a-z]+[0-9]?)"')


@cache
def _as_text(kind: str) -> str:
    return json.dumps(compiled()[kind])


def _axes(rows: Rows, ink: Ink, frame: _Frame) -> list[str]:
    said = [
        _text(frame.left - 8, frame.y(at, rows) + 3, text, ink.ink2, anchor="end") for at, text in rows.yticks
    ]
    floor, last = _TOP + frame.height, -1e9
    for at, text in rows.xticks:
        x, half = frame.x(at, rows), _width(text) / 2
        x = min(max(x, half), WIDTH - half)
        if x - half > last + 6:
            said.append(_text(x, floor + 15, text, ink.ink2, anchor="middle"))
            last = x + half
    return said


Label = tuple[float, str, str]


def _side_labels(rows: Rows, names: tuple[str, str | None]) -> list[Label]:
    """What is named at the right end, as (height, text, colour's name): the target, and for lines the periods."""
    found: list[Label] = []
    if rows.kind == "line" and rows.ends[0] is not None:
        found.append((rows.ends[0], _cut(names[0]), "accent_text"))
    if rows.kind == "line" and rows.ends[1] is not None and names[1]:
        found.append((rows.ends[1], _cut(names[1]), "ink2"))
    if rows.target is not None:
        found.append((rows.target[0], _cut(rows.target[1]), "ink"))
    return found


def _beside(rows: Rows, labels: list[Label], ink: Ink, frame: _Frame) -> list[str]:
    """Names at the right end, moved apart where they would cover each other."""
    ordered = sorted(labels, key=lambda one: -one[0])
    places: list[float] = []
    for at, _, _ in ordered:
        wanted = frame.y(at, rows) + 3
        places.append(max(wanted, places[-1] + _LINE) if places else max(wanted, _LABEL))
    # Those that were pushed below the ground go up again.
    floor = _TOP + frame.height + 3
    for number in reversed(range(len(places))):
        places[number] = min(places[number], floor)
        floor = places[number] - _LINE
    x = frame.left + frame.width + 8
    said = [_text(x, y, text, getattr(ink, tone)) for y, (_, text, tone) in zip(places, ordered, strict=True)]
    if rows.kind == "line" and rows.ends[0] is not None and rows.data["points"][-1]["t"] == rows.x[1]:
        dot = (frame.left + frame.width, frame.y(rows.ends[0], rows))
        said.append(f'<circle cx="{_n(dot[0])}" cy="{_n(dot[1])}" r="2.75" fill="{ink.accent}"/>')
    return said


def _cut(text: str) -> str:
    """As much as has room; the whole of it stands in the sentence above."""
    room = int(_MOST_SIDE / (_CHARACTER * _LABEL))
    return text if _width(text) <= _MOST_SIDE else f"{text[: room - 1].rstrip()}…"


def _width(text: str) -> float:
    """About as wide as the text is; signs of the far East are twice as wide."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text) * _CHARACTER * _LABEL


def _text(x: float, y: float, text: str, colour: str, *, anchor: str = "start") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, inner: str) -> str:
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    font = f'font-family="Inter, sans-serif" font-size="{_n(_LABEL)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{inner}</svg>'


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
