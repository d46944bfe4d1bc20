"""What should go on by itself: the daemon, reports that are due, deliveries, and erasures."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core.delivery.outbox import DeliveryState
from core.doctor.case import Case
from core.doctor.finding import Check, Finding, fail, ok, warn
from core.doctor.store import reading
from core.erasures import ERASED_WITHIN, REQUESTED
from core.settings import Settings
from core.settings_text import SettingsError
from core.store.control.report_tables import REPORT_OCCURRENCES
from core.store.control.tables import ERASURES, OUTBOX
from core.store.dagster_storage import SETTING, connected, last_heartbeat, names_storage, why_not

_SILENT = timedelta(minutes=5)
_OVERDUE = timedelta(hours=1)


def check_daemon(case: Case) -> Iterator[Finding]:
    """Dagster's daemon runs the schedules: without it nothing is built, sent or mailed by itself."""
    folder = case.settings.home / "dagster"
    advice = "Run `proofline ui`, or on a server the daemon's unit (deploy/)."
    configuration = folder / "dagster.yaml"
    text = configuration.read_text(encoding="utf-8") if configuration.is_file() else ""
    url = case.settings.dagster_database_url
    if SETTING in text and not url:
        yield fail("daemon", f"Dagster keeps its runs in PostgreSQL, but {SETTING} is not set.", "Set it.")
        return
    if names_storage(text) and not url:
        yield ok("daemon", "Dagster keeps its storage elsewhere; its UI shows the daemons under Deployment")
        return
    try:
        heard = (
            _heard_in_postgresql(case.settings) if url else _last_heartbeat(folder / "history" / "runs.db")
        )
    except SettingsError as error:
        yield fail("daemon", f"{error}.", f"Mend {SETTING}.")
        return
    except SQLAlchemyError as problem:
        yield fail(
            "daemon", why_not(case.settings, problem), "Is PostgreSQL running, and is the setting right?"
        )
        return
    if heard is not None and case.now - heard <= _SILENT:
        yield ok("daemon", f"last heard of at {heard:%H:%M:%S} UTC")
        return
    told = f"Not heard of since {heard:%Y-%m-%d %H:%M} UTC." if heard else "It has never run here."
    report = fail if case.settings.is_production else warn
    yield report("daemon", f"{told} Schedules, reports and deliveries wait.", advice)


def _heard_in_postgresql(settings: Settings) -> datetime | None:
    with connected(settings) as connection:
        return last_heartbeat(connection)


def _last_heartbeat(database: Path) -> datetime | None:
    if not database.is_file():
        return None
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        row = connection.execute("SELECT max(timestamp) FROM daemon_heartbeats").fetchone()
    connection.close()
    return datetime.fromisoformat(row[0]).replace(tzinfo=UTC) if row and row[0] else None


def check_reports(case: Case) -> Iterator[Finding]:
    table = REPORT_OCCURRENCES
    with reading(case.settings) as connection:
        if connection is None or not connection.dialect.has_table(connection, table.name):
            return
        by_state = select(table.c.state, func.count()).group_by(table.c.state)
        counts = {str(row[0]): int(row[1]) for row in connection.execute(by_state)}
        late = select(func.count()).where(
            table.c.state == "due", table.c.next_attempt_at < case.now - _OVERDUE
        )
        overdue = connection.scalar(late) or 0
    if overdue:
        yield warn(
            "reports",
            f"{overdue} are overdue by more than an hour.",
            "Does the daemon run? See its line above.",
        )
    stuck = [f"{counts[state]} {state}" for state in ("held", "failed") if counts.get(state)]
    if stuck:
        advice = "`proofline reports` says why; each can be sent by hand."
        yield warn("reports", f"{' and '.join(stuck)}.", advice)
    elif not overdue:
        yield ok("reports", "none is overdue, held or failed")


def check_deliveries(case: Case) -> Iterator[Finding]:
    with reading(case.settings) as connection:
        if connection is None or not connection.dialect.has_table(connection, OUTBOX.name):
            return
        count = select(func.count()).select_from(OUTBOX)
        dead = connection.scalar(count.where(OUTBOX.c.state == DeliveryState.DEAD.value)) or 0
        waiting = OUTBOX.c.next_attempt_at < case.now - _OVERDUE
        late = connection.scalar(count.where(OUTBOX.c.state == DeliveryState.PENDING.value, waiting)) or 0
    if late:
        yield warn(
            "deliveries",
            f"{late} have waited for more than an hour.",
            "Does the daemon run? See its line above.",
        )
    if dead:
        advice = "`proofline deliveries` says why; with --resend they are sent again."
        yield warn("deliveries", f"{dead} were given up after all attempts.", advice)
    if not (late or dead):
        yield ok("deliveries", "none waits too long or was given up")


def check_erasures(case: Case) -> Iterator[Finding]:
    """An erasure takes effect when it is asked for; what was stored and published is rid of it by the next build."""
    with reading(case.settings) as connection:
        if connection is None or not connection.dialect.has_table(connection, ERASURES.name):
            return
        asked = select(ERASURES.c.requested_at).where(ERASURES.c.state == REQUESTED)
        waiting: list[datetime] = sorted(connection.scalars(asked))
    if waiting and case.now - waiting[0] > ERASED_WITHIN:
        told = f"{len(waiting)} wait for a build, the oldest since {waiting[0]:%Y-%m-%d %H:%M} UTC."
        advice = "Run `proofline build`; where it fails, what it says is what they wait for."
        yield fail("erasures", told, advice)
    else:
        yield ok("erasures", f"{len(waiting)} wait for the next build" if waiting else "none waits")


CHECKS: tuple[Check, ...] = (check_daemon, check_reports, check_deliveries, check_erasures)
