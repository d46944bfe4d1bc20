"""The demo's events: valid by the contract, the same at every call, and telling the story they are for."""

import base64
import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from core.contract import TABLES, Column, Table, Type
from pipeline import demo
from pipeline.demo import crowd
from pipeline.demo.instants import Window
from pipeline.prices import list_prices

END = datetime(2026, 11, 20, 13, 37, 42, 250_000, tzinfo=UTC)
DAYS = 30
CUSTOMERS = 8

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class History:
    root: Path
    summary: demo.DemoSummary
    rows: dict[str, Rows]
    progress: list[tuple[str, int, int]]

    def of(self, table: str, customer_id: str) -> Rows:
        return [row for row in self.rows[table] if row["customer_id"] == customer_id]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    root = tmp_path_factory.mktemp("landing")
    heard: list[tuple[str, int, int]] = []
    summary = demo.write(
        root, customers=CUSTOMERS, days=DAYS, end=END, progress=lambda *step: heard.append(step)
    )
    return History(root, summary, {table: list(_read(root / table)) for table in TABLES}, heard)


def _read(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows as the files hold them; an empty CSV field, like a missing JSON one, is None."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".parquet":
            yield from _read_parquet(path)
            continue
        text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
        if ".csv" in path.suffixes:
            yield from ({k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(text)))
        else:
            columns: dict[str, Any] = dict.fromkeys(TABLES[folder.name].column_names)
            yield from (columns | json.loads(line, parse_float=Decimal) for line in text.splitlines())


def _read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    with duckdb.connect() as connection:
        query = "SELECT * REPLACE (epoch_ms(evaluated_at) AS evaluated_at) FROM read_parquet(?)"
        answer = connection.execute(query, [str(path)])
        names = [column[0] for column in answer.description]
        for values in answer.fetchall():
            row = dict(zip(names, values, strict=True))
            yield row | {"evaluated_at": datetime.fromtimestamp(row["evaluated_at"] / 1000, UTC).isoformat()}


def _digests(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    assert instant.utcoffset() == timedelta(0)
    return instant


# The contract


def _fault(column: Column, value: Any) -> str | None:
    """What is wrong with one value by the contract, told independently of the reader of files."""
    if value is None:
        return "is missing" if column.required and column.default is None else None
    if column.choices and value not in column.choices:
        return "is not among the choices"
    if column.type is Type.TEXT:
        return None if isinstance(value, str) and 0 < len(value) <= column.max_characters else "is no text"
    if column.type is Type.BOOL:
        return None if value in (True, False, "true", "false") else "is no bool"
    if column.type is Type.TIME:
        return None if 2015 <= _instant(value).year <= END.year else "is no time"
    return _number_fault(column, value)


def _number_fault(column: Column, value: Any) -> str | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return "is no number"
    if isinstance(value, bool) or not number.is_finite():
        return "is no number"
    if column.type is Type.INT and number != number.to_integral_value():
        return "is not whole"
    if column.minimum is not None and number < column.minimum:
        return "is too small"
    if column.maximum is not None and number > column.maximum:
        return "is too large"
    return None


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_row_conforms_to_the_contract(history: History, table: Table) -> None:
    assert history.rows[table.name]
    for row in history.rows[table.name]:
        assert set(row) <= set(table.column_names)
        faults = [(c.name, row.get(c.name), _fault(c, row.get(c.name))) for c in table.columns]
        assert [fault for fault in faults if fault[2]] == []


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_key_is_unique(history: History, table: Table) -> None:
    keys = Counter(tuple(row[column] for column in table.key) for row in history.rows[table.name])
    assert [key for key, times in keys.items() if times > 1] == []


def test_calls_that_went_well_have_tokens_and_those_that_failed_have_none(history: History) -> None:
    for row in history.rows["llm_requests"]:
        observed = {row["input_tokens"] is not None, row["output_tokens"] is not None}
        assert observed == {row["status"] == "ok"}
        assert (row["error_type"] is not None) == (row["status"] in ("error", "blocked"))


def test_cached_tokens_are_never_more_than_the_input(history: History) -> None:
    calls = [row for row in history.rows["llm_requests"] if row["status"] == "ok"]
    for row in calls:
        assert (row["cache_read_tokens"] or 0) + (row["cache_write_tokens"] or 0) <= row["input_tokens"]
        assert (row["reasoning_tokens"] or 0) <= row["output_tokens"]
    assert any(row["cache_read_tokens"] for row in calls)
    assert any(row["cache_write_tokens"] for row in calls)


def test_every_row_belongs_to_a_session_of_the_same_customer_and_agent(history: History) -> None:
    owners = {row["session_id"]: (row["customer_id"], row["agent_id"]) for row in history.rows["sessions"]}
    for table in ("llm_requests", "tool_calls", "evaluations", "outcomes"):
        for row in history.rows[table]:
            assert owners[row["session_id"]] == (row["customer_id"], row["agent_id"])


def test_arguments_hash_is_a_sha256(history: History) -> None:
    assert all(len(bytes.fromhex(row["args_hash"])) == 32 for row in history.rows["tool_calls"])


# Time


def test_nothing_happens_after_the_end(history: History) -> None:
    for name, table in TABLES.items():
        at = table.event_time
        assert at is None or max(_instant(row[at]) for row in history.rows[name]) < END
    assert max(_instant(row["ended_at"]) for row in history.rows["sessions"] if row["ended_at"]) <= END


@pytest.mark.parametrize("table", ["llm_requests", "tool_calls"])
def test_only_calls_that_finished_before_the_end_are_there(history: History, table: str) -> None:
    for row in history.rows[table]:
        if row["latency_ms"] is not None:
            took = timedelta(milliseconds=float(row["latency_ms"]))
            assert _instant(row["started_at"]) + took <= END


def test_a_session_still_running_at_the_end_has_no_outcome_yet(history: History, tmp_path: Path) -> None:
    today = [row for row in history.of("sessions", "cust_malabar") if row["started_at"] > "2026-11-20"]
    longest = max(today, key=lambda row: _instant(row["ended_at"]) - _instant(row["started_at"]))
    started, ended = _instant(longest["started_at"]), _instant(longest["ended_at"])
    demo.write(tmp_path, customers=4, days=1, end=started + (ended - started) / 2)
    cut = next(row for row in _read(tmp_path / "sessions") if row["session_id"] == longest["session_id"])
    only_at_the_end = ("ended_at", "outcome", "handoff", "user_turns", "agent_steps", "sentiment_end")
    assert [cut[column] for column in only_at_the_end] == [None] * 6
    assert (cut["started_at"], cut["intent"]) == (longest["started_at"], longest["intent"])
    calls = [row["started_at"] for row in _read(tmp_path / "llm_requests")]
    assert max(calls) < longest["ended_at"]


def test_the_last_day_is_begun_and_not_finished(history: History) -> None:
    hours = Counter(row["started_at"][:13] for row in history.rows["llm_requests"])
    assert hours["2026-11-20T12"] > 0
    assert max(hours) == "2026-11-20T13"


def test_a_file_holds_the_rows_of_its_day(history: History) -> None:
    names = sorted(path.name for path in (history.root / "llm_requests").iterdir())
    assert names == [f"{date(2026, 10, 22) + timedelta(days=n)}.jsonl.gz" for n in range(DAYS)]
    lines = gzip.decompress((history.root / "llm_requests" / names[4]).read_bytes()).splitlines()
    assert {json.loads(line)["started_at"][:10] for line in lines} == {"2026-10-26"}


def test_an_end_at_midnight_belongs_to_the_day_before() -> None:
    assert Window.before(datetime(2026, 3, 1, tzinfo=UTC), 2).days == (date(2026, 2, 27), date(2026, 2, 28))


def test_the_end_stands_beside_the_tables(history: History) -> None:
    assert datetime.fromisoformat((history.root / "_complete_to").read_text()) == END


# The same at every call


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    ends = (END, END.astimezone(timezone(timedelta(hours=5, minutes=45))))
    for place, end in zip("ab", ends, strict=True):
        demo.write(tmp_path / place, customers=6, days=3, end=end)
    assert _digests(tmp_path / "a") == _digests(tmp_path / "b")


def test_another_seed_gives_other_events(tmp_path: Path) -> None:
    for seed in (1, 2):
        demo.write(tmp_path / str(seed), customers=1, days=2, seed=seed, end=END)
    first, second = (_digests(tmp_path / str(seed)) for seed in (1, 2))
    same = {name for name in first if first[name] == second[name]}
    assert not any(name.startswith(("llm_requests", "sessions")) for name in same)


def test_a_customers_history_does_not_change_when_others_join(history: History, tmp_path: Path) -> None:
    demo.write(tmp_path, customers=1, days=DAYS, end=END)
    for table in ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes", "baselines"):
        alone = list(_read(tmp_path / table))
        assert alone == history.of(table, "cust_northwind")
    budgets = {row["budget_id"]: row for row in history.rows["budgets"]}
    mine = [row for row in _read(tmp_path / "budgets") if row["scope"] != "global"]
    assert mine == [budgets["budget-cust_northwind"]]


def test_thousands_of_customers_each_have_a_name_of_their_own() -> None:
    cast = crowd.customers(demo.MAX_CUSTOMERS, 7)
    agents = [agent.agent_id for customer in cast for agent in customer.agents]
    assert len({customer.customer_id for customer in cast}) == demo.MAX_CUSTOMERS
    assert len({customer.name for customer in cast}) == demo.MAX_CUSTOMERS
    assert len(set(agents)) == len(agents)
    assert crowd.customers(40, 7) == cast[:40]


def test_half_hour_and_quarter_hour_zones_are_among_the_first_six() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    minutes = {at.astimezone(ZoneInfo(c.timezone)).minute for c in crowd.customers(6, 7)}
    assert {0, 30, 45} <= minutes


# Files


def test_own_files_are_written_anew_and_others_left_alone(tmp_path: Path) -> None:
    demo.write(tmp_path, customers=1, days=2, end=END)
    clean = _digests(tmp_path)
    (tmp_path / "sessions" / "mine.jsonl").write_text("{}\n")
    (tmp_path / "sessions" / "2026-11-20.jsonl.gz").write_text("broken")
    demo.write(tmp_path, customers=1, days=2, end=END)
    assert (tmp_path / "sessions" / "mine.jsonl").read_text() == "{}\n"
    (tmp_path / "sessions" / "mine.jsonl").unlink()
    assert _digests(tmp_path) == clean


def test_no_unfinished_file_stays_behind(history: History) -> None:
    assert list(history.root.rglob("*.tmp")) == []


def test_the_summary_counts_what_is_in_the_files(history: History) -> None:
    files = [path for path in history.root.rglob("*") if path.is_file()]
    assert history.summary.files == len(files)
    assert history.summary.bytes == sum(path.stat().st_size for path in files)
    assert {t: history.summary.rows[t] for t in TABLES} == {t: len(rows) for t, rows in history.rows.items()}


def test_progress_is_told_after_every_day(history: History) -> None:
    assert history.progress[0] == ("2026-10-22", 1, DAYS)
    assert history.progress[-1] == ("2026-11-20", DAYS, DAYS)
    assert len(history.progress) == DAYS


def test_importing_the_demo_loads_no_database() -> None:
    code = "import sys, pipeline.demo; sys.exit(bool({'duckdb', 'dagster', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# The story


def _weekdays(rows: Rows, zone: str) -> Counter[int]:
    return Counter(_instant(row["started_at"]).astimezone(ZoneInfo(zone)).weekday() for row in rows)


def test_offices_are_quiet_at_the_weekend(history: History) -> None:
    claims = [r for r in history.of("sessions", "cust_hanseat") if r["agent_id"] == "hanseat-claims"]
    by_weekday = _weekdays(claims, "Europe/Berlin")
    assert by_weekday[5] + by_weekday[6] < 0.3 * (by_weekday[1] + by_weekday[2])


def test_shoppers_come_at_the_weekend_too_but_fewer(history: History) -> None:
    by_weekday = _weekdays(history.of("sessions", "cust_northwind"), "America/New_York")
    assert 0.35 < (by_weekday[5] + by_weekday[6]) / (by_weekday[1] + by_weekday[2]) < 0.95


@pytest.mark.parametrize(
    ("customer_id", "zone"),
    [
        ("cust_hanseat", "Europe/Berlin"),
        ("cust_hoshikawa", "Asia/Tokyo"),
        ("cust_malabar", "Asia/Kolkata"),
        ("cust_himal", "Asia/Kathmandu"),
    ],
)
def test_nights_are_quiet_in_the_customers_own_zone(history: History, customer_id: str, zone: str) -> None:
    local = [
        _instant(row["started_at"]).astimezone(ZoneInfo(zone)) for row in history.of("sessions", customer_id)
    ]
    night = sum(1 <= at.hour < 5 for at in local)
    afternoon = sum(14 <= at.hour < 18 for at in local)
    assert night < 0.2 * afternoon


def _thirds(rows: Rows) -> tuple[Rows, Rows]:
    """The first and the last third of the history."""
    first, last = "2026-11-01", "2026-11-11"
    return [r for r in rows if r["started_at"] < first], [r for r in rows if r["started_at"] >= last]


def _goal_rate(rows: Rows) -> float:
    return mean(row["outcome"] == "goal_met" for row in rows if row["outcome"])


def _handoff_rate(rows: Rows) -> float:
    return mean(row["handoff"] for row in rows if row["handoff"] is not None)


def test_an_improving_customer_improves(history: History) -> None:
    before, after = _thirds(history.of("sessions", "cust_northwind"))
    assert _goal_rate(after) > _goal_rate(before) + 0.08
    assert _handoff_rate(after) < _handoff_rate(before) - 0.05
    shifts = [
        mean(float(r["sentiment_end"] - r["sentiment_start"]) for r in rows if r["sentiment_end"] is not None)
        for rows in (before, after)
    ]
    assert shifts[1] > shifts[0] + 0.1


def test_an_improving_customer_gets_faster_answers_and_more_sessions(history: History) -> None:
    calls = [r for r in history.of("llm_requests", "cust_northwind") if r["agent_id"] == "northwind-sales"]
    before, after = (
        mean(float(r["latency_ms"]) for r in rows if r["status"] == "ok") for rows in _thirds(calls)
    )
    assert after < 0.9 * before
    first, last = _thirds(history.of("sessions", "cust_northwind"))
    assert len(last) > 1.2 * len(first)


def test_one_week_three_weeks_ago_was_clearly_bad(history: History) -> None:
    by_week: dict[date, Rows] = defaultdict(list)
    for row in history.of("sessions", "cust_hanseat"):
        day = _instant(row["started_at"]).date()
        by_week[day - timedelta(days=day.weekday())].append(row)
    bad = date(2026, 10, 26)
    others = [rows for monday, rows in by_week.items() if monday != bad]
    assert _goal_rate(by_week[bad]) < min(_goal_rate(rows) for rows in others) - 0.05
    assert _handoff_rate(by_week[bad]) > max(_handoff_rate(rows) for rows in others) + 0.05


def test_the_telephone_never_says_whether_a_human_took_over(history: History) -> None:
    by_channel: dict[str, set[bool]] = defaultdict(set)
    for row in history.of("sessions", "cust_hanseat"):
        if row["ended_at"]:
            by_channel[row["channel"]].add(row["handoff"] is None)
    assert by_channel.pop("voice") == {True}
    assert set().union(*by_channel.values()) == {False}


def test_a_reason_stands_beside_every_handoff_and_nowhere_else(history: History) -> None:
    assert all(bool(row["handoff"]) == bool(row["handoff_reason"]) for row in history.rows["sessions"])
    assert len({row["handoff_reason"] for row in history.rows["sessions"]}) > 5


def test_errors_are_followed_by_a_retry_that_mostly_succeeds(history: History) -> None:
    by_session: dict[str, list[str]] = defaultdict(list)
    for row in sorted(history.rows["llm_requests"], key=lambda row: row["started_at"]):
        by_session[row["session_id"]].append(row["status"])
    last = [statuses[-1] for statuses in by_session.values() if "error" in statuses]
    assert last.count("ok") > 0.7 * len(last) > 0
    errors = {row["error_type"] for row in history.rows["llm_requests"]}
    assert {"rate_limit", "timeout", "overloaded", "server_error"} <= errors


def test_some_sessions_loop_and_most_do_not(history: History) -> None:
    calls: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in sorted(history.rows["tool_calls"], key=lambda row: row["started_at"]):
        calls[row["session_id"]].append((row["tool_name"], row["args_hash"]))
    loops = [any(a == b == c for a, b, c in zip(x, x[1:], x[2:], strict=False)) for x in calls.values()]
    assert 0 < mean(loops) < 0.08


def test_context_grows_within_a_session_and_comes_from_the_cache(history: History) -> None:
    calls = [r for r in history.of("llm_requests", "cust_malabar") if r["agent_id"] == "malabar-coder"]
    ok = [row for row in calls if row["status"] == "ok"]
    by_session: dict[str, list[int]] = defaultdict(list)
    for row in sorted(ok, key=lambda row: row["started_at"]):
        by_session[row["session_id"]].append(row["input_tokens"])
    assert mean(tokens == sorted(tokens) for tokens in by_session.values()) > 0.9
    assert sum(row["cache_read_tokens"] for row in ok) > 0.6 * sum(row["input_tokens"] for row in ok)


def test_refunds_are_negative_rows_of_their_own_after_their_order(history: History) -> None:
    rows = {row["outcome_id"]: row for row in history.rows["outcomes"]}
    refunds = [row for row in rows.values() if row["value"] < 0]
    assert refunds
    for refund in refunds:
        order = rows[refund["outcome_id"].replace("-refund", "-order")]
        assert order["value"] == -refund["value"]
        assert order["occurred_at"] < refund["occurred_at"]


def test_what_is_observed_by_some_is_unknown_to_others(history: History) -> None:
    calls, sessions = history.rows["llm_requests"], history.rows["sessions"]
    reported = {row["agent_id"] for row in calls if row["cost_usd"] is not None}
    assert reported == {"northwind-sales"}
    assert {row["latency_ms"] for row in calls if row["agent_id"] == "himal-bookings"} == {None}
    assert 0 < mean(row["outcome"] is None for row in sessions) < 0.2
    assert 0 < mean(bool(row["is_test"]) for row in sessions) < 0.03


def test_a_reported_cost_is_what_the_tokens_cost(history: History) -> None:
    rows = [row for row in history.rows["llm_requests"] if row["cost_usd"] is not None]
    listed = {(price.provider, price.model): price for price in list_prices(_models(rows))}
    for row in rows:
        price = listed.get((row["provider"], row["model"]))
        assert price is not None and price.cache_read_usd_per_million is not None
        read = row["cache_read_tokens"] or 0
        cost = (row["input_tokens"] - read) * price.input_usd_per_million
        cost += read * price.cache_read_usd_per_million + row["output_tokens"] * price.output_usd_per_million
        assert row["cost_usd"] == cost / 1_000_000


def _models(rows: Rows) -> set[tuple[str | None, str]]:
    return {(row["provider"], row["model"]) for row in rows}


def test_the_price_list_knows_every_model(history: History) -> None:
    called = _models(history.rows["llm_requests"])
    assert len({provider for provider, _ in called}) >= 3
    assert {(price.provider, price.model) for price in list_prices(called)} == called


def test_some_calls_reach_a_higher_price_tier_and_the_contract_has_one(history: History) -> None:
    tiers = [
        (p.provider, p.model, p.tier_from_tokens) for p in list_prices(_models(history.rows["llm_requests"]))
    ]
    high = {(provider, model): tokens for provider, model, tokens in tiers if tokens}
    reached = [
        row["model"]
        for row in history.of("llm_requests", "cust_malabar")
        if (row["input_tokens"] or 0) >= high.get((row["provider"], row["model"]), 10**9)
    ]
    assert set(reached) == {"gemini-2.5-pro"}
    assert "200001" in {row["tier_from_tokens"] for row in history.rows["prices"]}


def test_contracts_follow_one_another_without_gap_below_the_list_price(history: History) -> None:
    terms: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(history.rows["prices"], key=lambda row: row["valid_from"]):
        terms[row["model"], row["tier_from_tokens"]].append(row)
    for first, second in terms.values():
        assert (first["valid_to"], second["valid_to"]) == (second["valid_from"], None)
        assert Decimal(second["input_usd_per_million"]) < Decimal(first["input_usd_per_million"])


def test_one_budget_is_nearly_burnt_at_contract_prices(history: History) -> None:
    price = next(
        row for row in history.rows["prices"] if row["model"] == "claude-opus-4-5" and row["valid_to"] is None
    )
    parts = ("input", "cache_read", "cache_write", "output")
    usd = [Decimal(price[f"{part}_usd_per_million"]) / 1_000_000 for part in parts]
    spent = Decimal(0)
    for row in history.rows["llm_requests"]:
        if row["agent_id"] == "malabar-coder" and row["status"] == "ok" and row["started_at"] >= "2026-11":
            read, written = row["cache_read_tokens"], row["cache_write_tokens"]
            tokens = (row["input_tokens"] - read - written, read, written, row["output_tokens"])
            spent += sum(rate * count for rate, count in zip(usd, tokens, strict=True))
    limits = {row["scope_id"]: Decimal(row["limit_usd"]) for row in history.rows["budgets"]}
    assert Decimal("0.9") < spent / limits["malabar-coder"] < 1


def test_hallucinations_are_judged_by_models_and_goals_by_people_too(history: History) -> None:
    judged = Counter((row["name"], row["evaluator_type"]) for row in history.rows["evaluations"])
    assert set(judged) == {
        ("hallucination", "llm"),
        ("groundedness", "llm"),
        ("goal_completion", "llm"),
        ("goal_completion", "human"),
    }


# OpenTelemetry


def _exported(history: History, kind: str) -> Iterator[str]:
    for path in sorted((history.root / "otlp" / "cust_clairval").glob(f"{kind}-*.jsonl")):
        yield from path.read_text().splitlines()


def _for_protobuf(value: Any) -> Any:
    """Ids are hex in OTLP/JSON, where protobuf's own JSON has base64."""
    if isinstance(value, list):
        return [_for_protobuf(each) for each in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        k: base64.b64encode(bytes.fromhex(v)).decode() if k in ids else _for_protobuf(v)
        for k, v in value.items()
    }


def test_opentelemetry_files_are_what_the_protocol_allows(history: History) -> None:
    for line in _exported(history, "traces"):
        spans = json_format.ParseDict(_for_protobuf(json.loads(line)), TracesData())
        for span in spans.resource_spans[0].scope_spans[0].spans:
            assert (len(span.trace_id), len(span.span_id)) == (16, 8)
            assert span.start_time_unix_nano <= span.end_time_unix_nano <= END.timestamp() * 1_000_000_000
    for line in _exported(history, "logs"):
        json_format.ParseDict(_for_protobuf(json.loads(line)), LogsData())


def _spans(history: History) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in _exported(history, "traces"))
    found = [s for line in lines for s in line["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    return [span | {"attributes": _plain(span["attributes"])} for span in found]


def _plain(attributes: Rows) -> dict[str, str]:
    return {each["key"]: str(next(iter(each["value"].values()))) for each in attributes}


def test_an_agents_span_repeats_the_tokens_of_the_calls_below_it(history: History) -> None:
    below: Counter[str] = Counter()
    roots: dict[str, int] = {}
    for span in _spans(history):
        tokens = int(span["attributes"].get("gen_ai.usage.input_tokens", 0))
        if span["attributes"]["gen_ai.operation.name"] == "invoke_agent":
            roots[span["spanId"]] = tokens
        else:
            below[span["parentSpanId"]] += tokens
    assert len(roots) > 10
    assert all(below[span_id] == tokens for span_id, tokens in roots.items())


def test_the_one_who_uses_opentelemetry_has_no_rows_of_its_own(history: History) -> None:
    for table in ("llm_requests", "sessions", "tool_calls", "evaluations", "outcomes"):
        assert history.of(table, "cust_clairval") == []
    assert {s["attributes"]["gen_ai.agent.id"] for s in _spans(history)} == {"clairval-conseil"}


def test_log_events_say_what_has_no_convention(history: History) -> None:
    lines = (json.loads(line) for line in _exported(history, "logs"))
    records = [r for line in lines for r in line["resourceLogs"][0]["scopeLogs"][0]["logRecords"]]
    names = {record["eventName"] for record in records}
    assert {"agent.session.outcome", "business.outcome", "gen_ai.evaluation.result"} <= names
    assert all("gen_ai.conversation.id" in _plain(record["attributes"]) for record in records)


# Refusals


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"customers": 0}, "customers must be from 1 to 5000, not 0"),
        ({"customers": 5_001}, "customers must be from 1 to 5000, not 5001"),
        ({"days": 0}, "days must be from 1 to 1100, not 0"),
        ({"days": 1_101}, "days must be from 1 to 1100, not 1101"),
        ({"days": -3}, "days must be from 1 to 1100, not -3"),
        ({"end": datetime(2026, 11, 20)}, "end needs a time zone"),
        ({"end": datetime(1999, 1, 1, tzinfo=UTC)}, "end must lie in the years 2019 to 2099"),
        ({"end": datetime.max.replace(tzinfo=UTC)}, "end must lie in the years 2019 to 2099"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence_and_nothing_is_written(
    tmp_path: Path, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        demo.write(tmp_path / "out", **({"end": END} | arguments))
    assert not (tmp_path / "out").exists()
