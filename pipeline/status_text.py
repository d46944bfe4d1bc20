"""The status in words, for a person at a terminal, and as JSON for whoever asks by program."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from core.settings import Settings
from pipeline import build
from pipeline.status import Status

_SHOWN = 20


def as_json(report: Status | None, served: dict[str, object] | None, settings: Settings) -> str:
    """Everything that is known, as one JSON object."""
    return json.dumps(
        {
            "published": served,
            "warehouse": dataclasses.asdict(report) if report else None,
            "erasures_waiting": build.waiting_erasures(settings),
        },
        indent=1,
        default=str,
    )


def as_text(report: Status | None, served: dict[str, object] | None, settings: Settings) -> str:
    """What a person would ask first, in that order."""
    if report is None:
        return (
            f"Nothing has been built in {settings.home} yet.\n"
            "`proofline demo` writes demo events, `proofline build` loads and publishes them."
        )
    return "\n".join(
        [
            *_published(served),
            "",
            *_complete(report),
            "",
            *_rows(report),
            *_troubles(report, settings),
            *_listed("Erasures that wait for the next build", iter(build.waiting_erasures(settings))),
        ]
    )


def summary(report: Status) -> str:
    """One sentence on a build that went well."""
    rows = sum(counts.rows for counts in report.tables.values())
    rejected = sum(counts.rejected for counts in report.tables.values())
    until = f", complete to {_minute(report.data_as_of)}" if report.data_as_of else ""
    dirt = f"; {rejected:,} rows were rejected (`proofline status` says why)" if rejected else ""
    aside = f"; {len(report.set_aside)} files were set aside" if report.set_aside else ""
    return f"{rows:,} rows{until}{dirt}{aside}."


def _published(served: dict[str, Any] | None) -> Iterator[str]:
    if served is None:
        yield "Published: nothing yet."
        return
    at = datetime.fromisoformat(served["published_at"])
    yield f"Published: {served['snapshot']} ({served['bytes'] / 2**20:.1f} MiB) at {_minute(at)}"


def _complete(report: Status) -> Iterator[str]:
    if report.data_as_of is None:
        yield "Complete to: no events yet."
        return
    source = "as the source says (_complete_to)" if report.complete_to else "the newest event"
    age = datetime.now(UTC) - report.data_as_of
    yield f"Complete to: {_minute(report.data_as_of)}, {source}, {age.days} days {age.seconds // 3600} h ago"


def _rows(report: Status) -> Iterator[str]:
    columns = ("rows", "files", "rejected", "duplicates", "superseded", "late")
    yield f"{'':14}" + "".join(f"{column:>12}" for column in columns)
    for name, counts in report.tables.items():
        values = dataclasses.asdict(counts)
        if any(values.values()):
            yield f"{name:14}" + "".join(f"{values[column]:>12,}" for column in columns)


def _troubles(report: Status, settings: Settings) -> Iterator[str]:
    yield from _listed("Rejected rows", (_reject(r) for r in report.rejects))
    yield from _listed("Files set aside", (f"{f.path}: {f.message}" for f in report.set_aside))
    late = sum(counts.late for counts in report.tables.values())
    if late:
        yield f"\n{late:,} late rows wait (their day ended more than {settings.late_days} days before the newest"
        yield "published day of their customer). `proofline backfill --from DAY --to DAY` lets them in."
    if report.incomplete_sessions:
        yield f"\n{report.incomplete_sessions:,} sessions are incomplete: no row has named their agent or start yet."
    if report.test_sessions:
        yield f"\n{report.test_sessions:,} test sessions, and the rows in them, are in no metric."
    yield from _spans(report)
    yield from _listed(
        "Not observed (outside every rate about it, never zero)",
        (f"{u.missing:>10,} of {u.of:,}: {u.what}" for u in report.unobserved),
    )
    yield from _listed(
        "Calls without a price (their cost is unknown, not zero)",
        (f"{count:>10,}  {name}" for name, count in report.unpriced),
    )


def _spans(report: Status) -> Iterator[str]:
    spans = report.spans
    if spans.spans or spans.log_events:
        came = ", ".join(f"{rows:,} {name}" for name, rows in spans.rows.items() if rows) or "no rows"
        yield f"\nOpenTelemetry: of {spans.spans:,} spans and {spans.log_events:,} log events came {came}."
        yield "The others are agents, workflows and steps: they repeat what the calls below them say."


def _reject(reject: Any) -> str:
    return f"{reject.rows:>10,}  {reject.reason:18} {reject.table}: {reject.message} (for example {reject.example})"


def _listed(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if not found:
        return
    yield f"\n{title}:"
    yield from (f"  {line}" for line in found[:_SHOWN])
    if len(found) > _SHOWN:
        yield f"  … and {len(found) - _SHOWN} more kinds; `proofline status --json` lists all"


def _minute(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
