{# USD for a number of tokens at a price per million. Decimals all the way: a token count below 10^10 times a price
   of nine places fits 38 digits, and multiplying by 0.000001 does not leave them as dividing would. #}
{% macro usd(tokens, usd_per_million) -%}
    cast(coalesce({{ tokens }}, 0) as decimal(10, 0)) * {{ usd_per_million }}
{%- endmacro %}

{# Picks the price of one call: the condition under which a row of prices holds for it. #}
{% macro price_holds(prices, calls) -%}
    {{ prices }}.model = {{ calls }}.model
    and {{ prices }}.provider = coalesce({{ calls }}.provider, '')
    and {{ calls }}.started_at >= {{ prices }}.valid_from
    and {{ calls }}.started_at < {{ prices }}.valid_to
    and coalesce({{ calls }}.input_tokens, 0) >= {{ prices }}.tier_from_tokens
    and coalesce({{ calls }}.input_tokens, 0) < {{ prices }}.tier_to_tokens
    and cast({{ calls }}.started_at as time) >= {{ prices }}.daily_from
    and cast({{ calls }}.started_at as time) < {{ prices }}.daily_to
{%- endmacro %}
