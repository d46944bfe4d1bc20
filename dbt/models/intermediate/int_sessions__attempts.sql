with

failed as (
    select * from {{ ref('int_sessions__work') }}
    where last_error_at is not null
),

-- What began last decides, and of what began together the id. Only these few are looked at one by one.
together as (
    select
        customer_id,
        session_id,
        last_error_at as started_at
    from failed
    where last_success_at = last_error_at
),

calls as (
    select * from {{ ref('fact_llm_requests') }} semi join together using (customer_id, session_id, started_at)
),

tool_calls as (
    select * from {{ ref('fact_tool_calls') }} semi join together using (customer_id, session_id, started_at)
),

last_ones as (
    select
        customer_id,
        session_id,
        request_id as id,
        status = 'ok' as is_success
    from calls
    where status in ('ok', 'error')
    union all
    select
        customer_id,
        session_id,
        tool_call_id as id,
        status = 'ok' as is_success
    from tool_calls
    where status in ('ok', 'error', 'timeout')
),

decided as (
    select
        customer_id,
        session_id,
        max(id) filter (where is_success) > max(id) filter (where not is_success) as has_recovered
    from last_ones
    group by customer_id, session_id
)

select
    failed.customer_id,
    failed.session_id,
    coalesce(decided.has_recovered, failed.last_success_at > failed.last_error_at) as has_recovered
from failed
left join decided using (customer_id, session_id)
