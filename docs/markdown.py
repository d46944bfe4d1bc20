"""Markdown made of values: cells and tables. What a page says is said in the page's module."""

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Printed from the code by `make docs`; a change here is lost. -->"


def page(title: str, *parts: str) -> str:
    """A whole page, its parts a blank line apart."""
    return "\n\n".join((f"# {title}", GENERATED, *parts)) + "\n"


def cell(text: object) -> str:
    """Text as one cell holds it."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    return ", ".join(code(text) for text in texts)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell(value) for value in line)} |" for line in lines)


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
