"""Templates can be read for holes: everything is escaped, nothing is inline, no text is ever taken for a template."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from site_build import render
from site_build.locate import TEMPLATES
from site_build.views import ReportsPage

PAGES = sorted(path for folder in ("portal", "report") for path in (TEMPLATES / folder).glob("*.html"))
SOURCES = sorted(Path(render.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_opens_no_hole(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\|\s*safe|autoescape|from_string", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    for script in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S):
        assert "src=" in script[0] or (
            "application/json" in script[0] and re.fullmatch(r"\s*{{ [\w.]+\|tojson }}\s*", script[1])
        )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_attribute_with_a_value_of_ours_is_quoted(path: Path) -> None:
    assert not re.search(r"=\s*{{", path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_text_of_anybody_becomes_a_template(path: Path) -> None:
    text = path.read_text()
    assert "from_string" not in text and "Template(" not in text and "to_html" not in text


def test_a_name_that_a_template_does_not_know_is_a_fault() -> None:
    with pytest.raises(AttributeError, match="frame"):
        render.page("reports.html", object())
    with pytest.raises(UndefinedError, match="page"):
        render._template("portal/reports.html").render()
    assert ReportsPage.__doc__


@given(st.text() | st.integers() | st.floats() | st.none() | st.text().map(Markup))
@example("<script>alert('&\"')</script>")
@example("'")
@example('"')
@example(">")
@example("&")
@example(Markup("<b>"))
def test_what_stands_on_a_page_is_escaped_as_the_library_does(value: object) -> None:
    written = render._environment().from_string("{{ page }}").render(page=value)
    assert written == str(escape(value))
