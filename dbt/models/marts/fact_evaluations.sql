{{ config(materialized='incremental', incremental_strategy='touched_days', on_schema_change='fail') }}

with

evaluations as (
    select
        *,
        cast(evaluated_at as date) as day,
        name in ('hallucination', 'groundedness', 'faithfulness') as is_grounding
    from {{ ref('stg_events__evaluations') }}
    where true {{ only_touched('customer_id', 'evaluated_at') }}
),

-- The verdict decides. Without one a hallucination is one by its label or from a score of a half on, and the two
-- others fail below a half; where neither is given, nobody judged.
judged as (
    select
        *,
        case
            when not is_grounding then null
            when passed is not null then not passed
            when name = 'hallucination' then
                case
                    when lower(label) = 'true' or score >= 0.5 then true
                    when lower(label) = 'false' or score is not null then false
                end
            else score < 0.5
        end as has_failed
    from evaluations
)

select
    customer_id,
    agent_id,
    evaluation_id,
    source_system,
    session_id,
    request_id,
    name,
    score,
    label,
    passed as is_passed,
    evaluator_type,
    evaluator,
    evaluated_at,
    day,
    cast(1 as utinyint) as evaluation_count,
    {{ flag('is_grounding') }} as grounding_count,
    {{ flag('has_failed is not null') }} as grounding_judged_count,
    {{ flag('has_failed') }} as grounding_failed_count
from judged
