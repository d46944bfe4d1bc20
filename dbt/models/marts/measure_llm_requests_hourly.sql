{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

select
    customer_id,
    agent_id,
    model,
    date_trunc('hour', started_at) as hour,
    day,
    cast(sum(request_count) as bigint) as request_count,
    cast(sum(ok_count) as bigint) as ok_count,
    cast(sum(priced_count) as bigint) as priced_count,
    cast(sum(cost_usd) as decimal(28, 12)) as cost_usd,
    cast(sum(savings_count) as bigint) as savings_count,
    cast(sum(cache_savings_usd) as decimal(28, 12)) as cache_savings_usd,
    cast(sum(tokens_observed_count) as bigint) as tokens_observed_count,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(latency_count) as bigint) as latency_count,
    -- Exact, because a sum of floats depends on their order, and a day built twice is to be the same day.
    cast(sum(cast(measured_latency_ms as decimal(18, 6))) as double) as measured_latency_ms
from {{ ref('fact_llm_requests') }}
where true {{ only_touched('customer_id', 'day') }}
group by all
