"""Pages of which origins may read a portal's data in a browser, and what such a browser is told."""

import pytest

from core.portals.definition import Access
from tests.builders.api import Api
from tests.builders.doors import UNKNOWN, A
from tests.builders.token_portals import change, data
from tests.builders.tokens import issued

OPEN = Access(embed_enabled=True, allowed_domains=("*.acme.com", "localhost:3000"))


@pytest.mark.parametrize("origin", ["https://app.acme.com", "http://localhost:3000"])
def test_a_page_of_an_allowed_origin_may_read(door: Api, origin: str) -> None:
    change(door, A, access=OPEN)
    answer = data(door, issued(door, A), headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://acme.com", "https://acme.com.evil.example", "https://evilacme.com", "null", "http://app.acme.com",
     "https://app.acme.com:8443", "https://app.acme.com/", "https://a.acme.com\u00e9", "*"],
)  # fmt: skip
def test_a_page_of_another_origin_may_not(door: Api, origin: str) -> None:
    change(door, A, access=OPEN)
    answer = data(door, issued(door, A), headers={"Origin": origin.encode()})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_a_key_is_for_no_page(door: Api) -> None:
    change(door, A, access=OPEN)
    path = f"/v1/portal/configs/{A}/data"
    answer = door.get(path, "a", headers={"Origin": "https://app.acme.com"})
    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers


def test_a_browser_that_asks_whether_it_may_is_told(door: Api) -> None:
    change(door, A, access=OPEN)
    path = f"/v1/portal/configs/{A}/data"
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    allowed = door.call("OPTIONS", path, None, headers={"Origin": "https://app.acme.com", **asked})
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://app.acme.com"
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    refused = door.call("OPTIONS", path, None, headers={"Origin": "https://evil.example", **asked})
    unknown = door.call(
        "OPTIONS",
        path.replace(A, UNKNOWN),
        None,
        headers={"Origin": "https://app.acme.com", **asked},
    )
    for answer in (refused, unknown):
        assert answer.status_code == 204 and "access-control-allow-origin" not in answer.headers
    elsewhere = {"Origin": "https://app.acme.com", **asked}
    assert door.call("OPTIONS", "/metrics/cost.total", None, headers=elsewhere).status_code == 401
