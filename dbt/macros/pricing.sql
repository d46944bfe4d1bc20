{# USD for a number of tokens at a price per million, a million times too much: whoever adds such terms multiplies
   the sum by 0.000001 once, which stays exact. Nineteen digits because DuckDB multiplies decimals of up to eighteen
   in 64 bits, where 10^9 tokens at 1 USD overflow. #}
{% macro usd(tokens, usd_per_million) -%}
    cast(coalesce({{ tokens }}, 0) as decimal(19, 0)) * {{ usd_per_million }}
{%- endmacro %}

{# USD rounded to the twelve places that money has. Rounding 38 digits costs ten times what rounding 18 does, more
   than all the rest of pricing, and hardly a call costs 1,000 USD. #}
{% macro money(usd) -%}
    case
        when {{ usd }} > -1000 and {{ usd }} < 1000
            then cast(cast({{ usd }} as decimal(18, 15)) as decimal(22, 12))
        else cast({{ usd }} as decimal(22, 12))
    end
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
