{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

select
    customer_id,
    agent_id,
    date_trunc('hour', started_at) as hour,
    day,
    cast(sum(session_count) as bigint) as session_count,
    cast(sum(outcome_observed_count) as bigint) as outcome_observed_count,
    cast(sum(goal_met_count) as bigint) as goal_met_count,
    cast(sum(handoff_observed_count) as bigint) as handoff_observed_count,
    cast(sum(handoff_count) as bigint) as handoff_count,
    cast(sum(resolution_observed_count) as bigint) as resolution_observed_count,
    cast(sum(deflected_count) as bigint) as deflected_count,
    cast(sum(steps_observed_count) as bigint) as steps_observed_count,
    cast(sum(steps_count) as bigint) as steps_count,
    cast(sum(error_count) as bigint) as error_count,
    cast(sum(self_corrected_count) as bigint) as self_corrected_count,
    cast(sum(args_observed_count) as bigint) as args_observed_count,
    cast(sum(loop_count) as bigint) as loop_count,
    cast(sum(sentiment_observed_count) as bigint) as sentiment_observed_count,
    -- Exact, because a sum of floats depends on their order, and a day built twice is to be the same day.
    cast(sum(cast(sentiment_shift as decimal(18, 12))) as double) as sentiment_shift
from {{ ref('fact_sessions') }}
where true {{ only_touched('customer_id', 'day') }}
group by all
