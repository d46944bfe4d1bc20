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
        sum(cost_usd) as cost_usd
    from {{ ref('fact_llm_requests') }}
    semi join rebuilt using (customer_id, session_id)
    group by customer_id, session_id
),

tool_calls as (
    select
        customer_id,
        session_id,
        count(*) as tool_call_count,
        sum(args_observed_count) as args_observed_count
    from {{ ref('fact_tool_calls') }}
    semi join rebuilt using (customer_id, session_id)
    group by customer_id, session_id
)

select
    rebuilt.customer_id,
    rebuilt.session_id,
    coalesce(calls.request_count, 0) as request_count,
    coalesce(tool_calls.tool_call_count, 0) as tool_call_count,
    coalesce(tool_calls.args_observed_count, 0) > 0 as has_observed_args,
    calls.cost_usd
from rebuilt
left join calls using (customer_id, session_id)
left join tool_calls using (customer_id, session_id)
