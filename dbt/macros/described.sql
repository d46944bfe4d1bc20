{# Gives a test's description to Dagster, which reads it in the meta of a test and nowhere else. #}
{% macro described() %}
    {{- config(meta={'description': model.description}) -}}
{% endmacro %}
