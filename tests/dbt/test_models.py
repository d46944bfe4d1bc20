"""The models do what their unit tests say, and the same from landing files to published tables."""

from decimal import Decimal

from tests.dbt.conftest import Built


def test_every_model_is_built_every_unit_test_passes_and_every_check_holds(built: Built) -> None:
    assert set(built.outcomes.values()) == {"success", "pass"}, built.output
    assert {node["unique_id"] for node in [*built.models, *built.checks]} <= built.outcomes.keys()
    assert built.manifest["unit_tests"].keys() <= built.outcomes.keys()


def test_dbt_has_nothing_to_warn_of(built: Built) -> None:
    assert "warning" not in built.output.lower().replace("0 warnings", "")
    assert "deprecat" not in built.output.lower()


def test_every_intermediate_model_and_every_fact_has_a_unit_test(built: Built) -> None:
    tested = {test["model"] for test in built.manifest["unit_tests"].values()}
    names = {model["name"] for model in built.models}
    assert {name for name in names if name.startswith(("int_", "fact_"))} <= tested


def test_unit_tests_say_in_a_sentence_what_they_show(built: Built) -> None:
    tests = built.manifest["unit_tests"].values()
    assert [test["name"] for test in tests if not test["description"].endswith(".")] == []


def test_the_golden_calls_cost_what_they_cost_from_file_to_fact(built: Built) -> None:
    sql = "SELECT request_id, cost_usd, cache_savings_usd, cost_source FROM fact_llm_requests ORDER BY ALL"
    assert built.rows(sql) == [
        ("a1", Decimal("0.0132"), Decimal("0.0243"), "contract"),
        ("a2", Decimal("0.0207"), Decimal("0.0228"), "contract"),
        ("a3", None, None, "unpriced"),
        ("o1", Decimal("0.777"), None, "reported"),
    ]


def test_the_hours_of_two_customers_are_kept_apart(built: Built) -> None:
    sql = """SELECT customer_id, CAST(hour AS VARCHAR), sum(request_count), sum(cost_usd), sum(input_tokens)
             FROM measure_llm_requests_hourly GROUP BY ALL ORDER BY ALL"""
    assert built.rows(sql) == [
        ("acme", "2026-11-01 10:00:00", 3, Decimal("0.0339"), 22_000),
        ("other", "2026-11-01 10:00:00", 1, Decimal("0.777"), 10_777),
    ]


def test_a_session_is_judged_by_what_happened_in_it(built: Built) -> None:
    sql = """SELECT customer_id, request_count, tool_call_count, cost_usd, deflected_count, steps_count,
                    error_count, self_corrected_count, args_observed_count, loop_count
             FROM fact_sessions ORDER BY ALL"""
    assert built.rows(sql) == [
        ("acme", 3, 3, Decimal("0.0339"), 1, 4, 1, 1, 1, 1),
        ("other", 1, 0, Decimal("0.777"), 0, 777, 0, 0, 0, 0),
    ]


def test_an_outcome_without_an_agent_counts_by_its_weight(built: Built) -> None:
    sql = "SELECT customer_id, agent_id, weighted_value FROM measure_outcomes_hourly ORDER BY ALL"
    assert built.rows(sql) == [("acme", "(none)", Decimal("50.05")), ("other", "bot", Decimal(777))]
