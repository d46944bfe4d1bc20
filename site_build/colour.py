"""A brand's colour, kept readable: shifted in lightness until it stands out enough from what is behind it.

Lightness is OKLCH's, so that the shifted colour is still the brand's to the eye; contrast is WCAG 2's.
"""

import math
import re
from dataclasses import dataclass

DEFAULT = "#4f5bd5"
LIGHT_SURFACES = ("#ffffff", "#f6f7f9")
DARK_SURFACES = ("#16181d", "#0e0f12")
MARK_CONTRAST, TEXT_CONTRAST = 3.0, 4.5
_HEX = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEP = 0.005
Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Accent:
    """A colour for marks, one for text, and one for text that stands on the mark."""

    mark: str
    text: str
    on_mark: str


@dataclass(frozen=True)
class Brand:
    light: Accent
    dark: Accent


def brand(colour: str | None) -> Brand:
    """The accents of a brand colour on light and dark pages; the house's own where there is none."""
    rgb = _rgb(colour if colour and is_colour(colour) else DEFAULT)
    return Brand(_accent(rgb, LIGHT_SURFACES, darker=True), _accent(rgb, DARK_SURFACES, darker=False))


def is_colour(text: str) -> bool:
    """Whether it is a colour as a portal names it, #rgb or #rrggbb."""
    return bool(_HEX.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """WCAG 2's ratio, 1 to 21."""
    return _contrast(_rgb(one), _rgb(other))


def _accent(rgb: Rgb, surfaces: tuple[str, ...], *, darker: bool) -> Accent:
    mark = _until(rgb, surfaces, MARK_CONTRAST, darker=darker)
    text = _until(rgb, surfaces, TEXT_CONTRAST, darker=darker)
    white, black = _rgb("#ffffff"), _rgb("#000000")
    on_mark = white if _contrast(white, mark) >= _contrast(black, mark) else black
    return Accent(_hex(mark), _hex(text), _hex(on_mark))


def _until(rgb: Rgb, surfaces: tuple[str, ...], least: float, *, darker: bool) -> Rgb:
    lightness, chroma, hue = _to_oklch(rgb)
    found = rgb
    # Rounding to a byte a channel may cost a hair of contrast.
    while min(_contrast(_rgb(_hex(found)), _rgb(s)) for s in surfaces) < least and 0 <= lightness <= 1:
        lightness += -_STEP if darker else _STEP
        found = _from_oklch(lightness, chroma, hue)
    return found


def _rgb(text: str) -> Rgb:
    digits = text[1:]
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(min(max(c, 0), 1) * 255):02x}" for c in rgb)


def _contrast(one: Rgb, other: Rgb) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = map(_linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _gamma(c: float) -> float:
    return c * 12.92 if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055


def _to_oklch(rgb: Rgb) -> Rgb:
    r, g, b = map(_linear, rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    bb = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, bb), math.atan2(bb, a)


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """With less chroma where a screen cannot show as much."""
    found = _unclipped(lightness, chroma, hue)
    while chroma > 0 and not all(-0.001 <= c <= 1.001 for c in found):
        chroma = max(0.0, chroma - 0.004)
        found = _unclipped(lightness, chroma, hue)
    red, green, blue = (min(max(c, 0.0), 1.0) for c in found)
    return red, green, blue


def _unclipped(lightness: float, chroma: float, hue: float) -> Rgb:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return _safe(red), _safe(green), _safe(blue)


def _safe(c: float) -> float:
    return _gamma(c) if c > 0 else c
