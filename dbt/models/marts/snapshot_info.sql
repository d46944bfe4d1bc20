with

noted as (
    select
        max(value) filter (where name = 'data_as_of') as data_as_of,
        max(value) filter (where name = 'run_id') as run_id,
        max(value) filter (where name = 'run_started_at') as built_at,
        max(value) filter (where name = 'price_list_version') as price_list_version
    from {{ source('raw', 'state') }}
)

select
    cast(nullif(data_as_of, '') as timestamptz) at time zone 'UTC' as data_as_of,
    run_id,
    cast(nullif(built_at, '') as timestamptz) at time zone 'UTC' as built_at,
    price_list_version
from noted
