{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

select
    customer_id,
    agent_id,
    date_trunc('hour', evaluated_at) as hour,
    day,
    cast(sum(evaluation_count) as bigint) as evaluation_count,
    cast(sum(grounding_count) as bigint) as grounding_count,
    cast(sum(grounding_judged_count) as bigint) as grounding_judged_count,
    cast(sum(grounding_failed_count) as bigint) as grounding_failed_count
from {{ ref('fact_evaluations') }}
where true {{ only_touched('customer_id', 'day') }}
group by all
