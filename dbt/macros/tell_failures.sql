{# Says what each failed test has found. dbt tells how many rows a test gave, not which, and the database of a run
   that failed is thrown away. Ids stay out: what is logged outlives a customer that is erased. #}
{% macro tell_failures(results) %}
    {%- for result in results if execute and result.node.resource_type == 'test' and result.status == 'fail' %}
        {%- do print('Not true: ' ~ result.node.description) %}
        {%- for row in run_query('select * from (' ~ result.node.compiled_code ~ ') limit 20').rows %}
            {%- set told = [] %}
            {%- for name, value in row.items() if not name.endswith('_id') %}
                {%- do told.append(name ~ ' = ' ~ value) %}
            {%- endfor %}
            {%- do print('  ' ~ told | join(', ')) %}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}
