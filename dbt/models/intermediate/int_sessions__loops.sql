with

observed as (
    select
        customer_id,
        session_id,
        tool_name,
        args_hash,
        started_at,
        tool_call_id
    from {{ ref('stg_events__tool_calls') }}
    {{ of_some_sessions(ref('int_sessions__rebuilt')) }}
    where args_hash is not null
),

-- Only where one call was made often enough at all can it have been made so often in a row. Hashes are counted, which
-- is several times faster than texts; two calls of one hash make a candidate too many at worst.
often as (
    select hash(customer_id, session_id, tool_name, args_hash) as call_hash
    from observed
    group by call_hash
    having count(*) >= {{ var('loop_length') }}
),

candidates as (
    select distinct
        observed.customer_id,
        observed.session_id
    from observed
    semi join often
        on hash(observed.customer_id, observed.session_id, observed.tool_name, observed.args_hash) = often.call_hash
),

in_order as (
    select
        customer_id,
        session_id,
        {%- for before in range(1, var('loop_length') | int) %}
        struct_pack(t := tool_name, a := args_hash)
        = lag(struct_pack(t := tool_name, a := args_hash), {{ before }}) over calls_in_order as is_as_{{ before }}_before,
        {%- endfor %}
    from observed
    semi join candidates using (customer_id, session_id)
    window calls_in_order as (partition by customer_id, session_id order by started_at, tool_call_id)
)

select distinct
    customer_id,
    session_id
from in_order
where
    true
    {%- for before in range(1, var('loop_length') | int) %}
    and is_as_{{ before }}_before
    {%- endfor %}
