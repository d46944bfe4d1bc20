"""The tool calls of a session: looked up once, tried again after an error, or called over and over."""

import json
from hashlib import sha256

from pipeline.demo import model_calls
from pipeline.demo.kinds import Tool
from pipeline.demo.run import Row, Run, usd

_TIMEOUT_MS = 10_000.0
_ERRORS = ("invalid_argument", "not_found", "service_unavailable")


def look_up(run: Run) -> bool:
    """One tool and the model's reading of what it said; false when the model never answered."""
    tool = run.rng.choice(run.scene.agent.kind.tools)
    arguments = _arguments(run, tool)
    if run.is_looping and run.rng.random() < 0.5:
        return _loop(run, tool, arguments)
    if not _use(run, tool, arguments) and run.rng.random() < 0.75:
        _use(run, tool, arguments)
    return model_calls.ask(run)


def _loop(run: Run, tool: Tool, arguments: str) -> bool:
    """The same question again and again, as if the answer might change; once a session."""
    run.is_looping = False
    for _ in range(run.rng.randint(3, 6)):
        _use(run, tool, arguments)
        if not model_calls.ask(run):
            return False
    return True


def _use(run: Run, tool: Tool, arguments: str) -> bool:
    """One call; whether it worked."""
    failed = run.rng.random() < tool.error_rate * run.scene.conditions.tool_trouble
    if not failed:
        _finish(run, tool, arguments, "ok", None, tool.latency_ms * run.slowness())
    elif run.rng.random() < 0.35:
        _finish(run, tool, arguments, "timeout", "timeout", _TIMEOUT_MS)
    else:
        _finish(run, tool, arguments, "error", run.rng.choice(_ERRORS), tool.latency_ms * run.slowness())
    run.context_tokens += run.about(run.scene.agent.kind.result_tokens)
    return not failed


def _finish(
    run: Run, tool: Tool, arguments: str, status: str, error_type: str | None, latency_ms: float
) -> None:
    row: Row = run.row("tool_call_id", "t")
    row |= {
        "request_id": run.requests[-1]["request_id"] if run.requests else None,
        "tool_name": tool.name,
        "args_hash": sha256(arguments.encode()).hexdigest(),
        "status": status,
        "error_type": error_type,
        "latency_ms": round(latency_ms, 1),
    }
    if tool.cost_nano_usd is not None:
        row["cost_usd"] = usd(tool.cost_nano_usd)
    if run.finish(run.tool_calls, row, latency_ms):
        run.arguments[str(row["tool_call_id"])] = arguments


def _arguments(run: Run, tool: Tool) -> str:
    """Canonical JSON: keys in order, no spaces."""
    value = f"{tool.argument[:3]}-{run.rng.randrange(100_000):05}"
    return json.dumps({tool.argument: value}, separators=(",", ":"))
