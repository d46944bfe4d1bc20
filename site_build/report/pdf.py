"""The document → PDF. Nothing is fetched: pictures and styles are in the document, any other address is refused."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.portals.definition import Branding
from site_build import render
from site_build.report import styles
from site_build.report.views import ReportView

VARIANT = "pdf/ua-1"


@dataclass(frozen=True)
class MadePdf:
    data: bytes
    pages: int


def pdf(view: ReportView, branding: Branding, locale: str) -> MadePdf:
    """The report as PDF/UA-1 with its text, tags, fonts and bookmarks."""
    return printed(html(view), styles.own(branding, locale))


def html(view: ReportView) -> str:
    return render.report(view)


def printed(text: str, own_styles: str) -> MadePdf:
    from weasyprint import CSS, HTML

    common = _common()
    own = CSS(string=own_styles, url_fetcher=_nothing(), font_config=common.fonts)
    source = HTML(string=text, url_fetcher=_nothing())
    document = source.render(
        font_config=common.fonts, stylesheets=[common.styles, own], pdf_variant=VARIANT, pdf_tags=True
    )
    out = io.BytesIO()
    document.write_pdf(out, pdf_variant=VARIANT, pdf_tags=True)
    return MadePdf(out.getvalue(), len(document.pages))


def prepare() -> None:
    """Loads the library and the styles that every report has."""
    _common()


@dataclass(frozen=True)
class _Common:
    fonts: Any
    styles: Any


@cache
def _common() -> _Common:
    """What every report needs, read once a process."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return _Common(fonts, CSS(string=styles.common(), url_fetcher=_nothing(), font_config=fonts))


@cache
def _nothing() -> Any:
    """A fetcher that gives what is in the address itself, and nothing from anywhere else."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=False)
