{# A condition as a part that can be summed: 1 where it is true, else 0, never null. #}
{% macro flag(condition) -%}
    cast(coalesce({{ condition }}, false) as utinyint)
{%- endmacro %}
