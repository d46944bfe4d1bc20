"""Every operation and page, as everybody, with everybody's ids: whoever asks sees what is theirs, or nothing.

What operations there are is what the service's own document says, so a new one without a row fails here.
"""

import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

import pytest

from tests.api.test_isolation import MATRIX
from tests.builders.tokens import bearer, decoded
from tests.security.bodies import metric_body, portal_body, report_body, webhook_body
from tests.security.stage import A, Answer, B, Stage

LEAST_REQUESTS = 3000
MOST_SECONDS_APART = 0.005
_PAGES = (
    "",
    "/",
    "/index.html",
    "/activity.html",
    "/definitions.html",
    "/reports.html",
    "/export.csv",
    "/1.pdf",
)
# As every answer has them, and different with each.
_OF_EACH = ("date", "x-request-id", "content-length")
_NUMBER = re.compile(r"(?<![\w.])\d+\.\d{5,}(?![\w])")
_Ids = dict[str, str]
# Ids that end in digits of base 16.
_HEX = ("alert_id", "webhook_id", "report_id", "delivery_id")


@dataclass
class Matrix:
    """What was asked, and what came back."""

    stage: Stage
    credentials: dict[str, dict[str, str]]
    ids: dict[str, _Ids]
    foreign_numbers: frozenset[str]
    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def ask(self, method: str, target: str, who: str, body: Any = None) -> Answer:
        """Looks for what is cust_b's in whatever comes back to somebody who has nothing to do with it."""
        answer = self.stage.line.ask(method, target, self.credentials[who], body)
        self.asked += 1
        self.statuses[who, answer.status] += 1
        told, said = answer.text + str(answer.headers), f"{target}{body}"
        found = [name for name, text in B.canaries.items() if text in told and text not in said]
        if who == "key_all" and not any(text in said for text in A.canaries.values()):
            # This one may see both; asked about one, it must not be told of the other.
            found = []
        elif who != "key_all":
            found += sorted(self.foreign_numbers.intersection(_NUMBER.findall(answer.text)))
        if found:
            self.leaks.append(f"{who} {method} {target}: {found}")
        assert answer.status < 500, (who, method, target, answer.text)
        return answer


@pytest.fixture(scope="module")
def matrix(stage: Stage) -> Matrix:
    revoked = stage.token()
    stage.post(f"/v1/portal/configs/{A.portal_id}/tokens/revoke", {"jti": decoded(revoked)["jti"]})
    credentials = {
        "none": {},
        "bad": bearer("pl_live_" + "x" * 40),
        "key_a": bearer(stage.keys["a"]),
        "reader_a": bearer(stage.keys["reader_a"]),
        "key_all": bearer(stage.keys["all"]),
        "token_a": bearer(stage.token()),
        "token_a_expired": bearer(stage.expired_token()),
        "token_a_revoked": bearer(revoked),
        "cookie_a": {"Cookie": stage.cookie()},
    }
    ids = {
        "own": stage.made["a"],
        "other": stage.made["b"],
        "missing": _like(stage.made["b"]),
        "malformed": {},
    }
    ids["malformed"] = dict.fromkeys(ids["own"], "%00'%22" + "%2e%2e")
    return Matrix(stage, credentials, ids, _numbers_of_b(stage))


def _like(ids: _Ids) -> _Ids:
    """Ids that nobody has, of the same form and length."""
    return {
        name: text[:-6] + "zzzz00"
        if name not in ("alert_id", "webhook_id", "report_id")
        else text[:-6] + "000000"
        for name, text in ids.items()
    }


def _numbers_of_b(stage: Stage) -> frozenset[str]:
    """Every number of many places that cust_b is told and cust_a is not."""
    told, known = (
        [_NUMBER.findall(stage.get(_address(path), who).text) for path in _readable(stage, who)]
        for who in ("b", "a")
    )
    found = frozenset(itertools.chain(*told)) - frozenset(itertools.chain(*known))
    assert len(found) > 20
    return found


def _readable(stage: Stage, who: str) -> Iterator[str]:
    """Every operation that reads, and the value of every metric."""
    for method, path, _ in MATRIX.values():
        if method == "GET" and all(name in stage.made[who] for name in _names(path)):
            yield path.format(**stage.made[who])
    for one in stage.get("/v1/analytics/metrics", who).json()["metrics"]:
        yield f"/metrics/{one['id']}"


def _names(path: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(path) if name]


def _address(path: str) -> str:
    return path if path.startswith("/v1/") else f"/v1/analytics{path}"


def _filled(value: Any, ids: _Ids) -> Any:
    if isinstance(value, str):
        return value.format(**ids) if "{" in value else value
    if isinstance(value, dict):
        return {name: _filled(member, ids) for name, member in value.items()}
    return [_filled(member, ids) for member in value] if isinstance(value, list) else value


def _own_to_change(stage: Stage) -> _Ids:
    """Things of cust_a that may be changed and deleted; the others are still needed."""
    portal = stage.post("/v1/portal/configs", portal_body(A)).json()["portal_id"]
    rule = {
        "name": "r",
        "metric_id": "cost.total",
        "condition": {"operator": "gt", "threshold": 1, "duration": "1h"},
    }
    return {
        **stage.made["a"],
        "portal_id": portal,
        "webhook_id": stage.post("/v1/portal/webhooks", {**webhook_body(A), "portal_id": portal}).json()[
            "webhook_id"
        ],
        "alert_id": stage.post("/v1/analytics/alerts", rule).json()["id"],
        "report_id": stage.post("/v1/portal/reports", report_body(portal)).json()["report_id"],
        "custom_metric_id": stage.post("/v1/analytics/metrics/custom", metric_body("$a", "a")).json()["id"],
    }


def _answers(matrix: Matrix, operation: str, kind: str) -> Iterator[tuple[str, Answer]]:
    method, path, body = MATRIX[operation]
    for who in matrix.credentials:
        is_changing = method != "GET" and kind == "own" and who in ("key_a", "key_all")
        ids = _own_to_change(matrix.stage) if is_changing else matrix.ids[kind]
        sent = _filled(body, ids) if body is not None else None
        yield who, matrix.ask(method, _address(_filled(path, ids)), who, sent)


def test_a_leak_would_be_seen(matrix: Matrix) -> None:
    """Or none would prove nothing: here cust_b's own key stands in the place of cust_a's."""
    stage = matrix.stage
    other = Matrix(stage, {"key_a": bearer(stage.keys["b"])}, matrix.ids, matrix.foreign_numbers)
    for path in ("/v1/portal/configs", "/v1/analytics/metrics/cost.total", "/v1/analytics/alerts"):
        before = len(other.leaks)
        other.ask("GET", path, "key_a")
        assert len(other.leaks) > before, path


def test_every_operation_of_the_service_has_a_row(stage: Stage) -> None:
    paths = stage.line.ask("GET", "/openapi.json").json()["paths"]
    served = {
        one["operationId"] for path, item in paths.items() if path.startswith("/v1/") for one in item.values()
    }
    assert served == MATRIX.keys()


@pytest.mark.parametrize("operation", MATRIX)
def test_nobody_is_told_what_is_somebody_elses(matrix: Matrix, operation: str) -> None:
    for kind in matrix.ids:
        answers = dict(_answers(matrix, operation, kind))
        closed = {
            who: answers[who].status
            for who in ("none", "bad", "token_a_expired", "token_a_revoked", "cookie_a")
        }
        malformed = kind == "malformed"
        assert set(closed.values()) <= ({401, 400, 404} if malformed else {401}), (kind, closed)
    assert matrix.leaks == []


@pytest.mark.parametrize("operation", MATRIX)
def test_a_foreign_id_is_answered_as_one_that_nobody_has(matrix: Matrix, operation: str) -> None:
    foreign, missing = (dict(_answers(matrix, operation, kind)) for kind in ("other", "missing"))
    for who in ("key_a", "reader_a", "token_a", "none"):
        assert _told(foreign[who], matrix) == _told(missing[who], matrix), who
    assert matrix.leaks == []


def _told(answer: Answer, matrix: Matrix) -> tuple[int, list[tuple[str, str]], str]:
    """The answer as one could compare it: without what the question itself had in it, and what each answer has anew."""
    text = answer.text
    for name, theirs in matrix.ids["other"].items():
        text = text.replace(theirs, f"<{name}>").replace(matrix.ids["missing"][name], f"<{name}>")
    # What was made by the question has an id and a time of its own.
    text = re.sub(
        r"(portal|alert|webhook|report|dlv|occurrence|occ)_[0-9A-Za-z]{16,}|\d{4}-\d\d-\d\dT[\d:.]+Z",
        "<new>",
        text,
    )
    headers = [(name, value) for name, value in answer.headers if name not in (*_OF_EACH, "etag")]
    return answer.status, headers, text


@pytest.mark.parametrize("place", ["p", "embed"])
def test_nobody_is_shown_a_page_that_is_somebody_elses(matrix: Matrix, place: str) -> None:
    for file, who, kind in itertools.product(_PAGES, matrix.credentials, matrix.ids):
        portal_id = matrix.ids[kind]["portal_id"]
        for method in ("GET", "HEAD"):
            answer = matrix.ask(method, f"/{place}/{portal_id}{file}", who)
            opens = who in ("token_a", "cookie_a") and kind == "own"
            assert answer.status in ({200, 404} if opens else {400, 401, 403, 404}), (who, kind, file)
        if kind == "other":
            unknown = matrix.ask("GET", f"/{place}/{matrix.ids['missing']['portal_id']}{file}", who)
            known = matrix.ask("GET", f"/{place}/{portal_id}{file}", who)
            assert _told(known, matrix) == _told(unknown, matrix)
        matrix.ask("POST", f"/{place}/{portal_id}/leave", who, b"")
    assert matrix.leaks == []


def test_naming_another_customer_beside_changes_nothing(matrix: Matrix) -> None:
    for method, path, body in MATRIX.values():
        for who, more in itertools.product(
            ("key_a", "reader_a", "token_a"), (f"customer_id={B.customer_id}", "x=1")
        ):
            joined = _address(_filled(path, matrix.ids["own"]))
            target = f"{joined}{'&' if '?' in joined else '?'}{more}"
            if method == "GET":
                answer = matrix.ask(method, target, who, body)
                assert answer.status in (400, 401, 403, 404), (who, target, answer.text)
    assert matrix.leaks == []


def test_ready_answers_are_for_those_who_asked(matrix: Matrix) -> None:
    """The same question, by one and then by the other, with everything warm."""
    stage = matrix.stage
    for path in (
        "/v1/analytics/metrics/cost.total",
        "/v1/analytics/dashboard/summary?period=7d",
        "/v1/analytics/metrics",
    ):
        first, second = (stage.get(path, who) for who in ("a", "b"))
        again, everybody = stage.get(path, "a"), stage.get(path, "all")
        assert first.status == second.status == 200
        assert again.body == first.body != second.body
        assert everybody.body not in (first.body, second.body)
        assert not any(text in first.text for text in B.canaries.values())
        assert not any(text in second.text for text in A.canaries.values())


def test_every_file_of_every_site_is_its_own(stage: Stage) -> None:
    for one, other in ((A, B), (B, A)):
        files = [
            path
            for portal_id in (one.portal_id, one.draft_id, one.public_id)
            for path in (stage.settings.sites_dir / portal_id).rglob("*")
            if path.is_file()
        ]
        assert len(files) >= 15
        for path in files:
            text = path.read_text("utf-8", errors="replace")
            assert [name for name, canary in other.canaries.items() if canary in text] == [], path
        shown = "".join(path.read_text("utf-8", errors="replace") for path in files)
        assert one.canary("title") in shown and one.canary("customer_name") in shown


def test_shared_files_hold_nothing_of_anybody(stage: Stage) -> None:
    shared = [path for path in (stage.settings.sites_dir / "_assets").rglob("*") if path.is_file()]
    shared += [path for path in (stage.settings.sites_dir / "_pages").rglob("*") if path.is_file()]
    assert shared
    for path in shared:
        data = path.read_bytes()
        assert not any(text.encode() in data for one in (A, B) for text in one.canaries.values())


def test_what_a_foreign_id_costs_tells_nothing(stage: Stage, reached: Callable[[str, str], None]) -> None:
    missing = _like(stage.made["b"])["portal_id"]
    spent: dict[str, list[float]] = {B.portal_id: [], missing: []}
    for _ in range(200):
        for portal_id, seconds in spent.items():
            began = time.perf_counter()
            assert stage.get(f"/v1/portal/configs/{portal_id}").status == 404
            seconds.append(time.perf_counter() - began)
    # A busy machine makes answers slower and never faster: the quick ones tell what the work itself takes.
    foreign, unknown = (sorted(seconds)[20] for seconds in spent.values())
    assert abs(foreign - unknown) < MOST_SECONDS_APART
    foreign, unknown = (sorted(seconds)[100] for seconds in spent.values())
    reached("P2", f"equal byte by byte; medians of 200 pairs {abs(foreign - unknown) * 1000:.2f} ms apart")


def test_enough_was_asked(matrix: Matrix, reached: Callable[[str, str], None]) -> None:
    """Beside the tests above; run alone there is nothing to count."""
    if matrix.asked > 1000:
        assert matrix.asked >= LEAST_REQUESTS
        reached(
            "P1",
            f"{len(matrix.leaks)} foreign canaries in {matrix.asked:,} requests"
            f" to {len(MATRIX)} operations and every page",
        )
    assert matrix.leaks == []
