"""A repeated write has one effect, and a store that cannot be written says so and loses nothing."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.builders.api import Api, code, fault, metric
from tests.builders.chance import without_chance

PATH = "/metrics/custom"
KEY = {"Idempotency-Key": "first-try"}


def test_the_same_request_again_gets_the_first_answer(api: Api) -> None:
    first = api.post(PATH, metric(None), headers=KEY)
    again = api.post(PATH, metric(None), headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert api.get(PATH).json()["total"] == 1


def test_the_same_key_with_another_request_is_a_conflict(api: Api) -> None:
    api.post(PATH, metric(), headers=KEY)
    for answer in (
        api.post(PATH, metric(name="Other"), headers=KEY),
        api.post("/alerts", {"name": "n"}, headers=KEY),
    ):
        assert code(answer)[0] in (400, 409)
    assert fault(api.post(PATH, metric(name="Other"), headers=KEY)) == (
        409,
        "IDEMPOTENCY_CONFLICT",
        "Idempotency-Key",
    )


def test_keys_of_two_callers_do_not_meet(api: Api) -> None:
    of_a = api.post(PATH, metric(), headers=KEY)
    of_b = api.post(PATH, metric(name="Of b 777"), "b", headers=KEY)
    assert (of_a.status_code, of_b.status_code) == (201, 201)
    assert "777" not in without_chance(api.post(PATH, metric(), headers=KEY).text)


def test_a_request_that_was_refused_may_be_repaired_under_its_key(api: Api) -> None:
    assert code(api.post(PATH, metric(unit=""), headers=KEY))[0] == 400
    assert api.post(PATH, metric(), headers=KEY).status_code == 201


def test_a_batch_is_remembered_too(api: Api) -> None:
    body = {"metric_ids": ["cost.total"]}
    first, again = (api.post("/metrics/batch", body, headers=KEY) for _ in range(2))
    assert first.content == again.content and again.headers["idempotency-replayed"] == "true"
    assert code(api.post("/metrics/batch", {"metric_ids": ["cost.daily"]}, headers=KEY))[0] == 409


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "two words", "k\u00e9y"])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    assert fault(api.post(PATH, metric(), headers=headers)) == (400, "INVALID_PARAMETER", "Idempotency-Key")


def test_a_key_is_forgotten_after_a_day(api: Api, monkeypatch) -> None:
    api.post(PATH, metric(None), headers=KEY)
    later = api.services.now() + timedelta(hours=24, seconds=1)
    monkeypatch.setattr(api.services, "clock", lambda: later)
    again = api.post(PATH, metric(None), headers=KEY)
    assert "idempotency-replayed" not in again.headers
    assert api.get(PATH).json()["total"] == 2


def test_many_at_once_have_one_effect(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post(PATH, metric(None), headers=KEY), range(16)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert api.get(PATH).json()["total"] == 1


def test_of_many_that_take_one_id_one_gets_it(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: api.post(PATH, metric()).status_code, range(12)))
    assert sorted(statuses) == [201] + [409] * 11


def test_of_two_who_read_the_same_version_one_changes_it(api: Api) -> None:
    api.post(PATH, metric())
    path = f"{PATH}/cm_cost_per_session"
    tag = {"If-Match": api.get(path).headers["etag"]}
    with ThreadPoolExecutor(4) as pool:
        statuses = list(
            pool.map(lambda n: api.patch(path, {"name": f"N{n}"}, headers=tag).status_code, range(4))
        )
    assert sorted(statuses) == [200, 412, 412, 412]


def test_a_locked_store_refuses_writes_and_numbers_go_on(api: Api) -> None:
    assert api.get("/metrics/cost.total").status_code == 200
    other = sqlite3.connect(api.services.settings.home / "control.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused: list = []
    writer = threading.Thread(target=lambda: refused.append(api.post(PATH, metric())))
    writer.start()
    while writer.is_alive():
        assert api.get("/metrics/cost.total").status_code in (200, 429)
        writer.join(0.1)
    other.execute("ROLLBACK")
    other.close()
    assert code(refused[0]) == (503, "UNAVAILABLE")
    assert int(refused[0].headers["retry-after"]) >= 1
    assert api.post(PATH, metric()).status_code == 201


def test_what_is_kept_of_a_request_cannot_be_guessed_at_without_the_key_that_sent_it(api: Api) -> None:
    from core.store.control.tables import IDEMPOTENCY_RECORDS

    for who in ("a", "b"):
        api.post(PATH, metric(), who, headers=KEY)
    with api.services.store.reading() as connection:
        kept = {row.request_sha256 for row in connection.execute(IDEMPOTENCY_RECORDS.select())}
    assert len(kept) == 2
    assert api.post(PATH, metric(), headers=KEY).headers["idempotency-replayed"] == "true"
