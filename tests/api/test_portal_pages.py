"""Pages of portals: who is let in, what a browser is told to do with them, and that nothing else is ever sent."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.portals.definition import Access, PortalStatus
from core.settings import Settings
from core.store.control.portals import change_portal, find_portal
from tests.builders.api import NOW, Installation, api_over
from tests.builders.doors import DRAFT, A, B, Doors
from tests.builders.tokens import HEADER, KEYS, bearer, decoded, signed

UNKNOWN = "portal_0000000000000000000000"
OPEN = Access(embed_enabled=True, allowed_domains=("*.acme.com", "shop.example.org"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors "
)


@pytest.fixture
def doors(settings: Settings, installation: Installation) -> Iterator[Doors]:
    settings = replace(settings, signing_keys=KEYS)
    with api_over(settings, installation) as api:
        yield Doors.over(api)


def told(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but what each answer has of its own."""
    own = ("x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset")
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k not in own}


def test_the_documents_line_opens_a_page(doors: Doors) -> None:
    """curl -H "Authorization: Bearer …" https://portal.example.com/p/portal_…"""
    answer = doors.get(f"/p/{A}", doors.token())
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><p>entry.html of acme</p>"
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
    assert browser.get(f"/p/{A}").text == "<!doctype html><p>entry.html of acme</p>"
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
    middle = {portal_id: sorted(times)[30] for portal_id, times in spent.items()}
    assert abs(middle[A] - middle[UNKNOWN]) < 0.005


@pytest.mark.parametrize("place", ["p", "embed"])
def test_a_token_of_one_portal_learns_nothing_of_another(doors: Doors, place: str) -> None:
    text = doors.token(A, "read:metrics", "export:data")
    for path in ("", "/index.html", "/export.csv", "/reports/3.pdf", f"?token={text}"):
        foreign, unknown = (told(doors.get(f"/{place}/{p}{path}", text)) for p in (B, UNKNOWN))
        assert foreign == unknown
        assert foreign[0] == 404 and b"777" not in foreign[1]
    browser = doors.browser()
    browser.get(f"/p/{A}?token={text}")
    session = f"portal_session={browser.cookies['portal_session']}"
    foreign, unknown = (told(doors.get(f"/p/{p}", Cookie=session)) for p in (B, UNKNOWN))
    assert foreign == unknown and foreign[0] == 404


def test_keys_open_no_page(doors: Doors) -> None:
    for who in ("a", "all", "admin"):
        key = doors.api.texts[who]
        assert doors.get(f"/p/{A}", key).status_code == 401
        assert doors.get(f"/p/{A}?token={key}").status_code == 401


def test_permissions_are_those_of_the_token(doors: Doors) -> None:
    reads, exports, configures = (
        doors.token(A, name) for name in ("read:metrics", "export:data", "configure:portal")
    )
    found = {
        path: [doors.get(f"/p/{A}{path}", text).status_code for text in (reads, exports, configures)]
        for path in ("", "/reports/3.pdf", "/export.csv")
    }
    assert found == {"": [200, 403, 403], "/reports/3.pdf": [200, 403, 403], "/export.csv": [403, 200, 403]}
    assert doors.get(f"/p/{A}?token={configures}").status_code == 403


def test_an_export_that_is_not_permitted_opens_no_file(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    text = doors.token()
    (doors.settings.sites_dir / A / "export.csv").unlink()
    assert doors.get(f"/p/{A}/export.csv", text).status_code == 403


def test_the_way_to_an_export_is_shown_to_those_who_may_take_it(doors: Doors) -> None:
    page = doors.settings.sites_dir / A / "activity.html"
    page.write_text(
        "<p>before</p><!--export-->one\n<a>csv</a><!--/export--> and <!--export-->two<!--/export-->."
    )
    reads, exports = doors.token(A, "read:metrics"), doors.token(A, "read:metrics", "export:data")
    whole, part = doors.get(f"/p/{A}/activity.html", exports), doors.get(f"/p/{A}/activity.html", reads)
    assert "<a>csv</a>" in whole.text and "two" in whole.text
    assert part.text == "<p>before</p> and ."
    assert part.headers["etag"] != whole.headers["etag"]
    # Whoever may export no more is sent the page anew.
    kept = {"If-None-Match": whole.headers["etag"]}
    assert doors.get(f"/p/{A}/activity.html", exports, **kept).status_code == 304
    assert doors.get(f"/p/{A}/activity.html", reads, **kept).text == part.text
    doors.change(A, access=Access(public=True))
    assert doors.get(f"/p/{A}/activity.html").text == part.text


def test_an_export_is_a_download(doors: Doors) -> None:
    answer = doors.get(f"/p/{A}/export.csv", doors.token(A, "export:data"))
    assert answer.headers["content-disposition"] == 'attachment; filename="export.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_forged_expired_and_revoked_tokens_open_nothing(doors: Doors) -> None:
    text = doors.token()
    claims = decoded(text)
    second = int(NOW.timestamp())
    forged = [
        signed(HEADER, claims, "x" * 32),
        signed({**HEADER, "alg": "none"}, claims),
        signed(HEADER, {**claims, "exp": second - 1}),
        signed(HEADER, {**claims, "exp": second + 10**9}),
        signed(HEADER, {**claims, "sub": "cust_b"}),
        text + "x",
        text.rsplit(".", 1)[0] + ".",
    ]
    for bad in forged:
        for answer in (doors.get(f"/p/{A}", bad), doors.get(f"/p/{A}?token={bad}")):
            assert answer.status_code == 401, bad
            assert "set-cookie" not in answer.headers and "acme" not in answer.text
            assert bad not in answer.text
    doors.api.post(f"/v1/portal/configs/{A}/tokens/revoke", {"jti": claims["jti"]})
    assert doors.get(f"/p/{A}", text).status_code == 401


def test_two_tokens_in_an_address_are_none(doors: Doors) -> None:
    text = doors.token()
    assert doors.get(f"/p/{A}?token={text}&token={text}").status_code == 401


def test_a_session_ends_with_its_token_and_with_its_revocation(doors: Doors) -> None:
    browser, text = doors.browser(), doors.token()
    browser.get(f"/p/{A}?token={text}")
    assert browser.get(f"/p/{A}").status_code == 200
    doors.api.post(f"/v1/portal/configs/{A}/tokens/revoke", {"jti": decoded(text)["jti"]})
    assert browser.get(f"/p/{A}").status_code == 401
    other = doors.browser()
    other.get(f"/p/{A}?token={doors.token()}")
    assert other.get(f"/p/{A}").status_code == 200
    doors.change(A, status=PortalStatus.ARCHIVED)
    assert other.get(f"/p/{A}").status_code == 401


def test_archiving_by_somebody_else_holds_within_a_second(doors: Doors) -> None:
    text = doors.token()
    assert doors.get(f"/p/{A}", text).status_code == 200
    with doors.api.services.store.writing() as connection:
        stored = find_portal(connection, A, None)
        assert stored is not None
        gone = replace(stored.definition, status=PortalStatus.ARCHIVED)
        change_portal(connection, stored, gone, now=datetime.now(UTC))
    time.sleep(0.6)
    assert doors.get(f"/p/{A}", text).status_code == 401


def test_a_draft_opens_for_a_preview_only(doors: Doors) -> None:
    preview = doors.token(DRAFT, preview=True)
    assert doors.get(f"/p/{DRAFT}", preview).text.endswith("of draft</p>")
    ordinary = signed(HEADER, {k: v for k, v in decoded(preview).items() if k != "preview"})
    assert doors.get(f"/p/{DRAFT}", ordinary).status_code == 401


def test_a_public_portal_opens_without_a_token_but_gives_no_export(doors: Doors) -> None:
    doors.change(A, access=Access(public=True))
    assert doors.get(f"/p/{A}").text.endswith("of acme</p>")
    assert doors.get(f"/p/{A}/export.csv").status_code == 403
    assert doors.get(f"/p/{A}/export.csv", doors.token(A, "export:data")).status_code == 200
    stale = doors.get(f"/p/{A}?token=a.b.c")
    assert (stale.status_code, stale.headers["location"]) == (303, f"/p/{A}")
    assert "set-cookie" not in stale.headers
    assert doors.get(f"/v1/portal/configs/{A}/data").status_code == 401
    doors.change(A, status=PortalStatus.DRAFT)
    assert told(doors.get(f"/p/{A}")) == told(doors.get(f"/p/{UNKNOWN}"))


PASSWORD = "correct horse battery"


def test_a_public_portal_with_a_password_opens_with_the_password(doors: Doors) -> None:
    doors.lock(A, PASSWORD, public=True)
    browser = doors.browser()
    asked = browser.get(f"/p/{A}")
    assert asked.status_code == 401 and 'type="password"' in asked.text
    wrong = browser.post(f"/p/{A}", data={"password": "not the password"})
    assert wrong.status_code == 401 and "set-cookie" not in wrong.headers
    right = browser.post(f"/p/{A}", data={"password": PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, f"/p/{A}")
    assert "HttpOnly; Secure; SameSite=Lax" in right.headers["set-cookie"]
    assert PASSWORD not in str(right.headers)
    assert browser.get(f"/p/{A}").text.endswith("of acme</p>")
    assert browser.get(f"/p/{A}/export.csv").status_code == 403
    doors.lock(A, "another password", public=True)
    assert browser.get(f"/p/{A}").status_code == 401


def test_a_portal_that_is_no_longer_public_is_closed_for_those_who_had_only_its_password(
    doors: Doors,
) -> None:
    doors.lock(A, PASSWORD, public=True)
    stranger, guest = doors.browser(), doors.browser()
    assert stranger.post(f"/p/{A}", data={"password": PASSWORD}).status_code == 303
    guest.get(f"/p/{A}?token={doors.token(A, 'read:metrics')}")
    assert guest.post(f"/p/{A}", data={"password": PASSWORD}).status_code == 303
    assert stranger.get(f"/p/{A}").status_code == guest.get(f"/p/{A}").status_code == 200
    doors.api.patch(f"/v1/portal/configs/{A}", {"access": {"public": False}})
    assert told(stranger.get(f"/p/{A}")) == told(doors.browser().get(f"/p/{UNKNOWN}"))
    assert guest.get(f"/p/{A}").status_code == 200


def test_a_link_to_a_portal_with_a_password_needs_both(doors: Doors) -> None:
    doors.lock(A, PASSWORD)
    browser, text = doors.browser(), doors.token(A, "read:metrics", "export:data")
    assert told(browser.get(f"/p/{A}")) == told(browser.get(f"/p/{UNKNOWN}"))
    assert browser.post(f"/p/{A}", data={"password": PASSWORD}).status_code == 401
    assert browser.get(f"/p/{A}?token={text}").status_code == 303
    assert 'type="password"' in browser.get(f"/p/{A}").text
    assert browser.get(f"/p/{A}/data.json").status_code == 401
    assert doors.get(f"/p/{A}", text).status_code == 401
    assert browser.post(f"/p/{A}/password", data={"password": PASSWORD}).headers["location"] == f"/p/{A}"
    assert browser.get(f"/p/{A}").status_code == browser.get(f"/p/{A}/export.csv").status_code == 200
    # The same link once more does not ask again.
    assert browser.get(f"/p/{A}?token={text}").status_code == 303
    assert browser.get(f"/p/{A}").status_code == 200
    doors.api.post(f"/v1/portal/configs/{A}/tokens/revoke", {"jti": decoded(text)["jti"]})
    assert browser.get(f"/p/{A}").status_code == 401


def test_a_password_is_asked_for_where_it_leads(doors: Doors) -> None:
    doors.lock(A, PASSWORD, public=True)
    answer = doors.browser().post(f"/p/{A}/activity.html", data={"password": PASSWORD})
    assert answer.headers["location"] == f"/p/{A}/activity.html"


def test_the_sixth_wrong_password_is_told_to_wait(doors: Doors) -> None:
    doors.lock(A, PASSWORD, public=True)
    doors.lock(B, PASSWORD, public=True)
    browser = doors.browser()
    statuses = [browser.post(f"/p/{A}", data={"password": f"wrong guess {n}"}).status_code for n in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    late = browser.post(f"/p/{A}", data={"password": PASSWORD})
    assert late.status_code == 429 and 800 < int(late.headers["retry-after"]) <= 900
    assert browser.post(f"/p/{B}", data={"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"password": ""}}, 401),
        ({"data": {"other": PASSWORD}}, 401),
        ({"content": f"password={PASSWORD}&password={PASSWORD}",
          "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 401),
        ({"content": b"password=\xff\xfe", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 401),
        ({"json": {"password": PASSWORD}}, 415),
        ({"data": {"password": "x" * 5000}}, 413),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(doors: Doors, sent: dict[str, Any], status: int) -> None:
    doors.lock(A, PASSWORD, public=True)
    answer = doors.browser().post(f"/p/{A}", **sent)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


def test_what_has_not_changed_is_not_sent_again(doors: Doors) -> None:
    text = doors.token()
    first = doors.get(f"/p/{A}", text)
    assert first.headers["cache-control"] == "private, no-cache"
    again = doors.get(f"/p/{A}", text, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    # The session is looked at first all the same.
    assert doors.get(f"/p/{A}", None, **{"If-None-Match": first.headers["etag"]}).status_code == 401


def test_a_replaced_file_is_seen_at_once(doors: Doors) -> None:
    text, page = doors.token(), doors.settings.sites_dir / A / "entry.html"
    before = doors.get(f"/p/{A}", text)
    beside = page.with_name("beside.html")
    beside.write_text("<!doctype html><p>entry.html of acmE</p>")
    os.utime(beside, ns=(page.stat().st_atime_ns, page.stat().st_mtime_ns))
    beside.replace(page)
    after = doors.get(f"/p/{A}", text)
    assert after.text.endswith("acmE</p>") and after.headers["etag"] != before.headers["etag"]


def test_a_head_is_the_get_without_the_body(doors: Doors) -> None:
    text = doors.token()
    head = doors.browser().head(f"/p/{A}", headers=bearer(text))
    get = doors.get(f"/p/{A}", text)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]
    assert head.headers["content-length"] == get.headers["content-length"]
    assert doors.browser().head(f"/p/{A}?token={text}").status_code == 303


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_not_answered(doors: Doors, method: str) -> None:
    for path in (f"/p/{A}", f"/p/{UNKNOWN}", f"/embed/{A}", "/assets/x.js"):
        answer = doors.browser().request(method, path)
        assert answer.status_code == 405 and "GET" in answer.headers["allow"]


def test_a_portal_without_a_site_is_being_prepared(doors: Doors) -> None:
    import shutil

    shutil.rmtree(doors.settings.sites_dir / A)
    text = doors.token()
    answer = doors.get(f"/p/{A}", text)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert 'http-equiv="refresh"' in answer.text and answer.headers["cache-control"] == "no-store"
    assert doors.get(f"/p/{A}/activity.html", text).status_code == 404


def test_a_site_without_an_entry_shows_its_index(doors: Doors) -> None:
    (doors.settings.sites_dir / A / "entry.html").unlink()
    assert doors.get(f"/p/{A}", doors.token()).text.startswith("<!doctype html><p>index.html")


def test_pages_that_are_no_portal_are_those_that_were_built(doors: Doors) -> None:
    folder = doors.settings.sites_dir / "_pages"
    folder.mkdir()
    for name in ("unauthorized", "expired", "forbidden", "not_found", "password", "error"):
        (folder / f"{name}.html").write_text(f"<p>built {name}</p>")
    text = doors.token()
    claims = decoded(text)
    expired = signed(HEADER, {**claims, "iat": 1, "nbf": 1, "exp": 100})
    assert doors.get(f"/p/{A}").text == "<p>built unauthorized</p>"
    assert doors.get(f"/p/{A}", expired).text == "<p>built expired</p>"
    assert doors.get(f"/p/{A}/export.csv", text).text == "<p>built forbidden</p>"
    assert doors.get(f"/p/{A}/none.html", text).text == "<p>built not_found</p>"
    doors.lock(A, PASSWORD, public=True)
    browser = doors.browser()
    assert browser.get(f"/p/{A}").text == "<p>built password</p>"
    assert browser.post(f"/p/{A}", data={"password": "wrong wrong"}).text == "<p>built password</p>"


def test_a_site_that_is_a_link_is_not_followed(doors: Doors) -> None:
    import shutil

    shutil.rmtree(doors.settings.sites_dir / A)
    (doors.settings.sites_dir / A).symlink_to(doors.settings.sites_dir / B)
    answer = doors.get(f"/p/{A}", doors.token())
    assert answer.status_code == 503 and "777" not in answer.text


@pytest.mark.parametrize(
    "portal_id", ["..", ".", "con", "a/b", "a%2fb", "portal_", "portal_%00", "PORTAL_A", "%2e%2e"]
)
def test_what_can_be_no_portal_s_id_is_not_found(doors: Doors, portal_id: str) -> None:
    for headers in ({}, bearer(doors.token())):
        answer = doors.browser().get(f"/p/{portal_id}", headers=headers)
        assert answer.status_code == 404


def test_shared_files_are_for_everybody_and_for_ever(doors: Doors) -> None:
    folder = doors.settings.sites_dir / "assets"
    folder.mkdir()
    (folder / "chart.1a2b.js").write_text("let x = 1")
    (folder / "inter.9f.woff2").write_bytes(b"wOF2")
    answer = doors.get("/assets/chart.1a2b.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "x-ratelimit-limit" not in answer.headers
    assert doors.get("/assets/inter.9f.woff2").headers["content-type"] == "font/woff2"
    for name in (
        "none.js",
        "../portal_a0a0a0/index.html",
        "..%2fportal_a0a0a0%2findex.html",
        "",
        ".",
        "a/../x.js",
    ):
        assert doors.get(f"/assets/{name}").status_code in (401, 404), name
    assert doors.get("/assets/none.js").headers["cache-control"] == "no-store"


def test_a_long_file_is_sent_in_pieces(doors: Doors) -> None:
    body = os.urandom(3 * 1024 * 1024 + 17)
    (doors.settings.sites_dir / A / "reports" / "4.pdf").write_bytes(body)
    text = doors.token()
    answer = doors.get(f"/p/{A}/reports/4.pdf", text)
    assert answer.content == body and int(answer.headers["content-length"]) == len(body)
    again = doors.get(f"/p/{A}/reports/4.pdf", text, **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


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

    def broken(*_: object) -> None:
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


def test_a_text_is_sent_compressed_to_whoever_takes_that(doors: Doors) -> None:
    page, text = doors.settings.sites_dir / A / "long.html", doors.token()
    page.write_text("<p>acme</p>" * 1000)
    plain = doors.get(f"/p/{A}/long.html", text, **{"Accept-Encoding": "identity"})
    packed = doors.get(f"/p/{A}/long.html", text, **{"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert plain.text == packed.text == page.read_text()
    assert int(packed.headers["content-length"]) < 200
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed.headers["etag"]
    for answer in (plain, packed):
        again = doors.get(f"/p/{A}/long.html", text, **{"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("takes", ["gzip;q=0", "gzip;q=0.000, br", "br", "", "xgzip", "*;q=0"])
def test_whoever_does_not_take_that_gets_the_text(doors: Doors, takes: str) -> None:
    (doors.settings.sites_dir / A / "long.html").write_text("<p>acme</p>" * 1000)
    answer = doors.get(f"/p/{A}/long.html", doors.token(), **{"Accept-Encoding": takes})
    assert "content-encoding" not in answer.headers and answer.text.startswith("<p>acme</p>")


@pytest.mark.parametrize(
    "takes", ["gzip", "gzip, deflate, br, zstd", "deflate,gzip", "gzip;q=1.0", "br, gzip ;q=0.1"]
)
def test_whoever_takes_that_gets_it_compressed(doors: Doors, takes: str) -> None:
    (doors.settings.sites_dir / A / "long.html").write_text("<p>acme</p>" * 1000)
    answer = doors.get(f"/p/{A}/long.html", doors.token(), **{"Accept-Encoding": takes})
    assert answer.headers["content-encoding"] == "gzip" and answer.text.startswith("<p>acme</p>")
