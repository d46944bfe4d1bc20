select * from {{ source('raw', 'list_prices') }}
