"""The published snapshot as readers meet it: scoped, swapped without a failure, never stopped by damage."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from core.errors import CustomerNotFound, NothingPublished, Unavailable
from core.measures import value
from core.periods import Period, named_period, zone
from core.store import readers
from core.store.metric_store import MetricStore
from core.store.query import Query
from core.store.readers import Reader
from tests.builders import NOON, Events, agent, budget, call, customer, outcome, price, publish

CALLS = Query("fact_llm_requests", ("customer_id", "cost_usd"), is_shared=False)
ENDLESS = Query("range(1000000000000)", ("sum(hash(range))",), is_shared=False)
PERIOD: Period = named_period("ytd", NOON.replace(month=12), zone("UTC"))


def events(cost: str = "1") -> Events:
    return Events(
        llm_requests=[
            call(customer_id="cust_a", agent_id="agent_a", cost_usd=cost),
            call(customer_id="cust_b", agent_id="agent_777", cost_usd="2.777"),
        ],
        outcomes=[outcome(customer_id="cust_b", name="revenue_777")],
        customers=[customer(customer_id="cust_b", name="Beta 777")],
        agents=[agent(agent_id="agent_a"), agent(agent_id="agent_777", name="Secret 777")],
        budgets=[
            budget(scope="customer", scope_id="cust_b", limit_usd="777"),
            budget(scope="global", limit_usd="1777"),
            budget(scope="customer", scope_id="cust_a", limit_usd="5"),
        ],
        prices=[price(customer_id="cust_b", input_usd_per_million="777"), price()],
    )


def opened(directory: Path) -> MetricStore:
    return MetricStore.open(directory, poll_seconds=0)


def cost(reader: Reader) -> float:
    found = value(reader, "cost.total", PERIOD).value
    assert found is not None
    return float(found)


def cost_now(store: MetricStore) -> float:
    with store.for_customer("cust_a") as reader:
        return cost(reader)


def test_a_customers_reader_sees_that_customers_rows_only(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    with store.for_customer("cust_a") as reader:
        assert {row[0] for row in reader.rows(CALLS)} == {"cust_a"}
    with store.for_all() as everybody:
        assert {row[0] for row in everybody.rows(CALLS)} == {"cust_a", "cust_b"}


@pytest.mark.parametrize(
    "table",
    ["dim_customers", "dim_agents", "dim_budgets", "dim_prices", "dim_baselines", "fact_llm_requests",
     "measure_llm_requests_hourly", "fact_outcomes", "measure_outcomes_hourly"],
)  # fmt: skip
def test_nothing_of_another_customer_is_in_any_table_a_reader_can_name(tmp_path: Path, table: str) -> None:
    store = opened(publish(tmp_path, events()))
    everything = Query(table, ("*",), is_shared=False)
    with store.for_customers(["cust_a", "cust_b"]) as many, many.customer("cust_a") as slice_:
        for reader in (store.for_customer("cust_a"), slice_):
            assert "777" not in str(reader.rows(everything))
            reader.close()


def test_a_table_that_is_not_published_cannot_be_read_by_a_customer(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    with store.for_customer("cust_a") as reader, pytest.raises(KeyError):
        reader.rows(Query("duckdb_settings()", ("*",), is_shared=False))


def test_a_customer_id_is_a_value_and_never_sql(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    for hostile in ("' OR TRUE --", "cust_a' OR 'a'='a", "$scope", "", "\0"):
        with store.for_customer(hostile) as reader:
            assert reader.rows(CALLS) == []


def test_a_pass_over_many_customers_hands_out_only_those_it_is_about(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    with store.for_customers(["cust_a"]) as many:
        with many.customer("cust_a") as reader:
            assert cost(reader) == 1
        with pytest.raises(CustomerNotFound):
            many.customer("cust_b")


def test_a_snapshot_is_read_with_nothing_but_reading_allowed(tmp_path: Path) -> None:
    directory = publish(tmp_path, events())
    store = opened(directory)
    with store.for_all() as reader:
        for statement in (
            "CREATE TABLE x AS SELECT 1",
            "DELETE FROM fact_sessions",
            "SELECT * FROM read_csv('/etc/hostname')",
            f"ATTACH '{directory / 'other.duckdb'}'",
            "COPY fact_sessions TO 'stolen.csv'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET autoload_known_extensions = true",
            "SELECT * FROM store",
        ):
            with pytest.raises(duckdb.Error):
                reader._cursor.execute(statement).fetchall()


def test_a_new_snapshot_is_picked_up_while_readers_keep_the_one_they_have(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events("1")))
    before = store.for_customer("cust_a")
    publish(tmp_path, events("5"), number=2)
    assert cost_now(store) == 5
    assert cost(before) == 1
    assert before.snapshot_name != store.snapshot_name
    before.close()


def test_the_pointer_is_looked_at_again_within_a_second(tmp_path: Path) -> None:
    store = MetricStore.open(publish(tmp_path, events("1")))
    publish(tmp_path, events("5"), number=2)
    threading.Event().wait(0.6)
    assert cost_now(store) == 5


def open_files(directory: Path) -> list[str]:
    targets = (str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return [target for target in targets if target.startswith(str(directory))]


def test_an_old_snapshot_is_closed_with_its_last_reader(tmp_path: Path) -> None:
    directory = publish(tmp_path, events("1"))
    store = opened(directory)
    readers = [store.for_customer("cust_a"), store.for_all()]
    publish(tmp_path, events("5"), number=2)
    assert cost_now(store) == 5
    readers.pop().close()
    assert any("snap-1-" in name for name in open_files(directory))
    readers.pop().close()
    assert not any("snap-1-" in name for name in open_files(directory))
    store.close()
    assert not open_files(directory)


def test_a_reader_that_was_forgotten_lets_go_of_its_snapshot(tmp_path: Path) -> None:
    directory = publish(tmp_path, events("1"))
    store = opened(directory)
    reader = store.for_customer("cust_a")
    store.close()
    assert open_files(directory)
    del reader
    assert not open_files(directory)


def test_closing_a_reader_twice_counts_once(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events("1")))
    keeper, other = store.for_customer("cust_a"), store.for_customer("cust_a")
    store.close()
    other.close()
    other.close()
    assert cost(keeper) == 1


def test_readers_at_the_same_time_never_share_a_cursor_and_closed_ones_leave_theirs(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    with store.for_customer("cust_a") as one, store.for_customer("cust_b") as other:
        assert one._cursor is not other._cursor
        left = {id(one._cursor), id(other._cursor)}
    with store.for_all() as next_one:
        assert id(next_one._cursor) in left
        assert {row[0] for row in next_one.rows(CALLS)} == {"cust_a", "cust_b"}


def test_two_stores_in_one_process_may_have_different_settings(tmp_path: Path) -> None:
    directory = publish(tmp_path, events("1"))
    first, second = MetricStore.open(directory, threads=1), MetricStore.open(directory, threads=2)
    assert cost_now(second) == 1
    first.close()
    assert cost_now(second) == 1


def test_a_question_that_takes_too_long_is_refused_and_the_next_one_answered(tmp_path: Path) -> None:
    store = MetricStore.open(publish(tmp_path, events("5")), query_seconds=2)
    began = time.monotonic()
    with store.for_all() as reader, pytest.raises(Unavailable):
        reader.rows(ENDLESS)
    assert time.monotonic() - began < 30
    assert cost_now(store) == 5


def test_many_short_statements_together_may_not_take_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MetricStore.open(publish(tmp_path, events("5")), query_seconds=60)
    with store.for_all() as reader:
        assert cost(reader) > 0
        later = time.monotonic() + 61
        monkeypatch.setattr(readers, "time", SimpleNamespace(monotonic=lambda: later))
        with pytest.raises(Unavailable):
            cost(reader)


def test_a_question_that_needs_too_much_memory_is_refused_and_spills_nothing(tmp_path: Path) -> None:
    directory = publish(tmp_path, events("5"))
    before = sorted(directory.iterdir())
    store = MetricStore.open(directory, memory="20MB")
    with store.for_all() as reader, pytest.raises(duckdb.OutOfMemoryException):
        reader.rows(Query("range(10000000)", ("list(range)",), is_shared=False))
    assert sorted(directory.iterdir()) == before
    assert cost_now(store) == 5


def test_builds_read_without_limits(tmp_path: Path) -> None:
    limit = "current_setting('max_execution_time')"
    with opened(publish(tmp_path, events())).for_all() as reader:
        assert reader.rows(Query("snapshot_info", (limit,), is_shared=False)) == [(0,)]


def test_a_store_knows_its_customers_until_the_next_snapshot(tmp_path: Path) -> None:
    store = opened(publish(tmp_path, events()))
    assert store.has_customer("cust_b") and not store.has_customer("cust_c")
    publish(tmp_path, Events(llm_requests=[call(customer_id="cust_c")]), number=2)
    assert store.has_customer("cust_c") and not store.has_customer("cust_b")


def say(directory: Path, name: str, assignment: str) -> None:
    with duckdb.connect(str(next(directory.glob(name)))) as connection:
        connection.execute(f"UPDATE snapshot_info SET {assignment}")


def test_numbers_without_any_event_reach_to_the_build(tmp_path: Path) -> None:
    directory = publish(tmp_path, Events(customers=[customer()]), data_as_of=NOON)
    say(directory, "snap-1-*", "data_as_of = NULL")
    store = opened(directory)
    with store.for_customer("cust_a") as reader:
        assert reader.data_as_of == reader.info.built_at == NOON
    assert store.problem is None


def test_a_snapshot_that_does_not_say_what_it_holds_is_damaged(tmp_path: Path) -> None:
    publish(tmp_path, events("1"), number=1)
    directory = publish(tmp_path, events("5"), number=2)
    say(directory, "snap-2-*", "data_as_of = NULL, built_at = NULL")
    store = opened(directory)
    assert cost_now(store) == 1
    assert store.problem and "snap-2-" in store.problem


def test_without_any_snapshot_readers_are_refused_with_a_reason(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "missing"):
        store = opened(directory)
        with pytest.raises(NothingPublished) as refusal:
            store.for_customer("cust_a")
        assert (refusal.value.status, store.snapshot_name) == (503, None)
        assert str(tmp_path) in str(store.problem) and str(tmp_path) not in refusal.value.message
    publish(tmp_path, events("5"))
    store = opened(tmp_path / "published")
    assert cost_now(store) == 5


def test_a_store_that_found_nothing_finds_the_first_snapshot(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    store = opened(tmp_path / "published")
    assert store.problem
    publish(tmp_path, events("5"))
    assert cost_now(store) == 5
    assert store.problem is None


DAMAGE = {
    "missing": None,
    "empty": b"",
    "half a name": b"snap-2-",
    "not text": b"\xff\xfe\x00",
    "a file that is not there": b"snap-9-0123456789ab.duckdb\n",
    "another directory": b"../published/snap-1-6b86b273ff34.duckdb\n",
    "json": b'{"snapshot": "snap-1-6b86b273ff34.duckdb"',
}


def damage(directory: Path, content: bytes | None) -> None:
    pointer = directory / "CURRENT"
    pointer.unlink()
    if content is not None:
        pointer.write_bytes(content)


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_pointer_at_the_start_falls_back_to_the_newest_whole_snapshot(
    tmp_path: Path, name: str
) -> None:
    publish(tmp_path, events("1"), number=9)
    directory = publish(tmp_path, events("5"), number=10)
    damage(directory, DAMAGE[name])
    store = opened(directory)
    assert cost_now(store) == 5
    assert (store.problem and "CURRENT" in store.problem) or "snap-9" in str(store.problem)


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_pointer_while_running_keeps_the_snapshot_at_hand(tmp_path: Path, name: str) -> None:
    publish(tmp_path, events("1"), number=1)
    directory = tmp_path / "published"
    store = opened(directory)
    publish(tmp_path, events("7"), number=11)
    damage(directory, DAMAGE[name])
    assert cost_now(store) == 1
    assert store.problem
    publish(tmp_path, events("5"), number=12)
    assert cost_now(store) == 5
    assert store.problem is None


def ruined(path: Path, how: str) -> None:
    content = path.read_bytes()
    path.unlink()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "no database":
        path.write_bytes(b"hello" * 1000)
    elif how == "a directory":
        path.mkdir()
    elif how == "without tables":
        duckdb.connect(str(path)).close()


@pytest.mark.parametrize("how", ["truncated", "no database", "a directory", "without tables", "gone"])
def test_a_damaged_snapshot_is_passed_over_for_the_newest_whole_one(tmp_path: Path, how: str) -> None:
    publish(tmp_path, events("1"), number=1)
    directory = publish(tmp_path, events("5"), number=2)
    ruined(next(directory.glob("snap-2-*")), how)
    store = opened(directory)
    assert cost_now(store) == 1
    assert store.problem and "snap-2-" in store.problem
    publish(tmp_path, events("9"), number=3)
    assert cost_now(store) == 9


def test_readers_never_fail_while_snapshots_change_under_them(tmp_path: Path) -> None:
    directory = publish(tmp_path, events("1"), number=1)
    store, problems, seen = opened(directory), [], set()
    is_done = threading.Event()

    def read() -> None:
        while not is_done.is_set():
            try:
                with store.for_customer("cust_a") as reader:
                    first, second = cost(reader), cost(reader)
                    seen.add(first)
                    assert first == second
            except Exception as error:
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 7):
        publish(tmp_path, events(str(number)), number=number)
        threading.Event().wait(0.05)
    is_done.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert cost_now(store) == 6
    assert seen <= {1, 2, 3, 4, 5, 6}
    store.close()
    assert not open_files(directory)
