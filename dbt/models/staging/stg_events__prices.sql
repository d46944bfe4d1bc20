select
    provider,
    model,
    customer_id,
    valid_from,
    valid_to,
    tier_from_tokens,
    input_usd_per_million,
    output_usd_per_million,
    cache_read_usd_per_million,
    cache_write_usd_per_million
from {{ source('raw', 'prices') }}
qualify row_number() over (
    partition by provider, model, customer_id, valid_from, tier_from_tokens
    order by record_version desc, source_system desc
) = 1
