{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

priced as (
    select
        *,
        cast(started_at as date) as day
    from {{ ref('int_llm_requests__priced') }}
    where true {{ only_touched('customer_id', 'started_at') }}
)

select
    customer_id,
    agent_id,
    model,
    provider,
    operation,
    session_id,
    request_id,
    source_system,
    started_at,
    day,
    status,
    error_type,
    reasoning_tokens,
    latency_ms,
    time_to_first_token_ms,
    cost_source,
    cast(1 as utinyint) as request_count,
    {{ flag("status = 'ok'") }} as ok_count,
    {{ flag('cost_usd is not null') }} as priced_count,
    cost_usd,
    {{ flag('cache_savings_usd is not null') }} as savings_count,
    cache_savings_usd,
    {{ flag('input_tokens is not null and output_tokens is not null') }} as tokens_observed_count,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_write_tokens,
    {{ flag("status = 'ok' and latency_ms is not null") }} as latency_count,
    case when status = 'ok' then latency_ms end as measured_latency_ms
from priced
