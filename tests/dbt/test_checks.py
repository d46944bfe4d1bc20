# ruff: noqa: E501  (tables read best as tables)
"""The checks of a build find what is wrong: their own SQL, as dbt ran it, on a database spoilt by hand."""

from typing import Any

import duckdb
import pytest

from tests.dbt.conftest import Built

# fmt: off
SPOILT = [
    ("INSERT INTO fact_sessions FROM fact_sessions WHERE customer_id = 'acme'", "every_session_stands_once", ("acme", "s1", 2)),
    ("INSERT INTO dim_agents FROM dim_agents", "every_agent_stands_once", ("bot", 2)),
    ("INSERT INTO dim_prices FROM dim_prices", "every_price_stands_once", ("contract", "anthropic", "golden", "acme")),
    ("UPDATE fact_llm_requests SET cost_usd = -1 WHERE request_id = 'a1'", "every_call_is_whole_and_in_range", ("no cost is negative", 1)),
    ("UPDATE fact_llm_requests SET latency_ms = 'nan' WHERE request_id = 'a2'", "every_call_is_whole_and_in_range", ("latencies lie between nothing and a day", 1)),
    ("UPDATE fact_llm_requests SET cache_read_tokens = 12001 WHERE request_id = 'a2'", "every_call_is_whole_and_in_range", ("cached tokens are part of the input", 1)),
    ("UPDATE fact_llm_requests SET day = day + 1", "every_call_is_whole_and_in_range", ("the day is the UTC day of the start", 4)),
    ("UPDATE fact_llm_requests SET customer_id = NULL WHERE request_id = 'a1'", "every_call_is_whole_and_in_range", ("what must be there is there", 1)),
    ("UPDATE fact_sessions SET deflected_count = 1", "every_session_is_whole_and_in_range", ("a deflected session met its goal and was not handed over", 1)),
    ("UPDATE fact_sessions SET sentiment_shift = 'inf'", "every_session_is_whole_and_in_range", ("moods and their shift lie between -1 and 1", 2)),
    ("UPDATE fact_evaluations SET score = 'inf' WHERE evaluation_id = 'a1'", "every_evaluation_is_whole_and_in_range", ("the score is a finite number", 1)),
    ("UPDATE fact_outcomes SET weighted_value = NULL", "every_outcome_is_whole", ("the outcome counts once", 2)),
    ("UPDATE dim_customers SET timezone = NULL", "every_customer_has_name_zone_and_locale", ("what must be there is there", 2)),
    ("UPDATE snapshot_info SET data_as_of = built_at + INTERVAL 1 SECOND", "the_snapshot_says_what_it_is", ("the data is not newer than the run", 1)),
    ("UPDATE fact_tool_calls SET agent_id = 'ghost' WHERE tool_call_id = 'a1'", "every_tool_call_has_a_known_customer_and_agent", ("agent_id", "ghost", 1)),
    ("DELETE FROM dim_customers WHERE customer_id = 'other'", "every_outcome_has_a_known_customer_and_agent", ("customer_id", "other", 1)),
    ("UPDATE measure_llm_requests_hourly SET cost_usd = 0.033900000001 WHERE customer_id = 'acme'", "the_hours_of_calls_add_up", ("cost_usd", "0.810900000001", "0.810900000000")),
    ("UPDATE measure_llm_requests_hourly SET measured_latency_ms = 250.001 WHERE customer_id = 'acme'", "the_hours_of_calls_add_up", ("measured_latency_ms", "250.001", "250.0")),
    ("DELETE FROM measure_tool_calls_hourly", "the_hours_of_tool_calls_add_up", ("tool_call_count", None, "3")),
]
# fmt: on


@pytest.mark.parametrize(("spoil", "check", "finding"), SPOILT)
def test_a_check_finds_what_is_wrong(
    built: Built, spoilt: duckdb.DuckDBPyConnection, spoil: str, check: str, finding: tuple[Any, ...]
) -> None:
    sql = built.sql_of(check)
    assert spoilt.execute(sql).fetchall() == []
    spoilt.execute(spoil)
    found = spoilt.execute(sql).fetchall()
    assert finding in [row[: len(finding)] for row in found]


def test_floating_sums_may_differ_by_the_order_in_which_they_were_added(
    built: Built, spoilt: duckdb.DuckDBPyConnection
) -> None:
    spoilt.execute("UPDATE measure_llm_requests_hourly SET measured_latency_ms = measured_latency_ms + 1e-12")
    assert spoilt.execute(built.sql_of("the_hours_of_calls_add_up")).fetchall() == []


def test_no_agent_is_no_unknown_agent(built: Built, spoilt: duckdb.DuckDBPyConnection) -> None:
    named = spoilt.execute("SELECT DISTINCT agent_id FROM fact_outcomes ORDER BY 1").fetchall()
    assert named == [("(none)",), ("bot",)]
    assert spoilt.execute(built.sql_of("every_outcome_has_a_known_customer_and_agent")).fetchall() == []
