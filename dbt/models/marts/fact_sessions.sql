{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

sessions as (
    select
        *,
        cast(started_at as date) as day
    from {{ ref('stg_events__sessions') }}
    where true {{ only_touched('customer_id', 'started_at') }}
),

attempts as (
    select * from {{ ref('int_sessions__attempts') }}
),

loops as (
    select * from {{ ref('int_sessions__loops') }}
),

work as (
    select * from {{ ref('int_sessions__work') }}
)

select
    sessions.customer_id,
    sessions.agent_id,
    sessions.session_id,
    sessions.started_at,
    sessions.ended_at,
    sessions.day,
    sessions.outcome,
    sessions.handoff as has_handoff,
    sessions.handoff_reason,
    sessions.channel,
    sessions.intent,
    sessions.user_turns,
    sessions.agent_steps,
    sessions.sentiment_start,
    sessions.sentiment_end,
    coalesce(work.request_count, 0) as request_count,
    coalesce(work.tool_call_count, 0) as tool_call_count,
    cast(work.cost_usd as decimal(22, 12)) as cost_usd,
    cast(1 as utinyint) as session_count,
    {{ flag('sessions.outcome is not null') }} as outcome_observed_count,
    {{ flag("sessions.outcome = 'goal_met'") }} as goal_met_count,
    {{ flag('sessions.handoff is not null') }} as handoff_observed_count,
    {{ flag('sessions.handoff') }} as handoff_count,
    {{ flag('sessions.outcome is not null and sessions.handoff is not null') }} as resolution_observed_count,
    {{ flag("sessions.outcome = 'goal_met' and not sessions.handoff") }} as deflected_count,
    {{ flag("sessions.outcome = 'goal_met' and coalesce(sessions.user_turns, sessions.agent_steps) is not null") }}
        as steps_observed_count,
    case when sessions.outcome = 'goal_met' then coalesce(sessions.user_turns, sessions.agent_steps) end as steps_count,
    {{ flag('attempts.session_id is not null') }} as error_count,
    {{ flag('attempts.has_recovered and sessions.handoff is distinct from true') }} as self_corrected_count,
    {{ flag('work.has_observed_args') }} as args_observed_count,
    {{ flag('loops.session_id is not null') }} as loop_count,
    {{ flag('sessions.sentiment_start is not null and sessions.sentiment_end is not null') }}
        as sentiment_observed_count,
    (sessions.sentiment_end - sessions.sentiment_start) / 2 as sentiment_shift
from sessions
left join attempts
    on sessions.customer_id = attempts.customer_id and sessions.session_id = attempts.session_id
left join loops
    on sessions.customer_id = loops.customer_id and sessions.session_id = loops.session_id
left join work
    on sessions.customer_id = work.customer_id and sessions.session_id = work.session_id
