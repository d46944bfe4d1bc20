{# Fails for every combination of `columns` that stands more than once; nulls are equal here. Distinct hashes are
   counted first, which is much faster than text and proves that all is well; only otherwise are keys compared. #}
{% test unique_key(model, columns) %}
{{- described() }}
{%- set key = columns | join(', ') %}
with

counted as (
    select count(*) = count(distinct hash({{ key }})) as is_unique
    from {{ model }}
)

select
    {{ key }},
    count(*) as row_count
from {{ model }}
where not (select is_unique from counted)
group by {{ key }}
having count(*) > 1
{% endtest %}
