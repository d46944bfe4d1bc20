"""Ready answers are the very answers, of the scope that asked, and end with their snapshot."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from api.cache import AnswerCache, CachedQuestion
from core.settings import Settings
from tests.builders import Events, call, customer, publish
from tests.builders.api import Api, Installation, api_over

PATH = "/metrics/cost.total?start"
SERIES = "/metrics/cost.total/series?start=2026-11-01&granularity=day"


def _cached(api: Api) -> int:
    return len(api.services.answers._answers)


def test_the_second_answer_is_the_first_to_the_byte(api: Api) -> None:
    first, second = api.get(SERIES), api.get(SERIES)
    assert _cached(api) == 1
    assert first.content == second.content
    same = {name for name in first.headers if name not in ("x-request-id",) and "ratelimit" not in name}
    assert {n: first.headers[n] for n in same} == {n: second.headers[n] for n in same}


def test_the_order_of_parameters_is_no_other_question(api: Api) -> None:
    first = api.get("/metrics/cost.total/series?start=2026-11-01&granularity=day")
    second = api.get("/metrics/cost.total/series?granularity=day&start=2026-11-01")
    assert first.content == second.content and _cached(api) == 1


def test_one_scope_never_gets_what_another_asked(api: Api) -> None:
    for _ in range(2):
        of_a, of_b, of_all = (api.get(SERIES, who) for who in ("a", "b", "all"))
        assert len({of_a.content, of_b.content, of_all.content}) == 3
        assert "777" not in of_a.text
    assert _cached(api) == 3


def test_keys_of_one_scope_share_their_answers(api: Api) -> None:
    assert api.get(SERIES, "a").content == api.get(SERIES, "reader_a").content
    assert _cached(api) == 1


def test_a_client_that_has_the_answer_gets_none(api: Api) -> None:
    tag = api.get(SERIES).headers["etag"]
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = api.get(SERIES, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert api.get(SERIES, headers={"If-None-Match": '"other"'}).status_code == 200
    assert api.get(SERIES, "b", headers={"If-None-Match": tag}).status_code == 200


def test_an_answer_that_was_cut_to_now_is_made_anew(api: Api) -> None:
    first = api.get("/metrics/cost.total?at=2999-01-01")
    second = api.get("/metrics/cost.total?at=2999-01-01")
    assert _cached(api) == 0
    assert first.json()["timestamp"] != second.json()["timestamp"]


def test_refusals_are_not_kept(api: Api) -> None:
    api.get("/metrics/nothing")
    api.get("/metrics/cost.total?agent_id=a&agent_id=b")
    assert _cached(api) == 0


def test_what_does_not_come_from_the_snapshot_is_not_kept(api: Api) -> None:
    api.get("/metrics/custom")
    api.get("/alerts")
    assert _cached(api) == 0


def test_a_new_snapshot_ends_the_answers_of_the_old_one(
    tmp_path: Path, new_installation: Installation
) -> None:
    def numbers(cost: str) -> Events:
        return Events(
            llm_requests=[call(cost_usd=cost), call(customer_id="cust_b", cost_usd="7.77")],
            customers=[customer(), customer(customer_id="cust_b")],
        )

    settings: Settings = new_installation.copy_to(tmp_path)
    publish(tmp_path, numbers("1"))
    with api_over(settings, new_installation) as api:
        path = "/metrics/cost.total?at=2026-11-03"
        assert api.get(path).json()["value"] == 1
        publish(tmp_path, numbers("2"), number=2)
        api.services.metrics.refresh()
        assert api.get(path).json()["value"] == 2
        assert _cached(api) == 1


def test_without_memory_nothing_is_kept(tmp_path: Path, installation: Installation) -> None:
    from dataclasses import replace

    settings = replace(installation.copy_to(tmp_path), answer_cache_bytes=0)
    with api_over(settings, installation) as api:
        assert api.get(SERIES).content == api.get(SERIES).content
        assert _cached(api) == 0


def test_the_longest_unused_goes_when_memory_is_full() -> None:
    cache = AnswerCache(max_bytes=5000)
    questions = [CachedQuestion(None, f"/{n}", ()) for n in range(5)]
    cache.get(questions[0], "snap")
    for question in questions:
        cache.put(question, "snap", body=b"x" * 500, route="/")
        cache.get(questions[0], "snap")
    assert [cache.get(q, "snap") is not None for q in questions] == [True, False, False, True, True]


def test_an_answer_of_a_snapshot_that_was_replaced_meanwhile_is_not_kept() -> None:
    cache = AnswerCache(max_bytes=5000)
    question = CachedQuestion(None, "/", ())
    cache.get(question, "new")
    cache.put(question, "old", body=b"x", route="/")
    assert cache.get(question, "new") is None


_text = st.text(max_size=5)


@given(
    st.tuples(st.none() | _text, _text, st.lists(st.tuples(_text, _text), max_size=3)),
    st.tuples(st.none() | _text, _text, st.lists(st.tuples(_text, _text), max_size=3)),
)
def test_two_questions_are_one_only_if_scope_path_and_parameters_are(one: tuple, other: tuple) -> None:
    made = [CachedQuestion(c, path, tuple(sorted(pairs))) for c, path, pairs in (one, other)]
    same = (one[0], one[1], sorted(one[2])) == (other[0], other[1], sorted(other[2]))
    assert (made[0] == made[1]) is same
