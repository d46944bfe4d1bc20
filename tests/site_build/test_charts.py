"""Chart specs reach nothing outside and run nothing; colours and numbers come from the page."""

import json
import re

import pytest

from site_build.charts import forbidden, specs
from site_build.locate import ASSETS


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    return dict(specs())


def test_there_is_one_spec_a_kind_and_it_names_no_address(made: dict[str, object]) -> None:
    assert made.keys() == {"line", "bar", "histogram"}
    assert not any(forbidden(spec) for spec in made.values())
    assert "http" not in json.dumps(made)


@pytest.mark.parametrize(
    "spec",
    [
        {"mark": "image"},
        {"mark": {"type": "image"}},
        {"layer": [{"data": {"url": "x"}}]},
        {"encoding": {"href": {}}},
        {"params": [{"expr": "1"}]},
        {"layer": [{"layer": [{"a": [{"signal": "x"}]}]}]},
        {"usermeta": {}},
    ],
)
def test_what_could_reach_outside_or_run_is_found(spec: object) -> None:
    assert forbidden(spec)


def test_every_word_that_a_page_fills_in_is_one_that_it_has(made: dict[str, object]) -> None:
    asked = set(re.findall(r'"@(\w+)"', json.dumps(made)))
    script = (ASSETS / "charts.js").read_text()
    for word in asked:
        assert re.search(rf"\b{word}\b", script), word


def test_scripts_of_our_own_evaluate_nothing() -> None:
    for name in ("portal.js", "charts.js"):
        script = (ASSETS / name).read_text()
        assert not re.search(r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write", script)
    assert "ast: true" in (ASSETS / "charts.js").read_text()
