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
),

costed as (
    select
        *,
        (
            {{ usd('input_tokens - cache_read_tokens - cache_write_tokens', 'price.input') }}
            + {{ usd('cache_read_tokens', 'price.cache_read') }}
            + {{ usd('cache_write_tokens', 'price.cache_write') }}
            + {{ usd('output_tokens', 'price.output') }}
        ) * 0.000001 as usd_at_price,
        (
            {{ usd('cache_read_tokens', '(price.input - price.cache_read)') }}
            - {{ usd('cache_write_tokens', '(price.cache_write - price.input)') }}
        ) * 0.000001 as usd_saved
    from matched
)

select
    * exclude (price, cost_usd, usd_at_price, usd_saved),
    case
        when cost_usd is not null then 'reported'
        else coalesce(price.price_source, 'unpriced')
    end as cost_source,
    coalesce(cost_usd, {{ money('usd_at_price') }}) as cost_usd,
    {{ money('usd_saved') }} as cache_savings_usd
from costed
