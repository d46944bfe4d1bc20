"""Too much, too fast and at the same time, on the real service: the limit is exact, and nothing happens twice."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api import limits
from api.limits import Category, RateLimits
from core.portals.passwords import hash_password
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.portal_views import truncated
from core.store.control.portals import find_portal, set_password
from core.tokens import new_claims, sign
from core.tokens.claims import Permission
from core.tokens.key_file import key_path, rotate
from core.tokens.key_ring import KeyRing
from tests.builders import publish
from tests.builders.api import Installation, two_customers
from tests.builders.doors import A, keep_portals, make_sites
from tests.builders.served import served
from tests.builders.tokens import bearer, decoded
from tests.security.bodies import kept, portal_body, webhook_body
from tests.security.entries import Entry, entry, taken
from tests.security.stage import A as TENANT
from tests.security.stage import Answer, Line, Stage


@dataclass
class Counting:
    """A service that counts; every test has one of its own."""

    settings: Settings
    port: int
    key: str
    line: Line

    def ask(
        self, method: str, target: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        return self.line.ask(method, target, {**bearer(self.key), **(headers or {})}, body)


@contextmanager
def _counting(home: Path, *, rate_limits: bool = True) -> Iterator[Counting]:
    publish(home, two_customers())
    key = Installation.make(home).texts["a"]
    settings = Settings(
        home=home, base_url="https://api.example.com", log_level="error", rate_limits=rate_limits
    )
    store = open_control_store(settings)
    keep_portals(store)
    store.close()
    make_sites(settings)
    with served(settings) as port, closing(Line(port)) as line:
        yield Counting(settings, port, key, line)


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Counting]:
    with _counting(tmp_path) as made:
        yield made


_LIMITS: dict[str, tuple[str, str, object, int]] = {
    "RATE-001": ("GET", "/v1/portal/configs", None, 300),
    "RATE-002": ("GET", f"/v1/portal/configs/{A}/data", None, 600),
    "RATE-004": ("POST", f"/v1/portal/configs/{A}/tokens", {}, 120),
    "RATE-005": ("GET", "/v1/portal/reports", None, 30),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_LIMITS)), ids=str)
def test_exactly_the_limit_is_answered(counting: Counting, one: Entry) -> None:
    method, path, body, limit = _LIMITS[one.id]
    answers = [counting.ask(method, path, body) for _ in range(limit + 1)]
    assert {answer.status for answer in answers[:limit]} <= {200, 201}
    assert [answers[-1].status, answers[-1].code] == [429, "RATE_LIMITED"]
    left = [int(str(answer.header("x-ratelimit-remaining"))) for answer in answers]
    assert left == [*range(limit - 1, -1, -1), 0]
    assert {answer.header("x-ratelimit-limit") for answer in answers} == {str(limit)}
    assert int(str(answers[-1].header("retry-after"))) >= 1
    assert abs(int(str(answers[-1].header("x-ratelimit-reset"))) - time.time()) <= 61


def test_guessing_keys_ends_and_right_keys_still_work(counting: Counting) -> None:
    one = entry("KEY-013")
    guesses = [
        counting.line.ask(
            "GET", "/v1/analytics/metrics", {**bearer(f"pl_live_wrong{n}"), "X-Forwarded-For": f"10.0.0.{n}"}
        )
        for n in range(100)
    ]
    assert [guess.status for guess in guesses] == [401] * 20 + [429] * 80 and {401, 429} == one.statuses
    assert int(str(guesses[-1].header("retry-after"))) >= 1
    assert counting.ask("GET", "/v1/analytics/metrics").status == 200


def _limits() -> tuple[RateLimits, dict[str, float]]:
    clocks = {"steady": 1000.0, "wall": 1_760_000_000.0}
    return RateLimits(clock=lambda: clocks["steady"], wall=lambda: clocks["wall"]), clocks


def test_a_burst_at_the_border_of_two_minutes_is_still_within_any_minute() -> None:
    entry("RATE-009")
    counted, clocks = _limits()
    clocks["steady"] = 1019.0
    first = [counted.spend(Category.READ, "key").is_allowed for _ in range(300)]
    clocks["steady"] = 1021.0
    second = [counted.spend(Category.READ, "key").is_allowed for _ in range(300)]
    assert all(first) and not any(second)


def test_several_processes_each_have_the_limit_and_it_is_said() -> None:
    one = entry("RATE-011")
    assert "documented per worker" in one.expected and "several API processes allow several times" in str(
        limits.__doc__
    )


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    entry("RATE-012")
    counted, clocks = _limits()
    for _ in range(300):
        counted.spend(Category.READ, "key")
    clocks["wall"] -= 3600
    clocks["steady"] += 61
    assert counted.spend(Category.READ, "key").is_allowed


def test_a_password_is_tried_five_times_and_then_not_at_all(counting: Counting) -> None:
    one = entry("RATE-014")
    store = open_control_store(counting.settings)
    with store.writing() as connection:
        stored = find_portal(connection, A, None)
        assert stored is not None
        set_password(connection, stored, hash_password("the right words"), now=datetime.now(UTC))
    store.close()
    assert (
        counting.ask("PATCH", f"/v1/portal/configs/{A}", {"access": {"password_protected": True}}).status
        == 200
    )
    token = counting.ask("POST", f"/v1/portal/configs/{A}/tokens", {}).json()["token"]
    cookie = str(counting.line.ask("GET", f"/p/{A}?token={token}").header("set-cookie")).partition(";")[0]
    form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    wrong = [counting.line.ask("POST", f"/p/{A}", form, b"password=wrong") for _ in range(6)]
    assert [answer.status for answer in wrong] == [401] * 5 + [429] and {401, 429} == one.statuses
    assert int(str(wrong[-1].header("retry-after"))) >= 1
    # Nor is the right one, until the time is over.
    assert counting.line.ask("POST", f"/p/{A}", form, b"password=the+right+words").status == 429


def _at_once(*acts: Callable[[Line], Answer], port: int) -> list[Answer]:
    """Each on a connection of its own, all let go together."""
    answers: list[Answer | None] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(place: int) -> None:
        with closing(Line(port)) as line:
            gate.wait()
            answers[place] = acts[place](line)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def test_of_two_who_change_the_same_version_one_does(stage: Stage) -> None:
    one = entry("RACE-002")
    path = f"/v1/portal/configs/{TENANT.draft_id}"
    tag = str(stage.get(path).header("etag"))
    sent = {**bearer(stage.keys["a"]), "If-Match": tag}
    acts = [
        lambda line, n=n: line.ask("PATCH", path, sent, {"name": f"n{n}", "branding": {"title": f"t{n}"}})
        for n in range(6)
    ]
    answers = _at_once(*acts, port=stage.port)
    assert sorted(answer.status for answer in answers) == [200, *[412] * 5] and {200, 412} == one.statuses
    now = stage.get(path).json()
    assert now["name"][1:] == now["branding"]["title"][1:]


def test_a_revoked_token_opens_nothing_any_more(stage: Stage) -> None:
    one, token = entry("RACE-008"), stage.token()
    page = f"/p/{TENANT.portal_id}/export.csv"
    assert stage.shown(token, page).status == 200
    assert (
        stage.post(
            f"/v1/portal/configs/{TENANT.portal_id}/tokens/revoke", {"jti": decoded(token)["jti"]}
        ).status
        == 200
    )
    assert stage.shown(token, page).status in one.statuses
    assert stage.shown(token, f"/v1/portal/configs/{TENANT.portal_id}/data").status in one.statuses


def test_keys_rotate_under_load_and_no_good_token_is_refused(tmp_path: Path) -> None:
    """2,000 requests; afterwards, with the old keys gone, their tokens open nothing."""
    entry("RACE-009")
    with _counting(tmp_path, rate_limits=False) as made:
        token, keys = _token(made.settings), key_path(made.settings)
        asked, statuses = itertools.count(), set[int]()

        def load(line: Line) -> Answer:
            while next(asked) < 2000:
                answer = line.ask("GET", f"/p/{A}", bearer(token))
                statuses.add(answer.status)
            return answer

        def turn(line: Line) -> Answer:
            for _ in range(4):
                time.sleep(0.2)
                rotate(keys, now=datetime.now(UTC), token_life=_LIFE)
            return line.ask("GET", "/health")

        _at_once(load, load, turn, port=made.port)
        assert statuses == {200}
        rotate(keys, now=datetime.now(UTC), token_life=_LIFE, keep_old=False)
        time.sleep(1)
        assert made.line.ask("GET", f"/p/{A}", bearer(token)).status == 401


_LIFE = timedelta(days=1)


def _token(settings: Settings) -> str:
    """A token by the installation's own key."""
    now = datetime.now(UTC)
    claims = new_claims(A, "cust_a", [Permission.READ_METRICS], seconds=3600, now=now)
    return sign(claims, KeyRing(settings).signing_key(now=now))


def test_an_address_of_a_visitor_is_kept_without_its_end(stage: Stage) -> None:
    entry("PRIV-003")
    assert truncated("203.0.113.77") == "203.0.113.0"
    assert truncated("2001:db8:1:2::3") == "2001:db8:1::"
    stage.shown(stage.token(), f"/p/{TENANT.portal_id}")
    assert not [row for row in kept(stage, also=("portal_views",)) if "'127.0.0.1'" in row]


def test_secrets_of_a_webhook_are_never_read_back(stage: Stage) -> None:
    entry("PRIV-005")
    portal_id = stage.post("/v1/portal/configs", portal_body(TENANT)).json()["portal_id"]
    body = webhook_body(TENANT, portal_id=portal_id, headers={"X-Secret": "very-secret-value-123"})
    made = stage.post("/v1/portal/webhooks", body)
    told = stage.get(f"/v1/portal/webhooks/{made.json()['webhook_id']}").text
    told += stage.get("/v1/portal/webhooks?limit=1000").text
    for secret in ("very-secret-value-123", made.json()["signing_secret"]):
        assert secret not in told
    assert "very-secret-value-123" not in made.text
