{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

outcomes as (
    select
        *,
        cast(occurred_at as date) as day
    from {{ ref('stg_events__outcomes') }}
    where true {{ only_touched('customer_id', 'occurred_at') }}
)

select
    customer_id,
    coalesce(agent_id, '(none)') as agent_id,
    outcome_id,
    source_system,
    session_id,
    name,
    value,
    unit,
    attribution_weight,
    occurred_at,
    day,
    cast(1 as utinyint) as outcome_count,
    cast(value * attribution_weight as decimal(38, 12)) as weighted_value
from outcomes
