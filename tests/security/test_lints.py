"""Holes that can be seen in the source: readers that are not scoped, text taken for a template, a second way out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.references import ROOT

_PACKAGES = ("api", "core", "pipeline", "site_build", "dagster_project")
_MODULES = sorted(path for package in _PACKAGES for path in (ROOT / package).rglob("*.py"))
_TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# Who may read everybody's rows, and why that is no leak.
ALL_CUSTOMERS = {
    "api/scope.py": "for a key of all customers, and nobody else",
    "api/health.py": "says how old the snapshot is",
    "api/routes/reports.py": "up to when data reaches, and zones of the customers that the key sees",
    "core/reports/zones.py": "zones of the customers that it is asked about",
    "core/store/metric_store.py": "hands the readers out",
    "pipeline/alerts.py": "rules over everybody's numbers are everybody's",
    "site_build/report_runs/due.py": "up to when data reaches",
    "site_build/sites.py": "up to when data reaches",
}
# Who may open a snapshot's file itself.
OPENS_DUCKDB = {
    "core/store/snapshot.py": "the published snapshot, read-only",
    "core/custom_values/rows.py": "an empty database in memory, for arithmetic",
}
_UNSCOPED = ("for_all", "for_customers", "CustomerReaders")
# Who may speak to whom outside, or ask the machine for its name.
NETWORK = {
    "core/outbound.py": "the one way out by HTTP",
    "core/delivery/smtp.py": "the mail server of the settings",
    "site_build/report_runs/due.py": "the name of this machine",
}
_OUT = ("socket", "smtplib", "http.client", "urllib.request", "httpx", "requests", "aiohttp")


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_whoever_reads_everybodys_rows_is_known() -> None:
    found = {_place(path) for path in _MODULES if set(_calls(path)) & set(_UNSCOPED)}
    assert found - ALL_CUSTOMERS.keys() - _BUILDS == set()
    assert ALL_CUSTOMERS.keys() <= found


# Builds read for many customers in one pass, and hand each its own.
_BUILDS = {
    path
    for path in map(_place, _MODULES)
    if path.startswith(("site_build/", "pipeline/")) and path not in ALL_CUSTOMERS
}


def test_a_request_has_no_other_way_to_numbers() -> None:
    """The service reads through scoped readers; only one module of it asks for another kind, by the key it was shown."""
    for path in _MODULES:
        place = _place(path)
        if place.startswith("api/"):
            assert "duckdb.connect" not in path.read_text(), place
            assert not set(_calls(path)) & {
                "for_customers",
                "CustomerReaders",
                "MetricStore",
                "open_snapshot",
            }, place
        if "duckdb.connect" in path.read_text() and place.startswith("core/"):
            assert place in OPENS_DUCKDB, place


def test_there_is_one_way_out() -> None:
    found = {_place(path) for path in _MODULES if {*_imported(path)} & {*_OUT}}
    here = {place for place in found if place.startswith(_WITHOUT_STRANGERS)}
    assert found - here == NETWORK.keys()


# The doctor asks this machine's own ports and the settings' own mail server.
_WITHOUT_STRANGERS = ("core/doctor/", "pipeline/", "dagster_project/")


@pytest.mark.parametrize("path", _MODULES, ids=_place)
def test_no_text_becomes_code_or_a_template(path: Path) -> None:
    calls = list(_calls(path))
    assert not {"from_string", "Template", "to_html", "exec", "system", "popen"} & set(calls)
    # Of what a template of ours gave, once, the parts are put together.
    assert calls.count("Markup") <= (_place(path) == "site_build/render.py")
    if "eval" in calls:
        raise AssertionError(f"{_place(path)} evaluates a text")
    text = path.read_text(encoding="utf-8")
    assert "shell=True" not in text and "pickle.loads" not in text and "yaml.load(" not in text


@pytest.mark.parametrize("path", _TEMPLATES, ids=_place)
def test_a_template_opens_no_hole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|from_string|Markup", text)
    assert not re.search(r"\son[a-z]+\s*=|javascript:", text)
    assert not re.search(r"=\s*{{", text), "an attribute without quotes"
    for inside in re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL):
        assert "{{" not in inside
    for attributes, inside in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        is_island = "application/json" in attributes and re.fullmatch(r"\s*{{ [\w.]+\|tojson }}\s*", inside)
        assert is_island or ("src=" in attributes and not inside.strip())


def test_scripts_run_no_text() -> None:
    for path in sorted((ROOT / "templates").rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"\beval\(|new Function|innerHTML|outerHTML|document\.write|insertAdjacentHTML", text
        ), path
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), path
