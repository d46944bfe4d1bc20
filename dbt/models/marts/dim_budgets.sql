select
    budget_id,
    scope,
    scope_id,
    period,
    limit_usd,
    valid_from,
    valid_to
from {{ ref('stg_events__budgets') }}
order by budget_id
