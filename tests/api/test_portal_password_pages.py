"""Portals with a password: the form that asks for it, what it opens, and what it opens only together with a link."""

from typing import Any

import pytest

from tests.builders.doors import PASSWORD, UNKNOWN, A, B, Doors, told
from tests.builders.tokens import decoded


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
