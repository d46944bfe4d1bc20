{{ config(materialized='table') }}

with

contract_prices as (
    select
        *,
        cast(null as time) as daily_from,
        cast(null as time) as daily_to
    from {{ ref('stg_events__prices') }}
),

list_prices as (
    select * from {{ ref('stg_price_list__prices') }}
),

-- A later contract price ends an earlier one, whether or not that one says when it ends.
contract_periods as (
    select
        provider,
        model,
        customer_id,
        valid_from,
        lead(valid_from) over (partition by provider, model, customer_id order by valid_from) as next_valid_from
    from (select distinct provider, model, customer_id, valid_from from contract_prices)
),

all_prices as (
    select
        case when prices.customer_id is null then 2 else 1 end as precedence,
        'contract' as price_source,
        prices.customer_id,
        prices.provider,
        prices.model,
        prices.valid_from,
        case
            when prices.valid_to <= periods.next_valid_from or periods.next_valid_from is null then prices.valid_to
            else periods.next_valid_from
        end as valid_to,
        prices.daily_from,
        prices.daily_to,
        prices.tier_from_tokens,
        prices.input_usd_per_million,
        prices.output_usd_per_million,
        prices.cache_read_usd_per_million,
        prices.cache_write_usd_per_million
    from contract_prices as prices
    inner join contract_periods as periods
        on
            prices.provider = periods.provider
            and prices.model = periods.model
            and prices.customer_id is not distinct from periods.customer_id
            and prices.valid_from = periods.valid_from
    union all by name
    select
        3 as precedence,
        'list' as price_source,
        cast(null as varchar) as customer_id,
        list_prices.*
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
