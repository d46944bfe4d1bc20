-- Two models read it, and each would go through all calls for it.
{{ config(materialized='table') }}

with

rebuilt as (
    select * from {{ ref('int_sessions__rebuilt') }}
),

-- The facts know each call's price already; they hold the calls of other days, too.
calls as (
    select
        customer_id,
        session_id,
        count(*) as request_count,
        sum(cost_usd) as cost_usd,
        max(started_at) filter (where status = 'ok') as last_success_at,
        max(started_at) filter (where status = 'error') as last_error_at
    from {{ ref('fact_llm_requests') }}
    {{ of_some_sessions('rebuilt') }}
    group by customer_id, session_id
),

tool_calls as (
    select
        customer_id,
        session_id,
        count(*) as tool_call_count,
        sum(args_observed_count) as args_observed_count,
        max(started_at) filter (where status = 'ok') as last_success_at,
        max(started_at) filter (where status in ('error', 'timeout')) as last_error_at
    from {{ ref('fact_tool_calls') }}
    {{ of_some_sessions('rebuilt') }}
    group by customer_id, session_id
)

select
    rebuilt.customer_id,
    rebuilt.session_id,
    coalesce(calls.request_count, 0) as request_count,
    coalesce(tool_calls.tool_call_count, 0) as tool_call_count,
    coalesce(tool_calls.args_observed_count, 0) > 0 as has_observed_args,
    calls.cost_usd,
    greatest(calls.last_success_at, tool_calls.last_success_at) as last_success_at,
    greatest(calls.last_error_at, tool_calls.last_error_at) as last_error_at
from rebuilt
left join calls using (customer_id, session_id)
left join tool_calls using (customer_id, session_id)
