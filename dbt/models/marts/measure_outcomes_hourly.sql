{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

select
    customer_id,
    agent_id,
    name,
    unit,
    date_trunc('hour', occurred_at) as hour,
    day,
    cast(sum(outcome_count) as bigint) as outcome_count,
    cast(sum(weighted_value) as decimal(38, 12)) as weighted_value
from {{ ref('fact_outcomes') }}
where true {{ only_touched('customer_id', 'day') }}
group by all
