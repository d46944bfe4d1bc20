with

calls as (
    select * from {{ ref('stg_events__llm_requests') }}
),

prices as (
    select
        *,
        struct_pack(
            price_source := price_source,
            input := input_usd_per_million,
            output := output_usd_per_million,
            cache_read := cache_read_usd_per_million,
            cache_write := cache_write_usd_per_million
        ) as price
    from {{ ref('int_prices__in_force') }}
),

customer_prices as (
    select * from prices where precedence = 1
),

general_prices as (
    select * from prices where precedence = 2
),

list_prices as (
    select * from prices where precedence = 3
),

matched as (
    select
        calls.*,
        coalesce(customer_prices.price, general_prices.price, list_prices.price) as price
    from calls
    left join customer_prices
        on
            customer_prices.customer_id = calls.customer_id
            and {{ price_holds('customer_prices', 'calls') }}
    left join general_prices on {{ price_holds('general_prices', 'calls') }}
    left join list_prices on {{ price_holds('list_prices', 'calls') }}
)

select
    * exclude (price, cost_usd),
    case
        when cost_usd is not null then 'reported'
        else coalesce(price.price_source, 'unpriced')
    end as cost_source,
    coalesce(
        cost_usd,
        cast((
            {{ usd('input_tokens - cache_read_tokens - cache_write_tokens', 'price.input') }}
            + {{ usd('cache_read_tokens', 'price.cache_read') }}
            + {{ usd('cache_write_tokens', 'price.cache_write') }}
            + {{ usd('output_tokens', 'price.output') }}
        ) * 0.000001 as decimal(22, 12))
    ) as cost_usd,
    cast((
        {{ usd('cache_read_tokens', '(price.input - price.cache_read)') }}
        - {{ usd('cache_write_tokens', '(price.cache_write - price.input)') }}
    ) * 0.000001 as decimal(22, 12)) as cache_savings_usd
from matched
