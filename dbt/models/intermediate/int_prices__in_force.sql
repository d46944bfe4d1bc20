{{ config(materialized='table') }}

with

contract_prices as (
    select
        *,
        case when customer_id is null then 2 else 1 end as precedence,
        -- Everybody's prices are nobody's own; a name for that lets both be joined by equality.
        coalesce(customer_id, '') as holder
    from {{ ref('stg_events__prices') }}
),

list_prices as (
    select * from {{ ref('stg_price_list__prices') }}
),

instants as (
    select holder, provider, model, valid_from as instant from contract_prices
    union
    select holder, provider, model, valid_to as instant from contract_prices where valid_to is not null
),

-- Between two neighbouring instants the same contract prices hold all the time.
stretches as (
    select
        *,
        lead(instant) over (partition by holder, provider, model order by instant) as next_instant
    from instants
),

sizes as (
    select distinct holder, provider, model, tier_from_tokens from contract_prices
),

-- Of the prices that hold for calls of a size the newest counts, and of that one its highest tier. One that ends
-- gives way to the one before, if that goes on.
held_contract_prices as (
    select
        prices.* replace (
            stretches.instant as valid_from,
            stretches.next_instant as valid_to,
            sizes.tier_from_tokens as tier_from_tokens
        )
    from stretches
    inner join sizes using (holder, provider, model)
    inner join contract_prices as prices
        on
            prices.holder = stretches.holder
            and prices.provider = stretches.provider
            and prices.model = stretches.model
            and prices.valid_from <= stretches.instant
            and (prices.valid_to is null or prices.valid_to > stretches.instant)
            and prices.tier_from_tokens <= sizes.tier_from_tokens
    qualify row_number() over (
        partition by prices.holder, prices.provider, prices.model, stretches.instant, sizes.tier_from_tokens
        order by prices.valid_from desc, prices.tier_from_tokens desc
    ) = 1
),

all_prices as (
    select
        * exclude (holder),
        'contract' as price_source,
        cast(null as time) as daily_from,
        cast(null as time) as daily_to
    from held_contract_prices
    union all by name
    select
        *,
        3 as precedence,
        'list' as price_source,
        cast(null as varchar) as customer_id
    from list_prices
)

select
    precedence,
    price_source,
    customer_id,
    coalesce(provider, '') as provider,
    model,
    valid_from,
    coalesce(valid_to, timestamp '9999-01-01') as valid_to,
    coalesce(daily_from, time '00:00:00') as daily_from,
    -- The end of the day itself is a time of day, too.
    coalesce(daily_to, time '24:00:00') as daily_to,
    tier_from_tokens,
    coalesce(
        lead(tier_from_tokens) over (
            partition by precedence, customer_id, provider, model, valid_from, daily_from
            order by tier_from_tokens
        ),
        9223372036854775807
    ) as tier_to_tokens,
    input_usd_per_million,
    output_usd_per_million,
    coalesce(cache_read_usd_per_million, input_usd_per_million) as cache_read_usd_per_million,
    coalesce(cache_write_usd_per_million, input_usd_per_million) as cache_write_usd_per_million
from all_prices
