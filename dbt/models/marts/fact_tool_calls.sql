{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

tool_calls as (
    select
        *,
        cast(started_at as date) as day
    from {{ ref('stg_events__tool_calls') }}
    where true {{ only_touched('customer_id', 'started_at') }}
)

select
    customer_id,
    agent_id,
    tool_call_id,
    source_system,
    session_id,
    tool_name,
    status,
    error_type,
    latency_ms,
    cost_usd,
    started_at,
    day,
    cast(1 as utinyint) as tool_call_count,
    {{ flag("status in ('ok', 'error', 'timeout')") }} as tool_judged_count,
    {{ flag("status = 'ok'") }} as tool_ok_count,
    {{ flag('args_hash is not null') }} as args_observed_count
from tool_calls
