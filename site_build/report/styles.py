"""The report's styles: the same for all, and the few rules of one brand and one paper."""

from core.portals.definition import Branding
from site_build.colour import DEFAULT, brand, contrast, is_colour
from site_build.locate import TEMPLATES

# A band as white as the paper is drawn in the brand's darker form.
_LEAST_BAND = 1.05
_PAPERS = {"A4": "210mm 297mm", "Letter": "8.5in 11in"}


def common() -> str:
    """What every report has."""
    widths = "".join(f".w{percent}{{width:{percent}%}}" for percent in range(101))
    return (TEMPLATES / "report" / "report.css").read_text("utf-8") + widths


def own(branding: Branding, locale: str) -> str:
    """What this one has: paper and colours. Nothing of anybody's text is in it but a colour that is one."""
    accent = brand(branding.primary_color).light
    band, on_band = band_colours(branding.primary_color)
    colours = {
        "--accent": accent.mark,
        "--accent-text": accent.text,
        "--on-accent": accent.on_mark,
        "--band": band,
        "--on-band": on_band,
    }
    rules = ";".join(f"{name}:{colour}" for name, colour in colours.items())
    return f"@page{{size:{_PAPERS[paper(locale)]}}}:root{{{rules}}}"


def paper(locale: str) -> str:
    """Letter where people use it."""
    return "Letter" if locale.replace("_", "-").lower() in ("en-us", "en-ca", "es-mx", "fr-ca") else "A4"


def band_colours(primary: str | None) -> tuple[str, str]:
    """The cover's band in the brand's own colour, and the better of black and white on it."""
    own_colour = primary if primary and is_colour(primary) else DEFAULT
    if contrast(own_colour, "#ffffff") < _LEAST_BAND:
        own_colour = brand(primary).light.mark
    white, black = contrast(own_colour, "#ffffff"), contrast(own_colour, "#14171f")
    return own_colour, "#ffffff" if white >= min(4.5, black) else "#14171f"
