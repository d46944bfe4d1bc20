select
    customer_id,
    session_id
from {{ ref('stg_events__sessions') }}
where (customer_id, cast(started_at as date)) in (
    select (touched.customer_id, touched.day) from {{ source('raw', 'touched') }} as touched
)
