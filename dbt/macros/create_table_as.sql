{# A model's table, made of its rows in one statement. dbt-duckdb makes the table of a contract empty first, and rows
   that are inserted into a table are written by one core only. The columns and types are those of the contract: they
   have just been compared, and no model of ours has other constraints. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set is_promised = config.get('contract').enforced %}
    {%- if is_promised %}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create {{ 'temporary' if temporary }} table {{ relation.include(database=not temporary, schema=not temporary) }} as (
        {{ get_select_subquery(compiled_code) if is_promised and not temporary else compiled_code }}
    )
{%- endmacro %}
