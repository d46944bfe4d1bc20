with

contract_prices as (
    select
        *,
        cast(null as time) as daily_from,
        cast(null as time) as daily_to,
        'contract' as price_source
    from {{ ref('stg_events__prices') }}
),

list_prices as (
    select
        *,
        cast(null as varchar) as customer_id,
        'list' as price_source
    from {{ ref('stg_price_list__prices') }}
)

select
    provider,
    model,
    customer_id,
    valid_from,
    valid_to,
    daily_from,
    daily_to,
    tier_from_tokens,
    input_usd_per_million,
    output_usd_per_million,
    cache_read_usd_per_million,
    cache_write_usd_per_million,
    price_source
from (
    select * from contract_prices
    union all by name
    select * from list_prices
)
order by provider, model, valid_from, tier_from_tokens
