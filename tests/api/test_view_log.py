"""Who looks at portals is noted beside the pages, and never in their way."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.store.control import StoreUnavailable
from core.store.control.portals import find_portal
from core.store.control.tables import OUTBOX, PORTAL_VIEWS
from tests.builders.api import NOW, Installation, api_over
from tests.builders.doors import A, B, Doors
from tests.builders.tokens import KEYS, bearer


def views(doors: Doors) -> list[Any]:
    doors.api.services.views.write()
    with doors.api.services.store.reading() as connection:
        return list(connection.execute(select(PORTAL_VIEWS)))


def test_a_visit_is_one_view_of_its_pages(doors: Doors) -> None:
    one, other = doors.browser(), doors.browser()
    for browser, portal_id in ((one, A), (other, B)):
        browser.get(f"/p/{portal_id}?token={doors.token(portal_id)}")
        browser.get(f"/p/{portal_id}")
    one.get(f"/p/{A}/activity.html")
    one.get(f"/p/{A}/data.json")
    found = {view.portal_id: view for view in views(doors)}
    assert len(found) == 2
    assert (found[A].pages_viewed, found[A].customer_id) == (2, "cust_a")
    assert (found[B].pages_viewed, found[B].customer_id) == (1, "cust_b")
    assert abs((found[A].started_at - NOW).total_seconds()) < 1 and found[A].ended_at is None


def test_a_link_that_is_opened_again_goes_on_with_the_visit(doors: Doors) -> None:
    browser, text = doors.browser(), doors.token()
    for _ in range(2):
        browser.get(f"/p/{A}?token={text}")
        browser.get(f"/p/{A}")
    assert [view.pages_viewed for view in views(doors)] == [2]
    elsewhere = doors.browser()
    elsewhere.get(f"/p/{A}?token={text}")
    elsewhere.get(f"/p/{A}")
    assert sorted(view.pages_viewed for view in views(doors)) == [1, 2]


def test_nothing_that_opens_a_page_is_in_a_view(doors: Doors) -> None:
    browser, text = doors.browser(), doors.token()
    browser.get(f"/p/{A}?token={text}")
    browser.get(f"/p/{A}")
    doors.get(f"/p/{A}", text)
    kept = str(views(doors))
    assert text not in kept and browser.cookies["portal_session"] not in kept


def test_who_leaves_is_noted(doors: Doors) -> None:
    browser = doors.browser()
    browser.get(f"/p/{A}?token={doors.token()}")
    browser.get(f"/p/{A}")
    answer = browser.post(f"/p/{A}/leave", content=b"", headers={"Content-Type": "text/plain;charset=UTF-8"})
    assert (answer.status_code, answer.content) == (204, b"")
    (view,) = views(doors)
    assert view.left_at is not None and view.pages_viewed == 1


def test_a_stranger_leaves_nothing_and_looks_at_nothing(doors: Doors) -> None:
    assert doors.browser().post(f"/p/{A}/leave").status_code == 204
    doors.get(f"/p/{A}")
    doors.get(f"/p/{A}/export.csv", doors.token())
    doors.browser().head(f"/p/{A}", headers=bearer(doors.token()))
    assert views(doors) == []


def test_the_portal_says_when_it_was_last_looked_at(doors: Doors) -> None:
    assert _last_access(doors) is None
    doors.get(f"/p/{A}", doors.token())
    doors.api.services.views.write()
    first = _last_access(doors)
    assert first is not None and abs((first - NOW).total_seconds()) < 1
    doors.get(f"/p/{A}", doors.token())
    doors.api.services.views.write()
    assert _last_access(doors) == first
    listed = doors.api.get("/v1/portal/configs", "a").json()["data"]
    assert next(p for p in listed if p["portal_id"] == A)["last_accessed"].startswith("2026-")


def test_a_store_that_cannot_be_written_fails_no_page_and_loses_nothing(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreUnavailable()

    log, text = doors.api.services.views, doors.token()
    with monkeypatch.context() as patch:
        patch.setattr("api.view_log.record", broken)
        assert doors.get(f"/p/{A}", text).status_code == 200
        log.write()
        assert doors.get(f"/p/{A}", text).status_code == 200
        log.write()
    assert [view.pages_viewed for view in views(doors)] == [2]


def test_what_is_seen_is_written_down_by_itself_and_at_the_end(
    settings: Settings, installation: Installation
) -> None:
    from core.store.control import open_control_store

    with api_over(replace(settings, signing_keys=KEYS), installation) as api:
        doors = Doors.over(api)
        doors.get(f"/p/{A}", doors.token())
    store = open_control_store(settings)
    with store.reading() as connection:
        assert len(connection.execute(select(PORTAL_VIEWS)).all()) == 1
    store.close()


def _last_access(doors: Doors) -> Any:
    with doors.api.services.store.reading() as connection:
        stored = find_portal(connection, A, None)
    assert stored is not None
    return stored.last_accessed_at


def test_who_takes_data_along_is_told_to_the_webhooks_once_and_who_has_it_already_is_not(
    doors: Doors,
) -> None:
    hook = {"portal_id": A, "url": "https://hooks.example.com/x", "events": ["portal.data_exported"]}
    assert doors.api.post("/v1/portal/webhooks", hook, "admin").status_code == 201
    rows = "metric_id,start,end,value\r\ncost.total,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,1\r\n"
    (doors.settings.sites_dir / A / "export.csv").write_text(rows * 1)
    taker, reader = doors.token(A, "read:metrics", "export:data"), doors.token(A, "read:metrics")
    first = doors.get(f"/p/{A}/export.csv", taker)
    assert first.status_code == 200
    assert (
        doors.get(f"/p/{A}/export.csv", taker, **{"If-None-Match": first.headers["etag"]}).status_code == 304
    )
    assert doors.get(f"/p/{A}/export.csv", reader).status_code == 403
    doors.browser().head(f"/p/{A}/export.csv", headers=bearer(taker))
    doors.api.services.views.write()
    doors.api.services.views.write()
    with doors.api.services.store.reading() as connection:
        (queued,) = connection.execute(select(OUTBOX)).all()
    data = json.loads(queued.payload_json)["data"]
    assert (data["portal_id"], data["format"], data["rows"]) == (A, "csv", 1)
    assert data["metric_ids"] == ["cost.total"]
    assert data["period"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
