{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

tool_calls as (
    select
        *,
        cast(started_at as date) as day
    from {{ ref('stg_events__tool_calls') }}
    where true {{ only_touched('customer_id', 'cast(started_at as date)') }}
)

select
    customer_id,
    agent_id,
    tool_call_id,
    source_system,
    session_id,
    request_id,
    tool_name,
    args_hash,
    status,
    error_type,
    latency_ms,
    cost_usd,
    started_at,
    day,
    cast(1 as utinyint) as tool_call_count,
    {{ flag("status in ('ok', 'error', 'timeout')") }} as tool_judged_count,
    {{ flag("status = 'ok'") }} as tool_ok_count
from tool_calls
