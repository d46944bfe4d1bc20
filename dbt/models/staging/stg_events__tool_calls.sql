with

events as (
    select * from {{ source('raw', 'tool_calls') }}
),

test_sessions as (
    select
        customer_id,
        session_id
    from {{ source('raw', 'merged_sessions') }}
    where is_test
)

select events.* exclude (file_id, extra)
from events
anti join test_sessions
    on events.customer_id = test_sessions.customer_id and events.session_id = test_sessions.session_id
