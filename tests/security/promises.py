"""What is promised about safety, the tests that keep it, and the figures that they reached: the table of SECURITY.md.

python -m tests.security.promises            writes the table anew
PROOFLINE_RECORD_FIGURES=1 pytest …          keeps the figures that tests reach, for the table
"""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_name("figures.json")
PAGE = ROOT / "SECURITY.md"
_BEGIN, _END = "<!-- promises: begin -->", "<!-- promises: end -->"


@dataclass(frozen=True)
class Promise:
    """`figure` is what the tests assert; what they reached stands before it where they note it."""

    id: str
    text: str
    tests: tuple[str, ...]
    figure: str


def _read() -> tuple[Promise, ...]:
    plain = yaml.safe_load(Path(__file__).with_name("promises.yaml").read_text(encoding="utf-8"))
    return tuple(Promise(one["id"], one["text"], tuple(one["tests"]), one["figure"]) for one in plain)


PROMISES = _read()


def table() -> str:
    """The table as the page has it."""
    reached = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    lines = ["| | Promise | Kept by | Figure |", "|---|---|---|---|"]
    for one in PROMISES:
        tests = "<br>".join(f"`{place.removeprefix('tests/')}`" for place in one.tests)
        figure = f"**{reached[one.id]}** ({one.figure})" if one.id in reached else one.figure
        lines.append(f"| {one.id} | {one.text} | {tests} | {figure} |")
    return "\n".join(lines)


def page_with_table(page: str) -> str:
    """The page with the table of now in its place."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
