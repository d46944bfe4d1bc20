"""What is wrong with what is served, and with what should go on by itself, is found."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.delivery.outbox import Item, OutboxKind, enqueue
from core.doctor import State, published, work
from core.settings import Settings
from core.sites import INDEX, site_dir
from core.store.control import open_control_store
from core.store.control.report_tables import REPORT_OCCURRENCES, REPORTS
from core.store.control.tables import OUTBOX
from tests.core.doctor.installations import NOW, PRODUCTION, case, heard, the_one


def test_a_snapshot_whose_bytes_changed_is_found(sound: Path) -> None:
    name = (sound / "published" / "CURRENT").read_text().strip()
    file = sound / "published" / name
    content = bytearray(file.read_bytes())
    content[-1] ^= 0xFF
    noted = {"sha256": "0" * 64}
    file.with_suffix(".json").write_text(json.dumps(noted))
    assert "not those that were published" in the_one(published.check_snapshot(case(sound))).told
    file.with_suffix(".json").unlink()
    file.write_bytes(b"nothing that DuckDB wrote")
    assert "damaged" in the_one(published.check_snapshot(case(sound))).told


@pytest.mark.parametrize("pointer", ["snap-9-000000000000.duckdb", "../control.sqlite", ""])
def test_a_pointer_to_nothing_is_found(sound: Path, pointer: str) -> None:
    (sound / "published" / "CURRENT").write_text(pointer)
    assert the_one(published.check_snapshot(case(sound))).state is State.FAIL


def test_an_old_snapshot_is_told(sound: Path) -> None:
    found = the_one(published.check_snapshot(case(sound, NOW + timedelta(days=30))))
    assert found.state is State.WARN and found.told.startswith("Old:")


def test_portals_without_pages_are_named(sound: Path) -> None:
    site_dir(Settings(home=sound), "portal_custa").joinpath(INDEX).unlink()
    assert "portal_custa" in the_one(published.check_sites(case(sound))).told


def test_a_silent_daemon_is_told_and_fails_production(sound: Path) -> None:
    heard(sound, NOW - timedelta(hours=3))
    assert the_one(work.check_daemon(case(sound))).state is State.WARN
    assert the_one(work.check_daemon(case(sound, **PRODUCTION))).state is State.FAIL


def test_deliveries_that_were_given_up_or_that_nobody_sends_are_counted(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        for number in range(3):
            item = Item(kind=OutboxKind.MAIL_OPERATOR, dedupe_key=str(number), now=NOW - timedelta(hours=2))
            enqueue(connection, item)
        connection.execute(OUTBOX.update().where(OUTBOX.c.dedupe_key == "0").values(state="dead"))
    kept.close()
    late, dead = (one.told for one in work.check_deliveries(case(sound)))
    assert late.startswith("2 have waited") and dead.startswith("1 were given up")


def test_reports_that_are_overdue_or_stuck_are_counted(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        connection.execute(
            REPORTS.insert().values(
                report_id="r", portal_id="portal_custa", name="Monthly", is_active=True, definition_json="{}",
                due_after=NOW, created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        for number, state in enumerate(("due", "held", "failed", "failed", "built")):
            connection.execute(
                REPORT_OCCURRENCES.insert().values(
                    occurrence_id=str(number), report_id="r", due_at=NOW - timedelta(hours=2 + number),
                    is_by_hand=True, period_start=NOW, period_end=NOW, zone="UTC", state=state, waiting_since=NOW,
                    attempt=0, next_attempt_at=NOW - timedelta(hours=2), created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
    kept.close()
    overdue, stuck = (one.told for one in work.check_reports(case(sound)))
    assert overdue.startswith("1 are overdue") and stuck == "1 held and 2 failed."
