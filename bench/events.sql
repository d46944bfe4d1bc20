-- How the rows of bulk events are made; `events.py` sets the variables and writes the files.
-- Every table macro takes session numbers (the last excluded) and the midnight of the day they start on.

-- A whole number below `below`, from the row's number, what the number is for, and the seed.
CREATE MACRO pick(row_number, purpose, below) AS (hash(row_number, purpose, getvariable('seed')) % below)::BIGINT;

-- One row per session; all start before 23:00, so that everything in them stays on that day.
CREATE MACRO sessions_of(first, last, midnight) AS TABLE
WITH placed AS (
    SELECT
        range AS session_number,
        midnight + to_milliseconds((pick(range, 'early', 82800000) + pick(range, 'late', 82800000)) // 2)
            AS started_at,
        -- Squared, so that a few customers have most of the sessions.
        floor(getvariable('customers') * power(pick(range, 'customer', 1000000) / 1e6, 2))::BIGINT AS customer_number,
        pick(range, 'agent', 3) AS agent_number,
        pick(range, 'steps', 7) + 1 AS steps
    FROM range(first, last)
)
SELECT
    session_number,
    printf('sess-%d-%010d', getvariable('seed'), session_number) AS session_id,
    printf('cust-%05d', customer_number) AS customer_id,
    printf('agent-%05d-%d', customer_number, agent_number) AS agent_id,
    started_at,
    started_at + to_seconds(180 + steps * 5) AS ended_at,
    CASE WHEN pick(session_number, 'observed', 10) < 8 THEN
        ['goal_met', 'goal_met', 'goal_met', 'goal_not_met', 'abandoned'][1 + pick(session_number, 'outcome', 5)]
    END AS outcome,
    CASE WHEN pick(session_number, 'watched', 10) < 9 THEN pick(session_number, 'handoff', 8) = 0 END AS handoff,
    CASE WHEN handoff THEN ['asked', 'policy', 'stuck'][1 + pick(session_number, 'reason', 3)] END AS handoff_reason,
    ['chat', 'mail', 'voice'][1 + pick(session_number, 'channel', 3)] AS channel,
    ['order', 'refund', 'delivery', 'account', 'other'][1 + pick(session_number, 'intent', 5)] AS intent,
    CASE WHEN pick(session_number, 'counted', 10) < 8 THEN steps END AS user_turns,
    steps + 2 AS agent_steps,
    CASE WHEN pick(session_number, 'felt', 10) < 6
        THEN round((pick(session_number, 'before', 200) - 100) / 100, 2) END AS sentiment_start,
    CASE WHEN pick(session_number, 'felt', 10) < 6
        THEN round((pick(session_number, 'after', 200) - 80) / 120, 2) END AS sentiment_end,
    pick(session_number, 'test', 100) = 0 AS is_test,
    0 AS record_version
FROM placed;

-- One row per model call: turn 0 to 7 of its session.
CREATE MACRO calls_of(first, last, midnight) AS TABLE
WITH numbered AS (
    SELECT
        range AS call_number,
        range % getvariable('calls_per_session') AS turn,
        sessions.*,
        -- An agent mostly asks one model; every fifth call goes to any.
        CASE WHEN pick(range, 'other model', 5) = 0 THEN pick(range, 'model', len(getvariable('models')))
            ELSE pick(hash(sessions.agent_id), 'model', len(getvariable('models'))) END AS model_number,
        -- One session in a hundred reads a whole repository, which is past the tiers' thresholds.
        CASE WHEN pick(session_number, 'long', 100) = 0 THEN 200000 ELSE 900 END
            + pick(session_number, 'prompt', 6000) + turn * (300 + pick(range, 'turn', 1500)) AS asked_tokens,
        20 + pick(range, 'answer', 900) AS answered_tokens,
        pick(range, 'status', 1000) AS luck
    FROM range(
        first * getvariable('calls_per_session'),
        least(last * getvariable('calls_per_session'), getvariable('calls'))
    )
    INNER JOIN sessions_of(first, last, midnight) AS sessions
        ON sessions.session_number = range // getvariable('calls_per_session')
),
judged AS (
    SELECT
        *,
        CASE WHEN luck < 970 THEN 'ok' WHEN luck < 990 THEN 'error'
            ELSE ['blocked', 'cancelled', 'unknown'][1 + luck % 3] END AS status,
        CASE WHEN status IN ('ok', 'unknown') THEN asked_tokens END AS input_tokens,
        CASE WHEN status IN ('ok', 'unknown') THEN answered_tokens END AS output_tokens,
        CASE WHEN pick(call_number, 'timed', 100) < 97
            THEN round(250 + answered_tokens * 11.5 + pick(call_number, 'latency', 60000) / 100, 1)
            END AS latency_ms
    FROM numbered
)
SELECT
    call_number,
    printf('req-%d-%012d', getvariable('seed'), call_number) AS request_id,
    started_at + to_milliseconds(turn * 22000 + pick(call_number, 'gap', 15000)) AS started_at,
    customer_id,
    agent_id,
    session_id,
    'chat' AS operation,
    getvariable('providers')[1 + model_number] AS provider,
    getvariable('models')[1 + model_number] AS model,
    status,
    CASE WHEN status = 'error' THEN ['rate_limit', 'timeout', 'server_error'][1 + luck % 3] END AS error_type,
    input_tokens,
    CASE WHEN turn > 0 AND input_tokens > 1024 THEN input_tokens * 4 // 5 ELSE 0 END AS cache_read_tokens,
    CASE WHEN input_tokens > 1024 AND provider = 'anthropic' THEN input_tokens // 8 ELSE 0 END AS cache_write_tokens,
    output_tokens,
    CASE WHEN model = 'gpt-5' THEN output_tokens // 2 END AS reasoning_tokens,
    latency_ms,
    CASE WHEN status = 'ok' THEN round(latency_ms / 5, 1) END AS time_to_first_token_ms,
    -- A few sources report the cost; the other calls are priced from the list.
    CASE WHEN pick(call_number, 'reported', 10) = 0 THEN
        (coalesce(input_tokens, 0) * 2 + coalesce(output_tokens, 0) * 9)::DECIMAL(12, 0) * 0.000001 END AS cost_usd,
    0 AS record_version
FROM judged;

-- One row per tool call; sessions that are stuck repeat one call with the same arguments.
CREATE MACRO tool_calls_of(first, last, midnight) AS TABLE
SELECT
    printf('tool-%d-%012d', getvariable('seed'), call_number) AS tool_call_id,
    started_at + to_milliseconds(3000 + pick(call_number, 'tool gap', 4000)) AS started_at,
    customer_id,
    agent_id,
    session_id,
    request_id,
    getvariable('tools')[
        1 + CASE WHEN is_stuck THEN 0 ELSE pick(call_number, 'tool', len(getvariable('tools'))) END
    ] AS tool_name,
    CASE WHEN pick(hash(agent_id), 'hashes', 10) < 9
        THEN sha256(CASE WHEN is_stuck THEN session_id ELSE request_id END) END AS args_hash,
    CASE WHEN pick(call_number, 'tool status', 100) < 95 THEN 'ok'
        ELSE ['error', 'error', 'timeout', 'unknown'][1 + pick(call_number, 'fault', 4)] END AS status,
    CASE WHEN status = 'error' THEN 'tool_error' END AS error_type,
    round(20 + pick(call_number, 'tool latency', 300000) / 100, 1) AS latency_ms,
    NULL::DECIMAL(18, 9) AS cost_usd,
    0 AS record_version
FROM (
    SELECT *, pick(hash(session_id), 'stuck', 20) = 0 AS is_stuck
    FROM calls_of(first, last, midnight)
    WHERE pick(call_number, 'uses a tool', 10) < getvariable('tool_calls_in_ten')
);
