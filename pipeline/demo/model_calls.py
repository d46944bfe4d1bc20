"""The model calls of a session: attempts and errors, a growing context, and what of it is cached."""

from pipeline.demo import models
from pipeline.demo.models import Model
from pipeline.demo.run import Row, Run, usd

_ATTEMPTS = 4
_CACHE_LIVES_MS = 300_000
_SMALLEST_CACHED_TOKENS = 1_024
_CACHE_BLOCK_TOKENS = 128
_COMPACTED_ABOVE_TOKENS = 330_000
_REASONING_TOKENS = 260
_ERRORS = (("rate_limit", 42), ("overloaded", 26), ("timeout", 20), ("server_error", 12))


def ask(run: Run) -> bool:
    """One answer of the model, with a few attempts; false when all of them failed."""
    chance = run.scene.conditions.error_rate
    for attempt in range(_ATTEMPTS):
        if run.rng.random() >= chance:
            _answer(run)
            return True
        _fail(run)
        run.wait(1.5 * 2**attempt * run.rng.uniform(0.7, 1.4))
        # An overloaded provider is still overloaded a second later.
        chance = max(chance, 0.22)
    return False


def embed(run: Run) -> None:
    """The user's message as a vector, to look up what is known about it."""
    latency_ms = models.EMBEDDING.first_token_ms * run.slowness()
    tokens = run.about(run.scene.agent.kind.user_tokens)
    row = _row(run, models.EMBEDDING, "embeddings", "ok", latency_ms)
    row |= {"input_tokens": tokens, "output_tokens": 0}
    _finish(run, row, latency_ms, models.EMBEDDING.cost_nano_usd(tokens, 0, 0, 0))


def cancel(run: Run) -> None:
    """The user leaves while the model is answering."""
    latency_ms = run.scene.model.first_token_ms * run.slowness()
    run.finish(run.requests, _row(run, run.scene.model, "chat", "cancelled", latency_ms), latency_ms)


def _answer(run: Run) -> None:
    model, kind = run.scene.model, run.scene.agent.kind
    read, written = _cache_use(run)
    reasoning = run.about(_REASONING_TOKENS) if model.reasons else 0
    output = run.about(kind.answer_tokens) + reasoning
    first_ms = model.first_token_ms * run.slowness()
    latency_ms = first_ms + output / model.tokens_per_second * 1000 * run.slowness()
    row = _row(run, model, "chat", "ok", latency_ms)
    row |= {"input_tokens": run.context_tokens, "cache_read_tokens": read, "cache_write_tokens": written}
    row |= {"output_tokens": output, "reasoning_tokens": reasoning if model.reasons else None}
    # Only what a user waits for is streamed.
    if kind.has_user and run.scene.agent.reports_latency:
        row["time_to_first_token_ms"] = round(first_ms, 1)
    _finish(run, row, latency_ms, model.cost_nano_usd(run.context_tokens, read, written, output))
    _remember(run, output - reasoning)


def _cache_use(run: Run) -> tuple[int, int]:
    """Tokens read from and written to the cache; together never more than the context."""
    held = run.cached_tokens if run.now_ms - run.cached_at_ms <= _CACHE_LIVES_MS else 0
    if run.context_tokens < _SMALLEST_CACHED_TOKENS:
        return 0, 0
    if run.scene.model.writes_cache:
        fresh = min(run.rng.randint(3, 14), run.context_tokens - held)
        return held, run.context_tokens - held - fresh
    # Caches that fill by themselves hold whole blocks, and miss now and then.
    return (held // _CACHE_BLOCK_TOKENS * _CACHE_BLOCK_TOKENS if run.rng.random() < 0.88 else 0), 0


def _remember(run: Run, visible_tokens: int) -> None:
    run.cached_tokens, run.cached_at_ms = run.context_tokens, run.now_ms
    run.context_tokens += visible_tokens
    if run.context_tokens > _COMPACTED_ABOVE_TOKENS:
        # The agent goes on with a summary, which no cache has seen.
        run.context_tokens, run.cached_tokens = run.scene.agent.kind.prompt_tokens, 0


def _fail(run: Run) -> None:
    if run.rng.random() < 0.04:
        _give_up(run, "blocked", "content_filter", run.rng.uniform(300, 900))
        return
    error = run.rng.choices([name for name, _ in _ERRORS], [weight for _, weight in _ERRORS])[0]
    _give_up(run, "error", error, 30_000.0 if error == "timeout" else run.rng.uniform(90, 900))


def _give_up(run: Run, status: str, error_type: str, latency_ms: float) -> None:
    row = _row(run, run.scene.model, "chat", status, latency_ms)
    run.finish(run.requests, row | {"error_type": error_type}, latency_ms)


def _row(run: Run, model: Model, operation: str, status: str, latency_ms: float) -> Row:
    row = run.row("request_id", "r")
    row |= {"operation": operation, "provider": model.provider, "model": model.name, "status": status}
    if run.scene.agent.reports_latency:
        row["latency_ms"] = round(latency_ms, 1)
    return row


def _finish(run: Run, row: Row, latency_ms: float, cost_nano_usd: int) -> None:
    if run.scene.agent.reports_cost:
        row["cost_usd"] = usd(cost_nano_usd)
    if run.finish(run.requests, row, latency_ms):
        run.cost_nano_usd += cost_nano_usd
