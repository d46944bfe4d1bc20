with

rebuilt as (
    select * from {{ ref('int_sessions__rebuilt') }}
),

calls as (
    select * from {{ ref('fact_llm_requests') }} semi join rebuilt using (customer_id, session_id)
),

tool_calls as (
    select * from {{ ref('fact_tool_calls') }} semi join rebuilt using (customer_id, session_id)
),

attempts as (
    select
        customer_id,
        session_id,
        struct_pack(started_at := started_at, id := request_id) as place,
        status = 'error' as is_error,
        status = 'ok' as is_success
    from calls
    where status in ('ok', 'error')
    union all
    select
        customer_id,
        session_id,
        struct_pack(started_at := started_at, id := tool_call_id) as place,
        status in ('error', 'timeout') as is_error,
        status = 'ok' as is_success
    from tool_calls
    where status in ('ok', 'error', 'timeout')
)

select
    customer_id,
    session_id,
    max(place) filter (where is_success) > max(place) filter (where is_error) as has_recovered
from attempts
group by customer_id, session_id
having bool_or(is_error)
