"""Hostile addresses of receivers, hosts that embed, and headers: refused where they are saved, by rule."""

from typing import Any

import pytest

from tests.security.bodies import kept, portal_body, webhook_body
from tests.security.entries import Entry, entry, taken
from tests.security.stage import HOST, A, Answer, Stage
from tests.security.watch import Seen

_URLS = "webhook_url | webhooks.url | logo_url"


def _alert(target: str) -> dict[str, Any]:
    return {
        "name": "A rule",
        "metric_id": "cost.total",
        "condition": {"operator": "gt", "threshold": 1, "duration": "1h"},
        "actions": [{"type": "slack", "target": target}],
    }


# A name that leads inside is a name as any other until it is looked up; see the tests of what is sent.
_LEADS_INSIDE = ("SSRF-052",)


@pytest.mark.parametrize("one", taken(group="ssrf", where=_URLS, but=_LEADS_INSIDE), ids=str)
def test_an_address_that_must_not_be_reached_is_not_kept(stage: Stage, seen: Seen, one: Entry) -> None:
    url, before = one.text.replace("our-own-api-host", HOST), kept(stage)
    answers = [
        stage.post("/v1/portal/webhooks", webhook_body(A, url=url)),
        stage.post("/v1/portal/configs", portal_body(A, logo_url=url)),
        stage.post("/v1/analytics/alerts", _alert(url)),
        stage.post("/v1/analytics/alerts", {**_alert(url), "actions": [{"type": "webhook", "target": url}]}),
        stage.patch(f"/v1/portal/configs/{A.draft_id}", {"branding": {"logo_url": url}}),
    ]
    for answer, param in zip(
        answers, ("url", "branding.logo_url", "actions", "actions", "branding.logo_url"), strict=True
    ):
        assert answer.status in one.statuses, (param, answer.text)
        assert str(answer.param).startswith(param)
    assert kept(stage) == before and seen.but(stage.port) == []


def test_a_webhook_can_be_made_at_all(stage: Stage) -> None:
    """Or the refusals would prove nothing."""
    assert stage.post("/v1/portal/webhooks", webhook_body(A)).status == 201
    assert (
        stage.post("/v1/portal/webhooks", webhook_body(A, headers={"Authorization": "Bearer x"})).status
        == 201
    )


@pytest.mark.parametrize("one", taken(group="ssrf", where="webhook_headers"), ids=str)
def test_a_header_that_would_be_more_than_a_header_is_refused(stage: Stage, one: Entry) -> None:
    before = kept(stage)
    answer = stage.post("/v1/portal/webhooks", webhook_body(A, headers=one.input))
    assert answer.status in one.statuses and str(answer.param).startswith("headers")
    assert "X-Evil" not in answer.text and kept(stage) == before


_GOOD_DOMAINS = ("EMBD-018", "EMBD-019")


def _with_access(stage: Stage, **access: Any) -> Answer:
    return stage.post("/v1/portal/configs", {**portal_body(A), "access": {"embed_enabled": True, **access}})


@pytest.mark.parametrize(
    "one", taken(group="embed_csp", where="access.allowed_domains", but=_GOOD_DOMAINS), ids=str
)
def test_a_pattern_of_hosts_that_lets_in_strangers_is_refused(stage: Stage, one: Entry) -> None:
    before = kept(stage)
    answer = _with_access(stage, allowed_domains=one.input)
    assert (answer.status, answer.param) == (400, "access.allowed_domains")
    assert kept(stage) == before


@pytest.mark.parametrize(
    ("one", "source"),
    list(zip(taken(ids=_GOOD_DOMAINS), ("https://*.acme.com", "https://xn--bcher-kva.example"), strict=True)),
    ids=str,
)
def test_who_may_embed_is_told_to_the_browser_to_the_letter(stage: Stage, one: Entry, source: str) -> None:
    made = _with_access(stage, allowed_domains=one.input)
    assert made.status in one.statuses, made.text
    portal_id = made.json()["portal_id"]
    assert made.json()["access"]["allowed_domains"] == [source.removeprefix("https://")]
    assert stage.patch(f"/v1/portal/configs/{portal_id}", {"status": "active"}).status == 200
    answer = stage.shown(stage.token(A, portal_id=portal_id), f"/embed/{portal_id}")
    assert _ancestors(answer) == source


def test_nobody_embeds_what_is_not_to_be_embedded(stage: Stage) -> None:
    one = entry("EMBD-020")
    for place in ("p", "embed"):
        answer = stage.shown(stage.token(A, portal_id=A.public_id), f"/{place}/{A.public_id}")
        assert answer.status in one.statuses and _ancestors(answer) == "'none'"
    assert _ancestors(stage.shown(stage.token(), f"/p/{A.portal_id}")) == "'none'"
    assert (
        _ancestors(stage.shown(stage.token(), f"/embed/{A.portal_id}"))
        == f"https://{A.canary('domain')}.example.com"
    )


def _ancestors(answer: Answer) -> str:
    return str(answer.header("content-security-policy")).partition("frame-ancestors ")[2]


@pytest.mark.parametrize("one", taken(group="embed_csp", where="CORS"), ids=str)
@pytest.mark.parametrize("path", [f"/v1/portal/configs/{A.portal_id}/data", f"/embed/{A.portal_id}"])
def test_a_page_of_a_stranger_reads_nothing(stage: Stage, one: Entry, path: str) -> None:
    name, _, origin = one.text.partition(": ")
    strange = origin.replace("acme.com", f"{A.canary('domain')}.example.com")
    for said in (origin, strange):
        answer = stage.line.ask("GET", path, {"Authorization": f"Bearer {stage.token()}", name: said})
        assert answer.status in one.statuses
        assert answer.header("access-control-allow-origin") is None
    known = {"Authorization": f"Bearer {stage.token()}", name: f"https://{A.canary('domain')}.example.com"}
    assert stage.line.ask("GET", path, known).header("access-control-allow-origin") == known[name]


@pytest.mark.parametrize("place", ["p", "embed"])
def test_a_token_in_an_address_becomes_a_cookie_and_goes_no_further(
    stage: Stage, capfd: pytest.CaptureFixture[str], place: str
) -> None:
    one, token = entry("EMBD-024"), stage.token()
    answer = stage.get(f"/{place}/{A.portal_id}?token={token}", None)
    assert answer.status in one.statuses
    assert answer.header("location") == f"/{place}/{A.portal_id}"
    assert answer.header("referrer-policy") == "no-referrer"
    site = "SameSite=Lax" if place == "p" else "SameSite=None; Partitioned"
    assert str(answer.header("set-cookie")).startswith("portal_session=")
    assert str(answer.header("set-cookie")).endswith(f"HttpOnly; Secure; {site}")
    told = answer.text + str(answer.headers) + "".join(capfd.readouterr())
    assert token not in told and token.split(".")[2] not in told
