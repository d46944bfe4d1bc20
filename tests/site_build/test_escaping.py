"""Templates escape everything as markupsafe does, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from site_build.escaping import EscapingEnvironment, escaped

TEXTS = st.text(st.sampled_from("&<>'\"ab;#3 \u2028é\0")) | st.text()
ENVIRONMENT = EscapingEnvironment(autoescape=True, undefined=StrictUndefined)


class Loud(str):
    """A text with a form in HTML of its own."""

    def __html__(self) -> str:
        return f"<b>{escape(str(self))}</b>"


@given(TEXTS)
def test_a_text_is_escaped_as_markupsafe_does(text: str) -> None:
    assert escaped(text) == str(escape(text))


@given(TEXTS)
def test_what_is_markup_already_is_left_alone(text: str) -> None:
    assert escaped(Markup(text)) == text


@pytest.mark.parametrize("value", [Loud("a<b"), 1.5, None, True, ["<i>"], {"'": '"'}])
def test_anything_else_is_what_markupsafe_makes_of_it(value: object) -> None:
    assert escaped(value) == str(escape(value))


@given(TEXTS)
def test_templates_say_the_same_as_with_the_engine_s_own(text: str) -> None:
    source = (
        "{% macro loud(x) %}<b title='{{ x }}'>{{ x ~ '<' }}</b>{% endmacro %}"
        "{{ value }}{{ loud(value) }}{% set kept %}{{ value }}{% endset %}{{ kept }}{{ value|upper }}{{ value|safe }}"
        "{% autoescape false %}{{ value }}{% endautoescape %}"
    )
    plain = EscapingEnvironment.__base__(autoescape=True, undefined=StrictUndefined)  # type: ignore[misc]
    ours, theirs = (e.from_string(source).render(value=text) for e in (ENVIRONMENT, plain))
    assert ours == theirs


def test_a_name_that_is_not_known_is_still_a_fault() -> None:
    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string("{{ nothing }}").render()


def test_templates_are_asked_to_escape_by_it() -> None:
    assert "environment.escaped(" in ENVIRONMENT.compile("{{ value }}", raw=True)
