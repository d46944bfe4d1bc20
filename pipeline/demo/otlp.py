"""A session as an OpenTelemetry user has it: lines of traces and of log events, by file.

Outcome, hand-over and business results have no convention: they are log events that carry the contract's
columns as attributes. The spans are made in `pipeline.demo.otlp_spans`.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.contract import OTLP_FOLDER
from pipeline.demo import instants, otlp_spans
from pipeline.demo.otlp_spans import attributes_of, hex_id, root_span_id, whose
from pipeline.demo.run import Row, Value
from pipeline.demo.sessions import Session

_SCOPE = {"name": "opentelemetry.instrumentation.genai", "version": "1.0.0"}
_OUTCOME_COLUMNS = (
    "outcome",
    "handoff",
    "channel",
    "intent",
    "user_turns",
    "agent_steps",
    "sentiment_start",
    "sentiment_end",
)
_BUSINESS_COLUMNS = ("outcome_id", "name", "value", "unit", "attribution_weight")

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Exports:
    """Lines by file (in `otlp/`): one kind of data, of one customer, of the sessions begun in one month."""

    files: dict[Path, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, session: Session, evaluations: Iterable[Row], outcomes: Iterable[Row]) -> None:
        folder = Path(OTLP_FOLDER) / session.scene.customer.customer_id
        month = str(session.row["started_at"])[:7]
        self.files[folder / f"traces-{month}.jsonl"].append(traces_line(session))
        log = logs_line(session, evaluations, outcomes)
        if log is not None:
            self.files[folder / f"logs-{month}.jsonl"].append(log)


def traces_line(session: Session) -> str:
    """One TracesData object, of one session."""
    scope = {"scope": _SCOPE, "spans": otlp_spans.of_session(session)}
    return _to_json({"resourceSpans": [{"resource": _resource(session), "scopeSpans": [scope]}]})


def logs_line(session: Session, evaluations: Iterable[Row], outcomes: Iterable[Row]) -> str | None:
    """One LogsData object: how the session ended and what was said of it; None when nothing was."""
    records = [_evaluation(session, row) for row in evaluations] + [
        _business(session, row) for row in outcomes
    ]
    if session.ended_ms is not None:
        records = [*_endings(session), *records]
    if not records:
        return None
    scope = {"scope": _SCOPE, "logRecords": records}
    return _to_json({"resourceLogs": [{"resource": _resource(session), "scopeLogs": [scope]}]})


def _resource(session: Session) -> dict[str, Any]:
    agent = session.scene.agent
    return {"attributes": attributes_of({"service.name": agent.agent_id, "service.version": agent.version})}


def _endings(session: Session) -> list[dict[str, Any]]:
    ended_at = str(session.row["ended_at"])
    found = [
        _event(session, "agent.session.outcome", ended_at, {c: session.row.get(c) for c in _OUTCOME_COLUMNS})
    ]
    if session.row.get("handoff"):
        reason = {"handoff": True, "handoff_reason": session.row["handoff_reason"]}
        found.append(_event(session, "agent.handoff", ended_at, reason))
    return found


def _evaluation(session: Session, row: Row) -> dict[str, Any]:
    attributes = {
        "gen_ai.evaluation.name": row["name"],
        "gen_ai.evaluation.score.value": row["score"],
        "gen_ai.evaluation.score.label": row.get("label"),
        "gen_ai.response.id": row.get("request_id"),
    }
    judged = row.get("request_id") or "root"
    event = _event(session, "gen_ai.evaluation.result", str(row["evaluated_at"]), attributes)
    return event | {"spanId": hex_id(f"{session.scene.session_id}/{judged}", 16)}


def _business(session: Session, row: Row) -> dict[str, Any]:
    """The value as text: money in a binary float would not be what was paid."""
    attributes = {column: row.get(column) for column in _BUSINESS_COLUMNS} | {"value": str(row["value"])}
    return _event(session, "business.outcome", str(row["occurred_at"]), attributes)


def _event(session: Session, name: str, at: str, attributes: Mapping[str, Value]) -> dict[str, Any]:
    nanoseconds = str(instants.nanoseconds(at))
    return {
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": 9,
        "severityText": "INFO",
        "eventName": name,
        "body": {},
        "attributes": attributes_of({**attributes, **whose(session)}),
        "traceId": hex_id(session.scene.session_id, 32),
        "spanId": root_span_id(session),
    }
