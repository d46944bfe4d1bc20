select
    baseline_id,
    customer_id,
    metric_id,
    label,
    value,
    source,
    valid_from
from {{ ref('stg_events__baselines') }}
order by customer_id, baseline_id
