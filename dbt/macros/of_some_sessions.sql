{# Keeps to the sessions of a relation, where few are rebuilt. Where all are, that would only cost time. #}
{% macro of_some_sessions(relation) -%}
    {%- if not flags.FULL_REFRESH -%} semi join {{ relation }} using (customer_id, session_id) {%- endif -%}
{%- endmacro %}
