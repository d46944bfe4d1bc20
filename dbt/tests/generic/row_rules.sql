{# Fails for every one of `rules` (its name: a condition) that is false for some row, with how many. One scan finds
   the rows that break any. As with a check constraint, a condition that is null for a row is not broken by it. #}
{% test row_rules(model, rules) %}
{{- described() }}
with

broken as (
    select *
    from {{ model }}
    where
        {%- for condition in rules.values() %}
        {{ 'or ' if not loop.first }}not ({{ condition }})
        {%- endfor %}
),

counted as (
    select
        {%- for condition in rules.values() %}
        count(*) filter (where not ({{ condition }})) as rule_{{ loop.index }}{{ ',' if not loop.last }}
        {%- endfor %}
    from broken
),

listed as (
    {%- for rule in rules %}
    select
        {{ dbt.string_literal(dbt.escape_single_quotes(rule)) }} as broken_rule,
        rule_{{ loop.index }} as row_count
    from counted
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from listed
where row_count > 0
{% endtest %}
