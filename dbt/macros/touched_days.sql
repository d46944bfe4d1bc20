{# Incremental by (customer, UTC day): what a run touched is taken out and built again, the rest stays as it is.

   A model says with `only_touched` which of its source rows belong to touched days. Deleting goes by the list of
   touched days, not by the new rows, so that a day whose rows have all moved elsewhere becomes empty. #}

{% macro only_touched(customer_id, day) %}
{%- if is_incremental() %}
  and ({{ customer_id }}, {{ day }}) in (select (touched.customer_id, touched.day) from {{ source('raw', 'touched') }} as touched)
{%- endif %}
{% endmacro %}

{% macro get_incremental_touched_days_sql(arg_dict) %}
  delete from {{ arg_dict['target_relation'] }}
  where (customer_id, day) in (select (touched.customer_id, touched.day) from {{ source('raw', 'touched') }} as touched);
  insert into {{ arg_dict['target_relation'] }} by name
  select * from {{ arg_dict['temp_relation'] }}
{% endmacro %}
