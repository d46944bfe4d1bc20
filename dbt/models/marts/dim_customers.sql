with

described as (
    select * from {{ ref('stg_events__customers') }}
),

seen as (
    select distinct customer_id from {{ source('raw', 'llm_requests') }}
    union
    select distinct customer_id from {{ source('raw', 'sessions') }}
    union
    select distinct customer_id from {{ source('raw', 'tool_calls') }}
    union
    select distinct customer_id from {{ source('raw', 'evaluations') }}
    union
    select distinct customer_id from {{ source('raw', 'outcomes') }}
),

everyone as (
    select customer_id from described
    union
    select customer_id from seen
)

select
    everyone.customer_id,
    coalesce(described.name, everyone.customer_id) as name,
    coalesce(described.timezone, 'UTC') as timezone,
    coalesce(described.locale, 'en-US') as locale,
    described.plan
from everyone
left join described on everyone.customer_id = described.customer_id
order by everyone.customer_id
