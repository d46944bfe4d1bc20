{# Incremental by (customer, UTC day): what a run touched is taken out and built again, the rest stays as it is.

   A model says with `only_touched` which of its source rows belong to touched days. Deleting goes by the list of
   touched days, not by the new rows, so that a day whose rows have all moved elsewhere becomes empty. #}

{% macro only_touched(customer_id, time) %}
{%- if is_incremental() %}
  and {{ touched_stretch(time) }}
  and ({{ customer_id }}, cast({{ time }} as date)) in (select (touched.customer_id, touched.day) from {{ source('raw', 'touched') }} as touched)
{%- endif %}
{% endmacro %}

{# True for every time on a touched day, and for few others where the newest days are touched. Written out, because
   the database passes over blocks of rows by what a column is compared with only where it can read that. #}
{% macro touched_stretch(time) -%}
    {%- set asked = "select min(day), max(day) from " ~ source('raw', 'touched') %}
    {%- set first, last = run_query(asked).rows[0].values() %}
    {%- if first is none -%}
        false
    {%- else -%}
        {{ time }} >= date '{{ first }}' and {{ time }} < date '{{ last }}' + 1
    {%- endif %}
{%- endmacro %}

{% macro get_incremental_touched_days_sql(arg_dict) %}
  delete from {{ arg_dict['target_relation'] }}
  where {{ touched_stretch('day') }}
    and (customer_id, day) in (select (touched.customer_id, touched.day) from {{ source('raw', 'touched') }} as touched);
  insert into {{ arg_dict['target_relation'] }} by name
  select * from {{ arg_dict['temp_relation'] }}
{% endmacro %}
