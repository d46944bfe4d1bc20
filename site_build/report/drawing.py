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
    side = _side_labels(rows, names, ink)
    left = max((_width(text) for _, text in rows.yticks), default=0.0) + 8
    right = max((_width(line) for label in side for line in label.lines), default=0.0)
    right = right + 12 if side else 6.0
    frame = _Frame(left, right, WIDTH - left - right, height - _TOP - _BOTTOM)
    parts = [_drawn(rows, ink, frame.width, frame.height, left, _TOP)]
    parts += _axes(rows, ink, frame)
    parts += _beside(rows, side, ink, frame)
    return _svg(WIDTH, height, "".join(parts))


def donut(rows: Rows, ink: Ink) -> str:
    return _svg(124, 124, _drawn(rows, ink, 124, 124, 0, 0))


def spark(rows: Rows, ink: Ink) -> str:
    return _svg(150, 24.8, _drawn(rows, ink, 150, 20.8, 0, 2))


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


@dataclass(frozen=True)
class _Label:
    """What is named at the right end, at which value, in one line or two."""

    at: float
    lines: tuple[str, ...]
    colour: str


def _side_labels(rows: Rows, names: tuple[str, str | None], ink: Ink) -> list[_Label]:
    """The target, and for lines the periods."""
    found: list[_Label] = []
    if rows.kind == "line" and rows.ends[0] is not None:
        found.append(_Label(rows.ends[0], _wrapped(names[0]), ink.accent_text))
    if rows.kind == "line" and rows.ends[1] is not None and names[1]:
        found.append(_Label(rows.ends[1], _wrapped(names[1]), ink.ink2))
    if rows.target is not None:
        found.append(_Label(rows.target[0], _wrapped(rows.target[1]), ink.ink))
    return found


def _beside(rows: Rows, labels: list[_Label], ink: Ink, frame: _Frame) -> list[str]:
    """Names at the right end, moved apart where they would cover each other."""
    x = frame.left + frame.width + 8
    said = [
        _text(x, y + place * _LINE, line, label.colour)
        for y, label in _apart(rows, labels, frame)
        for place, line in enumerate(label.lines)
    ]
    if rows.kind == "line" and rows.ends[0] is not None and rows.data["points"][-1]["t"] == rows.x[1]:
        x, y = frame.left + frame.width, frame.y(rows.ends[0], rows)
        said.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="2.75" fill="{ink.accent}"/>')
    return said


def _apart(rows: Rows, labels: list[_Label], frame: _Frame) -> list[tuple[float, _Label]]:
    ordered = sorted(labels, key=lambda label: -label.at)
    places: list[float] = []
    least = _LABEL
    for label in ordered:
        places.append(max(frame.y(label.at, rows) + 3, least))
        least = places[-1] + _LINE * len(label.lines)
    # Those that were pushed below the ground go up again.
    floor = _TOP + frame.height + _LINE
    for number in reversed(range(len(places))):
        places[number] = min(places[number], floor - _LINE * len(ordered[number].lines) + 3)
        floor = places[number] - 3
    return list(zip(places, ordered, strict=True))


def _wrapped(text: str) -> tuple[str, ...]:
    """In two lines at most; the whole of it stands in the sentence above."""
    if _width(text) <= _MOST_SIDE:
        return (text,)
    first = text[: _fitting(text)]
    split = first.rfind(" ") if " " in first else len(first)
    rest = text[split:].strip()
    if _width(rest) > _MOST_SIDE:
        rest = f"{rest[: _fitting(rest) - 1].rstrip()}…"
    return (text[:split].rstrip(), rest)


def _fitting(text: str) -> int:
    """How many of its characters have room in one line."""
    return next((n for n in range(len(text), 0, -1) if _width(text[:n]) <= _MOST_SIDE), 1)


def _width(text: str) -> float:
    """About as wide as the text is, and rather more than less."""
    return sum(map(_share, text)) * _LABEL


def _share(sign: str) -> float:
    """How wide a sign is, in the size of the type; those of the far East are square."""
    if ord(sign) > 0x2E7F or sign in "%@MW":
        return 1.0
    if sign in " .,:;'|!ijl\u00a0\u202f":
        return 0.32
    return 0.74 if sign.isupper() else 0.64


def _text(x: float, y: float, text: str, colour: str, *, anchor: str = "start") -> str:
    return f'<text x="{_n(x)}" y="{_n(y)}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, inner: str) -> str:
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    font = f'font-family="Inter, sans-serif" font-size="{_n(_LABEL)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{inner}</svg>'


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
