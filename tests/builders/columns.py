"""The published tables: their columns and types."""

_FLAG, _MONEY, _TEXT, _TIME = "UTINYINT", "DECIMAL(22,12)", "VARCHAR", "TIMESTAMP"


def _columns(text: str) -> dict[str, str]:
    """Columns written as `TYPE: name name …`, one type a line."""
    lines = (line.split(":") for line in text.strip().splitlines())
    return {name: kind.strip() for kind, names in lines for name in names.split()}


_REQUEST_PARTS = """
    {flag}: request_count ok_count priced_count savings_count tokens_observed_count latency_count
    {money}: cost_usd cache_savings_usd
    BIGINT: input_tokens output_tokens cache_read_tokens cache_write_tokens
    DOUBLE: measured_latency_ms"""
_SESSION_PARTS = """
    {flag}: session_count outcome_observed_count goal_met_count handoff_observed_count handoff_count
    {flag}: resolution_observed_count deflected_count steps_observed_count error_count self_corrected_count
    {flag}: args_observed_count loop_count sentiment_observed_count
    BIGINT: steps_count
    DOUBLE: sentiment_shift"""
_TOOL_PARTS = "\n{flag}: tool_call_count tool_judged_count tool_ok_count"
_EVALUATION_PARTS = "\n{flag}: evaluation_count grounding_count grounding_judged_count grounding_failed_count"
_OUTCOME_PARTS = "\n{flag}: outcome_count\nDECIMAL(38,12): weighted_value"
_SPECIFICATIONS = {
    "fact_llm_requests": """
        VARCHAR: customer_id agent_id model provider operation session_id request_id source_system status
        VARCHAR: error_type cost_source
        TIMESTAMP: started_at
        DATE: day
        BIGINT: reasoning_tokens
        DOUBLE: latency_ms time_to_first_token_ms""" + _REQUEST_PARTS,
    "measure_llm_requests_hourly": "VARCHAR: customer_id agent_id model\nTIMESTAMP: hour\nDATE: day" + _REQUEST_PARTS,
    "fact_sessions": """
        VARCHAR: customer_id agent_id session_id outcome handoff_reason channel intent
        TIMESTAMP: started_at ended_at
        DATE: day
        BOOLEAN: has_handoff
        BIGINT: user_turns agent_steps request_count tool_call_count
        DOUBLE: sentiment_start sentiment_end
        DECIMAL(22,12): cost_usd""" + _SESSION_PARTS,
    "measure_sessions_hourly": "VARCHAR: customer_id agent_id\nTIMESTAMP: hour\nDATE: day" + _SESSION_PARTS,
    "fact_tool_calls": """
        VARCHAR: customer_id agent_id tool_call_id source_system session_id tool_name status error_type
        TIMESTAMP: started_at
        DATE: day
        DOUBLE: latency_ms
        DECIMAL(22,12): cost_usd
        {flag}: args_observed_count""" + _TOOL_PARTS,
    "measure_tool_calls_hourly": "VARCHAR: customer_id agent_id\nTIMESTAMP: hour\nDATE: day" + _TOOL_PARTS,
    "fact_evaluations": """
        VARCHAR: customer_id agent_id evaluation_id source_system session_id request_id name label evaluator_type
        VARCHAR: evaluator
        TIMESTAMP: evaluated_at
        DATE: day
        DOUBLE: score
        BOOLEAN: is_passed""" + _EVALUATION_PARTS,
    "measure_evaluations_hourly": "VARCHAR: customer_id agent_id\nTIMESTAMP: hour\nDATE: day" + _EVALUATION_PARTS,
    "fact_outcomes": """
        VARCHAR: customer_id agent_id outcome_id source_system session_id name unit
        DECIMAL(28,9): value
        DECIMAL(18,9): attribution_weight
        TIMESTAMP: occurred_at
        DATE: day""" + _OUTCOME_PARTS,
    "measure_outcomes_hourly": "VARCHAR: customer_id agent_id name unit\nTIMESTAMP: hour\nDATE: day" + _OUTCOME_PARTS,
    "dim_customers": "VARCHAR: customer_id name timezone locale plan",
    "dim_agents": "VARCHAR: agent_id name version",
    "dim_budgets": """
        VARCHAR: budget_id scope scope_id period
        DECIMAL(22,12): limit_usd
        TIMESTAMP: valid_from valid_to""",
    "dim_baselines": """
        VARCHAR: baseline_id customer_id metric_id label source
        DECIMAL(28,9): value
        TIMESTAMP: valid_from""",
    "dim_prices": """
        VARCHAR: provider model customer_id price_source
        TIMESTAMP: valid_from valid_to
        BIGINT: tier_from_tokens
        DECIMAL(18,9): input_usd_per_million output_usd_per_million
        DECIMAL(18,9): cache_read_usd_per_million cache_write_usd_per_million""",
    "snapshot_info": "TIMESTAMP: data_as_of built_at\nVARCHAR: run_id price_list_version",
}  # fmt: skip
COLUMNS = {
    name: _columns(
        text.format(flag="BIGINT", money="DECIMAL(28,12)")
        if name.startswith("measure_")
        else text.format(flag=_FLAG, money=_MONEY)
    )
    for name, text in _SPECIFICATIONS.items()
}
