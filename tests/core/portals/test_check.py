"""Everything that is wrong with a configuration is said at once, where it is and in words to act on."""

import pytest

from core.addresses import Reach
from core.custom_metrics import MetricInfo
from core.metric_info import find_for_use
from core.portals.check import check_portal
from core.portals.definition import Access, Branding, Layout, PortalDefinition, Section
from tests.builders.portals import before_after, card, portal


def _find(metric_id: str) -> MetricInfo | None:
    if metric_id == "cm_roi":
        return MetricInfo("cm_roi", "usd", frozenset(), frozenset())
    return find_for_use(metric_id)


def _said(definition: PortalDefinition, **more: object) -> list[tuple[str, str]]:
    found = check_portal(definition, find_metric=_find, **more)
    return [(fault.code.value, fault.param) for fault in found.faults]


def test_a_sound_portal_has_no_faults() -> None:
    sound = portal(card("cost.total", "pie"), card("cm_roi", "bar"), comparisons=(before_after(),))
    assert check_portal(sound, find_metric=_find).faults == ()
    assert check_portal(sound, find_metric=_find).definition == sound


def test_every_metric_that_does_not_exist_is_named() -> None:
    unknown = portal(
        card("nope"), card("cost.total"), card("cm_foreign"), comparisons=(before_after("gone"),)
    )
    found = check_portal(unknown, find_metric=_find).faults
    assert [(fault.code, fault.param) for fault in found] == [
        ("INVALID_METRIC_ID", "metrics[0].metric_id"),
        ("INVALID_METRIC_ID", "metrics[2].metric_id"),
        ("INVALID_METRIC_ID", "comparisons[0].current.metric_id"),
    ]
    assert ["'nope'" in found[0].message, "'cm_foreign'" in found[1].message, "'gone'" in found[2].message]


def test_a_metric_that_was_accepted_before_and_is_gone_stands_in_no_ones_way() -> None:
    assert _said(portal(card("nope"), card("gone")), accepted=("nope",)) == [
        ("INVALID_METRIC_ID", "metrics[1].metric_id")
    ]


@pytest.mark.parametrize(
    "metric_id", ["cost.total", "cost.by_model", "usage.tokens.input", "usage.requests.daily", "custom.hours"]
)
def test_a_total_has_parts_for_a_pie(metric_id: str) -> None:
    assert _said(portal(card(metric_id, "pie"))) == []


@pytest.mark.parametrize(
    "metric_id",
    [
        "autonomy.deflection_rate",
        "perf.latency.avg",
        "perf.latency.p95",
        "cost.burn_rate",
        "cost.per_completion",
        "cm_roi",
    ],
)
def test_what_is_no_total_has_none(metric_id: str) -> None:
    assert _said(portal(card(metric_id, "pie"))) == [("INVALID_PARAMETER", "metrics[0].chart_type")]


@pytest.mark.parametrize("colour", ["#26e", "#26E", "#2563EB", "#000000"])
def test_a_colour_is_a_hex_code(colour: str) -> None:
    assert _said(portal(branding=Branding("t", primary_color=colour))) == []


@pytest.mark.parametrize(
    "colour",
    ["", "red", "2563EB", "#25", "#2563", "#2563EB80", "#25 63EB", "#2563EG", "#2563EB;", "rgb(0,0,0)", "#2563EB\n",
     "#\u0662\u0665\u0666", "url(https://x.org)", "var(--x)"],
)  # fmt: skip
def test_another_word_for_a_colour_is_refused(colour: str) -> None:
    assert _said(portal(branding=Branding("t", primary_color=colour))) == [
        ("INVALID_PARAMETER", "branding.primary_color")
    ]


@pytest.mark.parametrize(
    "url",
    ["http://acme.com/l.png", "data:image/png;base64,AAAA", "javascript:alert(1)", "https://127.0.0.1/l.png", "",
     "https://own.example.com/l.png", "//acme.com/l.png", "file:///etc/passwd", "https://localhost/l.png"],
)  # fmt: skip
def test_a_logo_is_fetched_from_the_public_internet_only(url: str) -> None:
    reach = Reach.of(["https://own.example.com"])
    assert _said(portal(branding=Branding("t", url)), reach=reach) == [
        ("INVALID_PARAMETER", "branding.logo_url")
    ]
    assert _said(portal(branding=Branding("t", "https://cdn.acme.com/l.png?v=2")), reach=reach) == []


def test_domains_are_kept_as_browsers_write_them_and_once() -> None:
    access = Access(True, ("ACME.com", "acme.com:443", "*.bücher.example"))
    found = check_portal(portal(access=access), find_metric=_find)
    assert found.faults == ()
    assert found.definition.access.allowed_domains == ("acme.com", "*.xn--bcher-kva.example")


def test_every_bad_domain_is_named() -> None:
    access = Access(True, ("*", "acme.com", "com"))
    found = check_portal(portal(access=access), find_metric=_find).faults
    assert [fault.param for fault in found] == ["access.allowed_domains"] * 2
    assert [fault.message.split()[0] for fault in found] == ["'*'", "'com'"]


def test_comparisons_have_names_of_their_own() -> None:
    assert _said(portal(comparisons=(before_after(), before_after()))) == [
        ("INVALID_PARAMETER", "comparisons[1].metric_id")
    ]


def test_too_many_of_anything_is_said_with_the_limit() -> None:
    many = portal(*[card("cost.total")] * 51, access=Access(True, ("acme.com",) * 51))
    assert _said(many) == [("INVALID_PARAMETER", "metrics"), ("INVALID_PARAMETER", "access.allowed_domains")]


def test_all_kinds_of_faults_come_at_once_unknown_metrics_first_then_the_grid() -> None:
    broken = portal(
        card("perf.latency.avg", "pie"),
        card("nope"),
        branding=Branding("t", "http://x", "red"),
        layout=Layout(13, (Section(("gone",)),)),
        access=Access(True, ("*",)),
    )
    assert _said(broken) == [
        ("INVALID_METRIC_ID", "metrics[1].metric_id"),
        ("INVALID_LAYOUT", "layout.grid_columns"),
        ("INVALID_LAYOUT", "layout.sections[0].metrics[0]"),
        ("INVALID_PARAMETER", "branding.primary_color"),
        ("INVALID_PARAMETER", "branding.logo_url"),
        ("INVALID_PARAMETER", "metrics[0].chart_type"),
        ("INVALID_PARAMETER", "access.allowed_domains"),
    ]


def test_a_message_shows_nothing_invisible_of_what_was_sent() -> None:
    (fault,) = check_portal(portal(card("no\u202epe" + "x" * 500)), find_metric=_find).faults
    assert "\u202e" not in fault.message and len(fault.message) < 200
