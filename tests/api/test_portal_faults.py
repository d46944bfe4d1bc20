"""What makes no sound portal is refused, every fault named at once, and nothing odd is a fault of ours."""

from typing import Any

import pytest

from tests.builders.api import Api, fault, metric
from tests.builders.portal_bodies import COMPARISON, PATH, body, card


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metrics": [card("nope")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card("cm_of_b")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card("custom.hours_777")]}, ("INVALID_METRIC_ID", "metrics[0].metric_id")),
        ({"metrics": [card(position={"row": -1, "col": 99999})]}, ("INVALID_LAYOUT", "metrics[0].position.row")),
        ({"metrics": [card(size={"width": 0})]}, ("INVALID_LAYOUT", "metrics[0].size.height")),
        ({"metrics": [card(size={"width": 0, "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(size={"width": "6", "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(size={"width": 1.5, "height": 1})]}, ("INVALID_LAYOUT", "metrics[0].size.width")),
        ({"metrics": [card(position=None)]}, ("INVALID_LAYOUT", "metrics[0].position")),
        ({"metrics": [card(), card("cost.daily")]}, ("INVALID_LAYOUT", "metrics[1].position")),
        ({"layout": {"grid_columns": 13}}, ("INVALID_LAYOUT", "layout.grid_columns")),
        ({"layout": {"sections": [{"metrics": ["cost.total"]}]}}, ("INVALID_LAYOUT",
        "layout.sections[0].metrics[0]")),
        ({"layout": []}, ("INVALID_LAYOUT", "layout")),
        ({"comparisons": [{**COMPARISON, "size": {"width": 1, "height": 1}}]}, ("INVALID_LAYOUT",
        "comparisons[0].position")),
        ({"metrics": [card("autonomy.deflection_rate", chart_type="pie")]}, ("INVALID_PARAMETER",
        "metrics[0].chart_type")),
        ({"metrics": [card(chart_type="__proto__")]}, ("INVALID_PARAMETER", "metrics[0].chart_type")),
        ({"metrics": [card(display_name="")]}, ("INVALID_PARAMETER", "metrics[0].display_name")),
        ({"metrics": [card(display_name="a\x1bb")]}, ("INVALID_PARAMETER", "metrics[0].display_name")),
        ({"metrics": [card(colour="red")]}, ("INVALID_PARAMETER", "metrics[0].colour")),
        ({"metrics": [card(target={"value": "85", "label": "x"})]}, ("INVALID_PARAMETER",
        "metrics[0].target.value")),
        ({"metrics": [card()] * 51}, ("INVALID_PARAMETER", "metrics")),
        ({"metrics": None}, ("MISSING_PARAMETER", "metrics")),
        ({"preset_metrics": ["nope"]}, ("INVALID_PARAMETER", "preset_metrics[0]")),
        ({"branding": {"title": "a\u0000b"}}, ("INVALID_PARAMETER", "branding.title")),
        ({"branding": {"title": "x" * 201}}, ("INVALID_PARAMETER", "branding.title")),
        ({"branding": {}}, ("MISSING_PARAMETER", "branding.title")),
        ({"branding": {"title": "t", "theme": "blue"}}, ("INVALID_PARAMETER", "branding.theme")),
        ({"branding": {"title": "t", "primary_color": "red"}}, ("INVALID_PARAMETER", "branding.primary_color")),
        ({"branding": {"title": "t", "logo_url": "http://127.1/"}}, ("INVALID_PARAMETER", "branding.logo_url")),
        ({"branding": {"title": "t", "logo_url": "https://api.example.com/"}}, ("INVALID_PARAMETER",
        "branding.logo_url")),
        ({"access": {"allowed_domains": ["*"]}}, ("INVALID_PARAMETER", "access.allowed_domains")),
        ({"access": {"allowed_domains": ["acme.com; script-src *"]}}, ("INVALID_PARAMETER",
        "access.allowed_domains")),
        ({"access": {"public_link": "https://x.org"}}, ("INVALID_PARAMETER", "access.public_link")),
        ({"access": {"embed_enabled": "yes"}}, ("INVALID_PARAMETER", "access.embed_enabled")),
        ({"status": "active"}, ("INVALID_PARAMETER", "status")),
        ({"customer_idd": "x"}, ("INVALID_PARAMETER", "customer_idd")),
        ({"comparisons": [COMPARISON, COMPARISON]}, ("INVALID_PARAMETER", "comparisons[1].metric_id")),
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sound_portal_is_refused(
    shared_api: Api, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    shared_api.post("/metrics/custom", metric("cm_of_b"), "b")
    answer = shared_api.post(PATH, body(**change))
    assert fault(answer) == (400, *expected)
    assert answer.json()["error"]["type"] == "validation_error"


@pytest.mark.parametrize("sent", [[], "x", 5, None])
def test_a_body_that_is_no_object_is_refused(shared_api: Api, sent: Any) -> None:
    path = f"{PATH}/portal_none"
    for answer in (shared_api.post(PATH, sent), shared_api.patch(path, sent)):
        assert answer.status_code == 400 and answer.json()["error"]["type"] == "validation_error"


def test_every_fault_is_named_at_once(shared_api: Api) -> None:
    broken = body(
        metrics=[card("nope"), card("gone", chart_type="pie"), card("perf.latency.avg", 9, chart_type="pie")],
        layout={"grid_columns": 13, "sections": [{"metrics": ["lost"]}]},
        branding={"title": "t", "primary_color": "red", "logo_url": "ftp://x"},
        access={"allowed_domains": ["*", "com"], "password": "short"},
    )
    error = shared_api.post(PATH, broken).json()["error"]
    assert [(d["code"], d["param"]) for d in error["details"]] == [
        ("INVALID_METRIC_ID", "metrics[0].metric_id"),
        ("INVALID_METRIC_ID", "metrics[1].metric_id"),
        ("INVALID_LAYOUT", "layout.grid_columns"),
        ("INVALID_LAYOUT", "metrics[1].position"),
        ("INVALID_LAYOUT", "layout.sections[0].metrics[0]"),
        ("INVALID_PARAMETER", "branding.primary_color"),
        ("INVALID_PARAMETER", "branding.logo_url"),
        ("INVALID_PARAMETER", "metrics[2].chart_type"),
        ("INVALID_PARAMETER", "access.allowed_domains"),
        ("INVALID_PARAMETER", "access.allowed_domains"),
        ("INVALID_PARAMETER", "access.password"),
    ]
    assert (error["code"], error["param"]) == ("INVALID_METRIC_ID", "metrics[0].metric_id")
    assert "'nope'" in error["message"] and "'gone'" in error["message"]
    assert all(detail["message"] for detail in error["details"])


def test_every_field_of_a_wrong_shape_is_named_at_once(shared_api: Api) -> None:
    broken = body(branding={"colour": 1}, metrics=[card(size={"width": "x"}, chart_type="fan")], more=1)
    error = shared_api.post(PATH, broken).json()["error"]
    assert {(d["code"], d["param"]) for d in error["details"]} == {
        ("INVALID_PARAMETER", "branding.title"),
        ("INVALID_PARAMETER", "branding.colour"),
        ("INVALID_LAYOUT", "metrics[0].size.width"),
        ("INVALID_LAYOUT", "metrics[0].size.height"),
        ("INVALID_PARAMETER", "metrics[0].chart_type"),
        ("INVALID_PARAMETER", "more"),
    }


# Whatever stands anywhere

WHOLE = body(
    name="Whole",
    branding={
        "title": "T",
        "logo_url": "https://cdn.acme.com/l.png",
        "primary_color": "#26E",
        "theme": "dark",
    },
    metrics=[
        card(
            time_range={"default": "7d", "allow_user_selection": False},
            comparison={"enabled": True, "period": "yoy"},
            target={"value": 1.5, "label": "Goal"},
        )
    ],
    layout={"grid_columns": 12, "sections": [{"title": "S", "collapsible": True, "metrics": ["cost.total"]}]},
    comparisons=[{**COMPARISON, "position": {"row": 5, "col": 0}, "size": {"width": 3, "height": 1}}],
    access={
        "embed_enabled": True,
        "allowed_domains": ["acme.com"],
        "public": False,
        "password_protected": True,
        "password": "hunter2-hunter2",
    },
)


ODD = (None, "", "x", "x" * 300, 0, -1, 10**14, 1e308, True, [], [None], {}, {"a": None})


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(p for name, inner in value.items() for p in _paths(inner, (*path, name)))]
    if isinstance(value, list):
        return [path, *(p for index, inner in enumerate(value) for p in _paths(inner, (*path, index)))]
    return [path]


def _with(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    name, *rest = path
    if isinstance(value, dict):
        return {**value, name: _with(value[name], tuple(rest), odd)}
    return [_with(inner, tuple(rest), odd) if index == name else inner for index, inner in enumerate(value)]


@pytest.mark.parametrize("top", [name for name in WHOLE if name != "name"])
def test_nothing_odd_anywhere_in_a_body_is_a_fault_of_ours(shared_api: Api, top: str) -> None:
    portal_id = shared_api.post(PATH, {**WHOLE, "name": f"Odd {top}"}).json()["portal_id"]
    found = []
    for path in _paths(WHOLE[top], (top,)):
        for odd in ODD:
            sent = _with(WHOLE, path, odd)
            answers = (
                shared_api.post(PATH, {**sent, "name": "Odd again"}),
                shared_api.patch(f"{PATH}/{portal_id}", {top: sent[top]}),
            )
            found += [(path, odd, a.text) for a in answers if a.status_code not in (200, 201, 400, 409)]
    assert found == []
