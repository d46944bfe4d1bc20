"""What a request may measure and hold before anybody looks at what it asks for."""

import pytest

from api.bounds import MAX_BODY_BYTES
from tests.builders.api import Api, code, fault

JSON = {"Content-Type": "application/json"}
CUSTOM = "/metrics/custom"


def _send(shared_api: Api, body: bytes, *, headers: dict[str, str] | None = None, method: str = "POST"):
    return shared_api.call(method, CUSTOM, "a", content=body, headers=JSON if headers is None else headers)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"name": 1e999}',
        b'{"name": 123456789012345678901234567890}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"name": "a", "name": "b"}',
        b'{"formula": {"type": "x", "type": "y"}}',
        b'{"name": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 200_000,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"{} {}",
        b"{'name': 1}",
        b"{",
        b"[]",
        b'"x"',
        b"5",
        b"null",
        b"",
        b"   ",
    ],
)
def test_a_body_that_is_not_one_clean_object_is_refused(shared_api: Api, method: str, body: bytes) -> None:
    path = CUSTOM if method == "POST" else f"{CUSTOM}/cm_x"
    assert shared_api.call(method, path, "a", content=body, headers=JSON).status_code == 400


def test_a_duplicate_key_is_named(shared_api: Api) -> None:
    assert fault(_send(shared_api, b'{"n": 1, "n": 2}')) == (400, "INVALID_PARAMETER", "n")


def test_an_unknown_field_is_named_by_its_path(shared_api: Api) -> None:
    body = {
        "name": "n",
        "unit": "usd",
        "formula": {"type": "arithmetic", "expression": "1", "inputs": [], "x": 1},
    }
    assert fault(shared_api.post(CUSTOM, body)) == (400, "INVALID_PARAMETER", "formula.x")


def test_all_faults_are_told_at_once_in_their_order(shared_api: Api) -> None:
    error = shared_api.post(CUSTOM, {"name": 5, "unit": "usd", "colour": "red"}).json()["error"]
    assert {d["param"] for d in error["details"]} == {"name", "formula", "colour"}
    assert error["param"] == error["details"][0]["param"]


@pytest.mark.parametrize("value", [True, 5, [], {}, None])
def test_nothing_is_converted(shared_api: Api, value: object) -> None:
    assert fault(shared_api.patch(f"{CUSTOM}/cm_x", {"name": value})) == (400, "INVALID_PARAMETER", "name")


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a\x00b",
        "\x1b[31mred",
        "\U0010ffff\ufffe\uffff",
        "x" * 201,
        "",
        " ",
        "\u00a0",
    ],
)
def test_text_that_cannot_be_kept_is_refused_in_every_field(shared_api: Api, text: str) -> None:
    for field in ("name", "unit"):
        assert fault(shared_api.patch(f"{CUSTOM}/cm_x", {field: text})) == (400, "INVALID_PARAMETER", field)


def test_a_byte_order_mark_before_json_is_passed_over(shared_api: Api) -> None:
    assert code(_send(shared_api, b'\xef\xbb\xbf{"name": "n"}'))[1] == "INVALID_PARAMETER"
    assert fault(_send(shared_api, b"\xef\xbb\xbf{")) == (400, "INVALID_PARAMETER", "body")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonx"},
        {},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "br"},
    ],
)
def test_a_body_in_another_form_is_refused(shared_api: Api, headers: dict[str, str]) -> None:
    assert code(_send(shared_api, b"{}", headers=headers)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_the_charset_may_be_said(shared_api: Api) -> None:
    headers = {"Content-Type": 'application/json; charset="UTF-8"', "Content-Encoding": "identity"}
    assert code(_send(shared_api, b"{}", headers=headers))[0] == 400


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(shared_api: Api) -> None:
    assert code(_send(shared_api, b" " * (MAX_BODY_BYTES - 2) + b"{}"))[0] == 400
    assert code(_send(shared_api, b" " * (MAX_BODY_BYTES - 1) + b"{}")) == (413, "BODY_TOO_LARGE")


def test_a_body_whose_length_is_not_said_is_bounded_too(shared_api: Api) -> None:
    def chunks():
        for _ in range(1000):
            yield b" " * 1024

    answer = shared_api.call("POST", CUSTOM, "a", content=chunks(), headers=JSON)
    assert code(answer) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999999", "1e3"])
def test_a_length_that_is_no_length_is_refused(shared_api: Api, length: str) -> None:
    assert code(_send(shared_api, b"{}", headers={**JSON, "Content-Length": length})) == (
        413,
        "BODY_TOO_LARGE",
    )


def test_a_key_is_asked_for_before_a_body_is_read(shared_api: Api) -> None:
    answer = shared_api.call("POST", CUSTOM, None, content=b" " * (MAX_BODY_BYTES + 1), headers=JSON)
    assert code(answer) == (401, "UNAUTHORIZED")


def test_an_address_that_is_too_long_is_refused(shared_api: Api) -> None:
    assert code(shared_api.get("/metrics/cost.total?agent_id=" + "x" * 8200)) == (414, "URI_TOO_LONG")
    assert code(shared_api.get("/metrics/" + "x" * 8200)) == (414, "URI_TOO_LONG")


def test_headers_that_are_too_long_are_refused(shared_api: Api) -> None:
    assert code(shared_api.get("/metrics/cost.total", headers={"X-Long": "x" * 17_000})) == (
        431,
        "HEADERS_TOO_LARGE",
    )
    many = {f"X-{n}": "y" * 50 for n in range(400)}
    assert code(shared_api.get("/metrics/cost.total", headers=many)) == (431, "HEADERS_TOO_LARGE")


@pytest.mark.parametrize("host", ["evil.com/x?y=", "a b", "user@host", "", "host:port", "h:123456"])
def test_a_host_that_is_no_host_is_refused(shared_api: Api, host: str) -> None:
    assert fault(shared_api.get("/metrics/cost.total", headers={"Host": host})) == (
        400,
        "INVALID_PARAMETER",
        "host",
    )


@pytest.mark.parametrize("host", ["localhost", "api.example.com:8443", "127.0.0.1:1", "[::1]:80"])
def test_any_host_that_is_one_is_answered(shared_api: Api, host: str) -> None:
    assert shared_api.get("/metrics/cost.total", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/metrics/%ff", "/metrics/cost.total?agent_id=%ff", "/metrics/%c3%28"])
def test_an_address_that_is_not_utf8_is_refused(shared_api: Api, path: str) -> None:
    assert code(shared_api.get(path)) == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize("path", ["/p/portal_x/%c0%ae%c0%ae/etc/passwd", "/embed/portal_x/%ff"])
def test_a_page_that_can_be_no_file_is_for_the_door_to_refuse(shared_api: Api, path: str) -> None:
    assert shared_api.client.get(path).status_code == 401


def test_a_body_whose_end_can_be_read_in_two_ways_is_refused(shared_api: Api) -> None:
    headers = JSON | {"Content-Length": "2", "Transfer-Encoding": "chunked"}
    assert code(_send(shared_api, b"{}", headers=headers)) == (400, "INVALID_PARAMETER")


def test_a_long_list_of_accepted_encodings_is_nothing_special(shared_api: Api) -> None:
    answer = shared_api.get("/metrics/cost.total", headers={"Accept-Encoding": "gzip;q=0.1, " * 500 + "br"})
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("colour=red", "colour"),
        ("agent_id=a&agent_id=b", "agent_id"),
        ("agent_id=a&agent%5Fid=b", "agent_id"),
        ("agent_id=%00", "agent_id"),
        ("agent_id=", "agent_id"),
        ("agent_id=" + "x" * 201, "agent_id"),
        ("model=%E2%80%AE", "model"),
        ("start=2026-01-01", "start"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(shared_api: Api, query: str, param: str) -> None:
    assert fault(shared_api.get(f"/metrics/cost.total?{query}")) == (400, "INVALID_PARAMETER", param)


@pytest.mark.parametrize(
    "limit", ["0", "-1", "1.5", "abc", "10001", "9" * 23, "1_0", "+5", " 5", "٣", "", "true"]
)
def test_a_number_is_ascii_digits_within_its_bounds(shared_api: Api, limit: str) -> None:
    answer = shared_api.call(
        "GET", "/metrics/cost.total/series", "a", params={"start": "2026-11-01", "limit": limit}
    )
    assert fault(answer) == (400, "INVALID_PARAMETER", "limit")
