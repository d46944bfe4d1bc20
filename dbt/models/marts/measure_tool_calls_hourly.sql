{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

select
    customer_id,
    agent_id,
    date_trunc('hour', started_at) as hour,
    day,
    cast(sum(tool_call_count) as bigint) as tool_call_count,
    cast(sum(tool_judged_count) as bigint) as tool_judged_count,
    cast(sum(tool_ok_count) as bigint) as tool_ok_count
from {{ ref('fact_tool_calls') }}
where true {{ only_touched('customer_id', 'day') }}
group by all
