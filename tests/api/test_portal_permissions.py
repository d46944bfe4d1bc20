"""Pages open for whom they are meant: by tokens, permissions and their ends, by previews of drafts, and in public."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.portals.definition import Access, PortalStatus
from core.store.control.portals import change_portal, find_portal
from tests.builders.api import NOW
from tests.builders.doors import DRAFT, UNKNOWN, A, B, Doors, told
from tests.builders.tokens import HEADER, decoded, signed


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
