{# Fails for every part of a measure whose sum is not that of its fact. Parts are the measure's columns that are
   neither text nor time. Counts and money are compared exactly, floating numbers as far as the order in which they
   were added allows. #}
{% test measure_equals_fact(model, fact) %}
{{- described() }}
{%- set parts = [] %}
{%- for column in adapter.get_columns_in_relation(model) if execute and column.dtype not in ('VARCHAR', 'TIMESTAMP', 'DATE') %}
    {%- do parts.append(column) %}
{%- endfor %}
with

of_measure as (
    select
        {%- for part in parts %}
        sum({{ part.name }}) as {{ part.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
),

of_fact as (
    select
        {%- for part in parts %}
        sum({{ part.name }}) as {{ part.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ fact }}
),

compared as (
    {%- for part in parts %}
    select
        '{{ part.name }}' as part,
        cast(of_measure.{{ part.name }} as varchar) as in_measure,
        cast(of_fact.{{ part.name }} as varchar) as in_fact,
        {%- if part.is_float() %}
        coalesce(abs(of_measure.{{ part.name }} - of_fact.{{ part.name }})
            <= 1e-9 * greatest(1, abs(of_fact.{{ part.name }})),
            of_measure.{{ part.name }} is not distinct from of_fact.{{ part.name }}) as is_equal
        {%- else %}
        of_measure.{{ part.name }} is not distinct from of_fact.{{ part.name }} as is_equal
        {%- endif %}
    from of_measure
    cross join of_fact
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * exclude (is_equal) from compared
where not is_equal
{% endtest %}
