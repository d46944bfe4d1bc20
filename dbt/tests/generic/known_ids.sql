{# Fails for every id that its dimension does not know; `ids` says which column is described where. Ids in
   `apart_from` name nobody. #}
{% test known_ids(model, ids, apart_from=[]) %}
{{- described() }}
{%- for column, dimension in ids.items() %}
select
    '{{ column }}' as id_column,
    {{ column }} as unknown_id,
    count(*) as row_count
from {{ model }}
where {{ column }} not in (select {{ column }} from {{ dimension }})
{%- for id in apart_from %}
    and {{ column }} <> {{ dbt.string_literal(dbt.escape_single_quotes(id)) }}
{%- endfor %}
group by {{ column }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endtest %}
