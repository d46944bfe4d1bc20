with

described as (
    select * from {{ ref('stg_events__agents') }}
),

seen as (
    select distinct agent_id from {{ source('raw', 'llm_requests') }}
    union
    select distinct agent_id from {{ source('raw', 'sessions') }}
    union
    select distinct agent_id from {{ source('raw', 'tool_calls') }}
    union
    select distinct agent_id from {{ source('raw', 'evaluations') }}
    union
    select distinct agent_id from {{ source('raw', 'outcomes') }}
),

everyone as (
    select agent_id from described
    union
    select agent_id from seen
)

select
    everyone.agent_id,
    coalesce(described.name, everyone.agent_id) as name,
    described.version
from everyone
left join described on everyone.agent_id = described.agent_id
where everyone.agent_id is not null
order by everyone.agent_id
