"""What was built → files in the archive, a row of its own, and what is to be sent: all of it or nothing.

Whether it is still wanted is looked up in the very transaction that keeps it: a report that was deleted, a portal that
was archived, an occurrence that somebody else has taken up leave nothing behind.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core import fault
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.periods import format_instant
from core.portals.definition import PortalStatus
from core.reports import archive
from core.reports.numbers import corrections
from core.reports.occurrence import Occurrence, OccurrenceState
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control import report_archives as archives
from core.store.control import report_occurrences as occurrences
from core.store.control.report_archives import Archived
from core.store.control.reports import StoredReport, find_report
from site_build.report_runs.jobs import Made

_INACTIVE = "Its portal is not active"


@dataclass(frozen=True)
class Claim:
    """An occurrence that this builder may build until its lease ends."""

    occurrence: Occurrence
    owner: str


def keep(
    settings: Settings, store: ControlStore, report_id: str, made: Made, claim: Claim | None, *, now: datetime
) -> Archived | None:
    """The version that was kept; None where nobody wants it any more. Without a claim it is a restated version."""
    fault.hit("report.after_render")
    written = archive.write_beside(settings, report_id, made.built)
    fault.hit("report.after_files")
    try:
        with store.writing() as connection:
            report = find_report(connection, report_id, None)
            if report is None or not _is_wanted(connection, report, claim, now):
                return None
            archived = _archived(connection, report, made, written, claim, now)
            archive.put(settings, written, report_id, archived.n)
            fault.hit("report.after_place")
            archives.add_archived(connection, archived)
            if claim is not None:
                occurrences.note_built(connection, claim.occurrence, archived.n, now=now)
                _queue(connection, report, archived, claim.occurrence, now)
            fault.hit("report.before_commit")
        fault.hit("report.after_commit")
        return archived
    finally:
        archive.discard(written)


def skip_inactive(connection: Connection, occurrence: Occurrence, *, now: datetime) -> None:
    occurrences.settle(connection, occurrence, OccurrenceState.SKIPPED_INACTIVE, _INACTIVE, now=now)


def _is_wanted(connection: Connection, report: StoredReport, claim: Claim | None, now: datetime) -> bool:
    if claim is not None and not occurrences.holds(connection, claim.occurrence, claim.owner):
        return False
    if report.portal_status is PortalStatus.ACTIVE:
        return True
    if claim is not None:
        skip_inactive(connection, claim.occurrence, now=now)
    return False


def _archived(
    connection: Connection,
    report: StoredReport,
    made: Made,
    written: archive.Written,
    claim: Claim | None,
    now: datetime,
) -> Archived:
    built, period = made.built, made.job.period
    before = archives.newest_of_period(connection, report.report_id, period)
    changes = corrections(before.numbers, made.numbers) if before else ()
    return Archived(
        archive_id=f"rar_{secrets.token_hex(10)}",
        report_id=report.report_id,
        portal_id=report.portal_id,
        customer_id=report.customer_id,
        n=archives.next_number(connection, report.portal_id),
        name=made.job.name,
        occurrence_id=claim.occurrence.occurrence_id if claim else None,
        due_at=claim.occurrence.due_at if claim else None,
        period_start=period.start,
        period_end=period.end,
        zone=period.zone.key,
        snapshot=built.brief.snapshot,
        compared_with=built.brief.snapshot,
        data_as_of=built.brief.data_as_of,
        built_at=now,
        pages=built.pages,
        seconds=built.seconds,
        pdf_sha256=written.pdf_sha256,
        pdf_bytes=len(built.pdf),
        csv_sha256=written.csv_sha256,
        csv_bytes=None if built.csv is None else len(built.csv),
        numbers=made.numbers,
        restates=before.n if before and changes else None,
        changes=changes,
    )


def _queue(
    connection: Connection, report: StoredReport, archived: Archived, occurrence: Occurrence, now: datetime
) -> None:
    """One row a recipient, so that one who cannot be reached keeps nobody else waiting."""
    delivery, due = report.definition.delivery, format_instant(occurrence.due_at)
    receivers: list[tuple[OutboxKind, str | None]] = [
        (OutboxKind.MAIL_REPORT, to) for to in delivery.mailed_to
    ]
    if delivery.called is not None:
        receivers.append((OutboxKind.WEBHOOK_REPORT, None))
    for kind, recipient in receivers:
        enqueue(
            connection,
            Item(
                kind=kind,
                dedupe_key=f"{report.report_id}|{due}|{recipient or kind.value}",
                now=now,
                customer_id=report.customer_id,
                portal_id=report.portal_id,
                report_id=report.report_id,
                archive_n=archived.n,
                recipient=recipient,
            ),
        )
