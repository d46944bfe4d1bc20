"""`python -m bench --night`: what one night takes, by the commands that an operator runs.

A day's events have landed, every portal is to show them, and many reports are due at once: `proofline build`, then
`proofline reports run`. Said of each: time by the clock and by the processor, the most memory that all its processes
take together, and at the end what lies on the disk. Whatever is lost or comes twice ends the measurement.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench import build, sites
from bench.events import write
from bench.watch import Watched, proofline
from core.portals.definition import PortalDefinition
from core.reports.definition import (
    DeliveryMethod,
    Frequency,
    ReportContent,
    ReportDefinition,
    ReportDelivery,
    Schedule,
)
from core.settings import Settings
from core.sites import INDEX, site_dir
from core.store.control import open_control_store
from core.store.control.portals import add_portal
from core.store.control.report_tables import REPORT_ARCHIVES, REPORT_OCCURRENCES
from core.store.control.reports import add_report
from core.store.control.tables import OUTBOX

SESSIONS_A_DAY = 2
_DAYS = 30
_CALLS_A_SESSION = 8


def prepare(home: Path, *, portals: int, reports: int, seed: int) -> None:
    """The evening before: history is published, portals are shown, reports are agreed on, and a day is yet to land."""
    if (home / "published" / "CURRENT").exists():
        return
    landing = home / "landing"
    today = datetime.now(UTC).date()
    calls = portals * SESSIONS_A_DAY * _CALLS_A_SESSION * (_DAYS + 1)
    write(landing, calls=calls, customers=portals, days=_DAYS + 1, seed=seed, fmt="parquet", end=today)
    build.hold_back_last_day(landing, home / "aside")
    _agree(Settings(home=home), portals, reports)
    build.build(home, landing)


def measure(home: Path, *, portals: int, reports: int) -> None:
    """The night itself, a line a figure."""
    settings = Settings(home=home)
    build.bring_back(home / "aside", home / "landing")
    # The newest event is to be past the day that the reports are about.
    _let_the_day_end(home / "landing")
    environment = {"PROOFLINE_HOME": str(home)}
    print(f"\n{portals:,} portals, {reports:,} reports that are due, {_DAYS} days of events before, one new")
    built = proofline(["build"], environment)
    _tell("proofline build", built, portals, "portal")
    _require_portals(settings, portals)
    ran = proofline(["reports", "run"], environment)
    _tell("proofline reports run", ran, reports, "report")
    _require_reports(settings, reports)
    print("nothing is lost, and nothing came twice")
    again = proofline(["reports", "run"], environment)
    _tell("proofline reports run, with nothing due", again, 0, "")
    _require_reports(settings, reports)
    for name, size in _sizes(home):
        print(f"{'  ' + name:<46}{size / 2**20:>9,.0f} MiB")


def _agree(settings: Settings, portals: int, reports: int) -> None:
    """A portal for each customer, and for some of them a report a day, due since midnight."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    shown = list(sites.portals_of([f"cust-{number:05}" for number in range(portals)]))
    store = open_control_store(settings)
    for first in range(0, portals, 200):
        with store.writing() as connection:
            for number, one in enumerate(shown[first : first + 200], first):
                add_portal(connection, one, now=yesterday)
                if number < reports:
                    add_report(connection, _report(one), now=yesterday)
    store.close()


def _report(portal: PortalDefinition) -> ReportDefinition:
    return ReportDefinition(
        report_id=portal.portal_id.replace("portal_", "report_"),
        portal_id=portal.portal_id,
        name="The day",
        schedule=Schedule(Frequency.DAILY, "00:00", timezone="UTC"),
        delivery=ReportDelivery(DeliveryMethod.EMAIL, (f"{portal.customer_id}@example.com",)),
        content=ReportContent(include_raw_data=True),
    )


def _let_the_day_end(landing: Path) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    (landing / "llm_requests" / "after-midnight.jsonl").write_text(
        f'{{"request_id": "after_midnight", "started_at": "{midnight.isoformat()}", "customer_id": "cust-00000",'
        ' "agent_id": "agent-00000-0", "provider": "openai", "model": "gpt-4o", "status": "ok",'
        ' "input_tokens": 900, "output_tokens": 90}\n'
    )


def _require_portals(settings: Settings, portals: int) -> None:
    snapshot = (settings.published_dir / "CURRENT").stat().st_mtime
    ids = [one.portal_id for one in sites.portals_of([""] * portals)]
    first_pages = [site_dir(settings, portal_id) / INDEX for portal_id in ids]
    stale = [path for path in first_pages if not path.is_file() or path.stat().st_mtime < snapshot]
    if stale:
        raise SystemExit(f"{len(stale)} portals do not show the new day, such as {stale[0]}")


def _require_reports(settings: Settings, reports: int) -> None:
    """Each was built once, lies in the archive once, and was mailed once."""
    store = open_control_store(settings)
    with store.reading() as connection:
        built: list[Any] = list(connection.scalars(select(REPORT_OCCURRENCES.c.state)))
        archived: list[Any] = list(connection.scalars(select(REPORT_ARCHIVES.c.report_id)))
        sent: list[Any] = list(connection.scalars(select(OUTBOX.c.state)))
    store.close()
    files = Counter(path.parts[-3] for path in settings.reports_dir.glob("*/*/report.pdf"))
    folder = settings.mail_folder
    written = len(list(folder.glob("*.eml"))) if folder else 0
    found = {
        "built": built == ["built"] * reports,
        "archived": len(archived) == len(set(archived)) == reports,
        "files": len(files) == reports and set(files.values()) <= {1},
        "sent": sent == ["delivered"] * reports and written == reports,
    }
    if not all(found.values()):
        raise SystemExit(
            f"Something is lost or comes twice: {found}, {Counter(built)}, {Counter(sent)}, {written} mails"
        )


def _tell(what: str, took: Watched, count: int, unit: str) -> None:
    print(f"{what:<46}{took.seconds:>9,.1f} s")
    print(f"{'  by the processor':<46}{took.cpu:>9,.1f} s")
    if count:
        print(f"{f'  a {unit}, by the processor':<46}{took.cpu / count * 1000:>9,.1f} ms")
    print(
        f"{'  memory of all its processes at most':<46}{took.peak_mib:>9,.0f} MiB in {took.processes}",
        flush=True,
    )


def _sizes(home: Path) -> Iterator[tuple[str, int]]:
    """What lies in the home, without the landing directory, which belongs to the source."""
    for path in sorted(home.iterdir()):
        files = (
            [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and not p.is_symlink()]
        )
        size = sum(one.stat().st_blocks * 512 for one in files)
        if size >= 2**20 and path.name != "landing":
            yield path.name, size
