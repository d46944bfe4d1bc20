-- depends_on: {{ ref('fact_llm_requests') }}
with

noted as (
    select * from {{ source('raw', 'state') }}
)

select
    max(cast(nullif(value, '') as timestamptz) at time zone 'UTC') filter (where name = 'data_as_of') as data_as_of,
    max(value) filter (where name = 'run_id') as run_id,
    max(cast(nullif(value, '') as timestamptz) at time zone 'UTC') filter (where name = 'run_started_at') as built_at,
    max(value) filter (where name = 'price_list_version') as price_list_version
from noted
