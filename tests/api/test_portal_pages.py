"""Pages of portals: links that become cookies, what a browser is told to do with a page, and who is shown nothing."""

import time
from dataclasses import replace

import pytest

from core.portals.definition import Access
from tests.builders.doors import DRAFT, UNKNOWN, A, Doors, told
from tests.builders.tokens import HEADER, bearer, decoded, signed

OPEN = Access(embed_enabled=True, allowed_domains=("*.acme.com", "shop.example.org"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors "
)


def test_the_documents_line_opens_a_page(doors: Doors) -> None:
    """curl -H "Authorization: Bearer …" https://portal.example.com/p/portal_…"""
    answer = doors.get(f"/p/{A}", doors.token())
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><p>index.html of acme</p>"
    assert "set-cookie" not in answer.headers


def test_a_link_becomes_a_cookie_at_the_clean_address(doors: Doors) -> None:
    browser, text = doors.browser(), doors.token()
    for _ in range(3):
        answer = browser.get(f"/p/{A}?token={text}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/p/{A}"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert text not in str(answer.headers) + answer.text
        assert text.rsplit(".", 1)[1] not in str(answer.headers)
    assert browser.get(f"/p/{A}").text == "<!doctype html><p>index.html of acme</p>"
    assert browser.get(f"/p/{A}/data.json").json() == {"mark": "acme"}


@pytest.mark.parametrize(
    ("place", "attributes"), [("p", ["SameSite=Lax"]), ("embed", ["SameSite=None", "Partitioned"])]
)
def test_the_cookie_is_for_this_portal_at_this_place_until_the_token_ends(
    doors: Doors, place: str, attributes: list[str]
) -> None:
    answer = doors.get(f"/{place}/{A}?token={doors.token(expires_in=120)}")
    name, *rest = answer.headers["set-cookie"].split("; ")
    age = next(part for part in rest if part.startswith("Max-Age="))
    assert name.startswith("portal_session=ey")
    assert set(rest) == {f"Path=/{place}/{A}", age, "HttpOnly", "Secure", *attributes}
    assert int(age.removeprefix("Max-Age=")) in (119, 120)


def test_a_link_to_a_file_leads_to_the_file(doors: Doors) -> None:
    answer = doors.get(f"/p/{A}/activity.html?token={doors.token()}&utm_source=x")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/p/{A}/activity.html")
    answer = doors.get(f"/p/{A}/?token={doors.token()}")
    assert answer.headers["location"] == f"/p/{A}/"


def test_a_session_opens_pages_and_nothing_else(doors: Doors) -> None:
    browser = doors.browser()
    browser.get(f"/p/{A}?token={doors.token()}")
    session = browser.cookies["portal_session"]
    assert decoded(session, 0)["typ"] == "portal-session+jwt"
    assert doors.get(f"/v1/portal/configs/{A}/data", session).status_code == 401
    assert doors.get(f"/p/{A}", session).status_code == 401
    assert doors.get(f"/p/{A}?token={session}").status_code == 401
    assert doors.get(f"/p/{A}", Cookie=f"portal_session={doors.token()}").status_code == 401


def test_a_cookie_is_found_among_those_that_somebody_slipped_in(doors: Doors) -> None:
    browser = doors.browser()
    browser.get(f"/p/{A}?token={doors.token()}")
    session = browser.cookies["portal_session"]
    cookies = f"portal_session=x; portal_session=a.b.c; theme=dark; portal_session={session}"
    assert doors.get(f"/p/{A}", Cookie=cookies).status_code == 200


def test_every_page_carries_the_whole_policy(doors: Doors) -> None:
    text = doors.token(A, "read:metrics", "export:data")
    for path in (
        "",
        "/",
        "/index.html",
        "/activity.html",
        "/data.json",
        "/export.csv",
        "/reports/3.pdf",
        "/x.html",
    ):
        headers = doors.get(f"/p/{A}{path}", text).headers
        assert headers["content-security-policy"] == POLICY + "'none'", path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"


def test_only_listed_domains_may_embed(doors: Doors) -> None:
    text = doors.token()

    def policy(path: str) -> str:
        found: str = doors.get(path, text).headers["content-security-policy"]
        return found.removeprefix(POLICY)

    assert policy(f"/embed/{A}") == "'none'"
    doors.change(A, access=OPEN)
    assert policy(f"/embed/{A}") == "https://*.acme.com https://shop.example.org"
    assert policy(f"/embed/{A}/data.json") == "https://*.acme.com https://shop.example.org"
    assert policy(f"/p/{A}") == "'none'"
    doors.change(A, access=replace(OPEN, embed_enabled=False))
    assert policy(f"/embed/{A}") == "'none'"
    doors.change(A, access=replace(OPEN, allowed_domains=()))
    assert policy(f"/embed/{A}") == "'none'"


def test_an_expired_link_in_a_frame_may_be_shown_there(doors: Doors) -> None:
    doors.change(A, access=OPEN)
    claims = decoded(doors.token())
    expired = signed(HEADER, {**claims, "iat": 1, "nbf": 1, "exp": 100})
    answer = doors.get(f"/embed/{A}?token={expired}")
    assert answer.status_code == 401 and "expired" in answer.text
    assert "https://*.acme.com" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("place", ["p", "embed"])
def test_who_shows_nothing_learns_nothing(doors: Doors, place: str) -> None:
    doors.change(A, access=OPEN)
    paths = ("", "/", "/activity.html", "/export.csv", "/nothing.html", "/..%2fx", "/leave")
    for path in paths:
        existing, unknown, draft = (told(doors.get(f"/{place}/{p}{path}")) for p in (A, UNKNOWN, DRAFT))
        assert existing == unknown == draft
        assert existing[0] == 401
    assert doors.get(f"/{place}/{A}").headers["www-authenticate"].startswith("Bearer")


def test_nothing_is_faster_for_a_portal_that_is_not_there(doors: Doors) -> None:
    browser = doors.browser()
    spent: dict[str, list[float]] = {A: [], UNKNOWN: []}
    for _ in range(60):
        for portal_id, times in spent.items():
            began = time.perf_counter()
            browser.get(f"/p/{portal_id}")
            times.append(time.perf_counter() - began)
    # A busy machine makes answers slower and never faster: the quick ones tell what the work itself takes.
    quick = {portal_id: sorted(times)[6] for portal_id, times in spent.items()}
    assert abs(quick[A] - quick[UNKNOWN]) < 0.005


def test_pages_have_a_limit_for_each_token_and_each_address(doors: Doors) -> None:
    one, other = doors.token(), doors.token()
    browser = doors.browser()
    statuses = [browser.get(f"/p/{A}", headers=bearer(one)).status_code for _ in range(601)]
    assert statuses == [200] * 600 + [429]
    refused = browser.get(f"/p/{A}", headers=bearer(one))
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert browser.get(f"/p/{A}", headers=bearer(other)).headers["x-ratelimit-remaining"] == "599"


def test_where_the_store_cannot_be_read_no_page_opens(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.store.control import StoreUnavailable

    def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable()

    text = doors.token()
    monkeypatch.setattr(doors.api.services.standings, "_read", broken)
    answer = doors.get(f"/p/{A}", text)
    assert answer.status_code == 503 and "acme" not in answer.text


def test_an_embedded_page_may_be_read_by_its_page_with_a_token_only(doors: Doors) -> None:
    doors.change(A, access=OPEN)
    origin = {"Origin": "https://app.acme.com"}
    answer = doors.get(f"/embed/{A}/data.json", doors.token(), **origin)
    assert answer.headers["access-control-allow-origin"] == "https://app.acme.com"
    assert answer.headers["vary"] == "Origin"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    browser = doors.browser()
    browser.get(f"/embed/{A}?token={doors.token()}")
    with_cookie = browser.get(f"/embed/{A}/data.json", headers=origin)
    assert with_cookie.status_code == 200 and "access-control-allow-origin" not in with_cookie.headers
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    assert doors.browser().options(f"/embed/{A}", headers=asked).status_code == 204
    assert "access-control-allow-origin" not in doors.get(f"/p/{A}", doors.token(), **origin).headers


def test_a_page_of_a_portal_is_not_described_among_the_operations(doors: Doors) -> None:
    assert not any(path.startswith(("/p/", "/embed/")) for path in doors.get("/openapi.json").json()["paths"])
