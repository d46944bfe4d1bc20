"""The typeface, cut to what pages use. Where it is not installed, pages use the reader's own sans-serif."""

import io
from pathlib import Path

_FOLDERS = (
    "/usr/share/fonts/opentype/inter",
    "/usr/share/fonts/truetype/inter",
    "/usr/local/share/fonts/inter",
)
_FILES = {400: "Inter-Regular", 600: "Inter-SemiBold"}
_LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180))
# Dashes, quotes, dots, narrow spaces, currencies, arrows, minus, comparison.
_SIGNS = (*range(0x2010, 0x2028), 0x202F, 0x2030, *range(0x2039, 0x203B), *range(0x20A0, 0x20C0),
          *range(0x2190, 0x2194), 0x2212, 0x2248, 0x2264, 0x2265)  # fmt: skip


def cut_fonts() -> dict[int, bytes]:
    """WOFF2 by weight; empty where the typeface is not installed."""
    found = {weight: _find(name) for weight, name in _FILES.items()}
    return {weight: _cut(path) for weight, path in found.items() if path is not None}


def _find(name: str) -> Path | None:
    paths = (Path(folder) / f"{name}{suffix}" for folder in _FOLDERS for suffix in (".otf", ".ttf"))
    return next((path for path in paths if path.is_file()), None)


def _cut(path: Path) -> bytes:
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["kern", "tnum", "calt", "ccmp", "locl", "mark"])
    options.hinting = False
    # Without it the file would differ with every cut.
    options.recalc_timestamp = False
    with subset.load_font(str(path), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=(*_LATIN, *_SIGNS))
        cutter.subset(font)
        out = io.BytesIO()
        subset.save_font(font, out, options)
    return out.getvalue()
