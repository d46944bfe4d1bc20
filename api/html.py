"""The few pages that the API itself serves: its reference and its errors.

Plain HTML without script and without other hosts, built from small functions that escape what goes in.
"""

from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse, Response

STYLE_PATH = "/docs/style.css"
_CSP = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none';"
    " object-src 'none'; frame-ancestors 'none'"
)
_CACHED = "public, max-age=300"

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; } h3 { margin-top: 2rem; font-size: 1.05rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { padding: .75rem; overflow-x: auto; border: 1px solid #8884; border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; }
tr { border-bottom: 1px solid #8884; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
nav a { margin-right: 1rem; }
"""


def page(title: str, *parts: str) -> Response:
    """A page of escaped parts under a title."""
    content = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} · Proofline</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{STYLE_PATH}"></head><body>'
        '<nav><a href="/docs">API reference</a><a href="/errors">Errors</a>'
        '<a href="/openapi.json">OpenAPI</a></nav>'
        f"<main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    )
    return HTMLResponse(content, headers={"Content-Security-Policy": _CSP, "Cache-Control": _CACHED})


def style() -> Response:
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": _CACHED})


def tag(name: str, text: str) -> str:
    """An element of plain text."""
    return f"<{name}>{escape(text)}</{name}>"


def link(address: str, text: str) -> str:
    return f'<a href="{escape(address, quote=True)}">{escape(text)}</a>'


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table whose cells are HTML already."""
    if not rows:
        return ""
    head = "".join(tag("th", name) for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
