"""Traces that five agent frameworks really wrote; present where the product's real data lies beside the
project."""

from pathlib import Path

import pytest

LANDING = Path(__file__).parents[4].parent / "shared/data/landing"
FILE = LANDING / "otlp/cust_frameworks/frameworks.jsonl"

if not FILE.is_file():
    pytest.skip("The real traces are not beside the project.", allow_module_level=True)


@pytest.fixture
def derived(warehouse):
    warehouse.read_text(FILE.read_bytes(), customer="cust_frameworks")
    warehouse.derive()
    return warehouse


def test_each_call_is_counted_once_and_no_agents_total_with_them(derived):
    calls = sorted(derived.rows("llm_requests"), key=lambda row: row["started_at"])
    told = [
        (c["provider"], c["model"], c["agent_id"], int(c["input_tokens"]), int(c["output_tokens"]))
        for c in calls
    ]
    assert told == [
        ("openai", "gpt-4o", "unknown_service", 13, 81),
        ("gcp.gen_ai", "gemini-2.0-flash", "unknown_service", 28, 3),
        ("gcp.gen_ai", "gemini-2.0-flash", "unknown_service", 39, 6),
        ("openai", "gpt-4o", "99981f6a-abd1-4d09-9fba-00e2ab172193", 631, 35),
        ("openai", "gpt-4o-mini-2024-07-18", "joke_agent", 265, 73),
        ("openai", "gpt-4o-mini-2024-07-18", "joke_agent", 417, 53),
        ("openai", "gpt-4o-mini-2024-07-18", "joke_agent", 502, 14),
        ("openai", "gpt-4o-mini-2024-07-18", "evaluator_agent", 131, 69),
    ]


def test_tool_calls_are_those_spans_that_say_so(derived):
    calls = {
        row["tool_name"]: (row["status"], row["latency_ms"], "args_hash" in row)
        for row in derived.rows("tool_calls")
    }
    assert calls == {
        "duckduckgo_search": ("ok", "717.000000", True),
        "say_hello": ("ok", "1.000000", True),
        "get_weather": ("ok", "0.000000", False),
    }


def test_conversations_with_an_id_on_their_agent_are_sessions(derived):
    sessions = {row["session_id"]: row["customer_id"] for row in derived.rows("sessions")}
    # The trace that carries user.id says by it whose it is; the folder names the customer of the others.
    assert sessions == {
        "35cc6c90-b657-4819-b66c-c931c03ad569": "cust_frameworks",
        "demo-session": "demo-user",
    }


def test_without_the_folder_only_the_trace_that_names_its_user_has_a_customer(warehouse):
    assert warehouse.read_text(FILE.read_bytes()).spans == 25
    warehouse.derive()
    assert [len(rows) for rows in warehouse.everything().values()] == [2, 1, 1, 0, 0]
    assert {reject[2] for reject in warehouse.rejects()} == {"NO_CUSTOMER"}
    assert len(warehouse.rejects()) == 9
