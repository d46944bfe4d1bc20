"""What is due is built and kept once, whole, with what is to be sent; nothing is kept that nobody wants any more."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.errors import NothingPublished
from core.portals.definition import PortalStatus
from core.reports.archive import ArchiveDamaged, brief_of, csv_of, folder_of, pdf_of
from core.reports.by_hand import ask_now
from core.reports.occurrence import Occurrence, OccurrenceState
from core.reports.zones import CustomerZones
from core.store.control.portals import change_portal, find_portal
from core.store.control.report_archives import Archived, archived_of_portals
from core.store.control.report_occurrences import recent_occurrences
from core.store.control.reports import find_report, remove_report
from core.store.control.tables import OUTBOX
from site_build.report.job import ReportJob, ReportNotBuilt
from site_build.report_runs.due import MAX_ATTEMPTS, Built, build_due, is_anything_due, note
from tests.site_build.report_runs.conftest import DAY, NINE, Stage, events

A, B = "report_custa", "report_custb"


def run(stage: Stage, now: Any = NINE, build: Any = None) -> Built:
    note(stage.settings, stage.store, stage.metrics, now=now)
    return build_due(
        stage.settings, stage.store, stage.metrics, clock=lambda: now, build=build or stage.build
    )


def occurrences(stage: Stage, report_id: str = A) -> list[Occurrence]:
    with stage.store.reading() as connection:
        return recent_occurrences(connection, report_id, limit=100)


def archived(stage: Stage, portal_id: str = "portal_custa") -> list[Archived]:
    with stage.store.reading() as connection:
        return archived_of_portals(connection, [portal_id]).get(portal_id, [])


def outbox(stage: Stage) -> list[tuple[str, str, str | None]]:
    with stage.store.reading() as connection:
        rows = connection.execute(select(OUTBOX.c.report_id, OUTBOX.c.kind, OUTBOX.c.recipient))
        return sorted(tuple(row) for row in rows)  # type: ignore[arg-type]


def set_status(stage: Stage, status: PortalStatus) -> None:
    with stage.store.writing() as connection:
        before = find_portal(connection, "portal_custa", None)
        assert before is not None
        change_portal(connection, before, replace(before.definition, status=status), now=NINE)


def test_what_is_due_is_built_archived_and_queued_to_each_recipient_once(stage: Stage) -> None:
    built = run(stage)
    assert {one.report_id for one in built.archived} == {A, B} and built.failures == []
    assert [job.inputs.portal.customer_id for job in stage.jobs] == ["cust_a", "cust_b"]
    (one,) = archived(stage)
    assert (one.n, one.restates, one.pages) == (1, None, 1)
    assert one.period_end.isoformat() == "2026-11-02T00:00:00+00:00"
    assert one.numbers == {"cost.total": ("cost.total", "36")}
    assert (
        pdf_of(stage.settings, one).startswith(b"%PDF") and csv_of(stage.settings, one) == b"metric,value\n"
    )
    assert brief_of(stage.settings, one).customer_name == "cust_a"
    (occurrence,) = occurrences(stage)
    assert occurrence.state is OccurrenceState.BUILT and occurrence.archive_n == 1
    assert outbox(stage) == sorted(
        (report_id, kind, to)
        for report_id in (A, B)
        for kind, to in (
            ("mail_report", "a@x.example"),
            ("mail_report", "b@x.example"),
            ("webhook_report", None),
        )
    )
    assert run(stage, NINE + timedelta(minutes=1)).archived == [] and len(outbox(stage)) == 6


def test_nothing_of_another_customer_is_in_what_is_kept(stage: Stage) -> None:
    run(stage)
    (own,) = archived(stage)
    folder = folder_of(stage.settings, A, own.n)
    assert {path.name for path in folder.iterdir()} == {"report.pdf", "report.csv", "report.json"}
    assert "777" not in str(own.numbers) + "".join(path.read_text() for path in folder.iterdir())


def test_a_file_that_is_not_what_it_was_is_not_handed_out(stage: Stage) -> None:
    run(stage)
    (one,) = archived(stage)
    path = folder_of(stage.settings, A, 1) / "report.pdf"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArchiveDamaged, match="version 1"):
        pdf_of(stage.settings, one)
    path.unlink()
    with pytest.raises(ArchiveDamaged):
        pdf_of(stage.settings, one)


def test_without_its_data_a_report_waits_and_nothing_is_rendered(stage: Stage) -> None:
    stage.publish(events(), 2, data_as_of=NINE - DAY)
    assert run(stage).archived == [] and stage.jobs == []
    assert occurrences(stage)[0].state is OccurrenceState.WAITING
    assert not is_anything_due(stage.settings, stage.store, stage.metrics, now=NINE + timedelta(minutes=5))
    stage.publish(events(), 3)
    assert is_anything_due(stage.settings, stage.store, stage.metrics, now=NINE + timedelta(hours=3))
    assert len(run(stage, NINE + timedelta(hours=3)).archived) == 2


def test_a_report_that_fails_is_tried_again_and_harms_no_other(stage: Stage) -> None:
    def broken(job: ReportJob) -> Any:
        if job.inputs.portal.customer_id == "cust_a":
            raise ReportNotBuilt("it took more than 30 seconds")
        return stage.build(job)

    now, seen = NINE, list[bool]()
    for minutes in (0, 1, 5, 30):
        now += timedelta(minutes=minutes)
        built = run(stage, now, broken)
        seen += [failure.is_final for failure in built.failures]
    assert seen == [False] * (MAX_ATTEMPTS - 1) + [True]
    assert len(archived(stage, "portal_custb")) == 1 and archived(stage) == []
    (one,) = occurrences(stage)
    assert one.state is OccurrenceState.FAILED and one.reason == "it took more than 30 seconds"
    assert run(stage, now + timedelta(hours=5), broken).failures == []


def test_a_report_deleted_while_it_is_rendered_leaves_nothing(stage: Stage) -> None:
    def deleted_meanwhile(job: ReportJob) -> Any:
        if job.inputs.portal.customer_id == "cust_a":
            with stage.store.writing() as connection:
                remove_report(connection, A)
        return stage.build(job)

    run(stage, build=deleted_meanwhile)
    assert archived(stage) == [] and {row[0] for row in outbox(stage)} == {B}
    assert list((stage.settings.reports_dir / A).iterdir()) == []


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_portal_archived_before_or_while_it_is_rendered_has_nothing_sent(stage: Stage, when: str) -> None:
    note(stage.settings, stage.store, stage.metrics, now=NINE)

    def archived_meanwhile(job: ReportJob) -> Any:
        if job.inputs.portal.customer_id == "cust_a":
            set_status(stage, PortalStatus.ARCHIVED)
        return stage.build(job)

    if when == "before":
        set_status(stage, PortalStatus.ARCHIVED)
    run(stage, build=archived_meanwhile)
    assert archived(stage) == [] and {row[0] for row in outbox(stage)} == {B}
    assert occurrences(stage)[0].state is OccurrenceState.SKIPPED_INACTIVE


def test_whoever_lost_the_lease_keeps_nothing(stage: Stage) -> None:
    def slow(job: ReportJob) -> Any:
        if job.inputs.portal.customer_id == "cust_a" and not stage.jobs:
            built = stage.build(job)
            # Another builder takes it up after the lease, and is faster.
            assert run(stage, NINE + timedelta(minutes=2)).archived
            return built
        return stage.build(job)

    built = run(stage, build=slow)
    assert [one.n for one in archived(stage)] == [1]
    assert A not in {one.report_id for one in built.archived}
    assert len(outbox(stage)) == 6


def test_two_builders_at_once_build_everything_once(stage: Stage) -> None:
    barrier, built = threading.Barrier(3), list[Built]()

    def work() -> None:
        barrier.wait()
        built.append(run(stage))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.report_id for each in built for one in each.archived) == [A, B]
    assert len(archived(stage)) == 1 and len(outbox(stage)) == 6


def test_asked_for_by_hand_a_corrected_period_is_a_version_that_says_so(stage: Stage) -> None:
    run(stage)
    stage.publish(events("2.5"), 2)
    with stage.store.writing() as connection:
        report = find_report(connection, A, None)
        assert report is not None
        ask_now(connection, report, CustomerZones({}), now=NINE + timedelta(minutes=5), until=NINE)
    run(stage, NINE + timedelta(minutes=5))
    newest, first = archived(stage)
    assert (newest.n, newest.restates) == (2, 1) and first.restates is None
    (change,) = newest.changes
    assert (change.metric_id, change.before, change.after) == ("cost.total", "36", "60")
    restates = stage.jobs[-1].restates
    assert restates is not None and restates.number == 1


def test_a_snapshot_that_changes_meanwhile_is_noticed(stage: Stage) -> None:
    def overtaken(job: ReportJob) -> Any:
        built = stage.build(job)
        if len(stage.jobs) == 1:
            stage.publish(events("2.5"), 2)
        return built

    built = run(stage, build=overtaken)
    assert "new snapshot" in built.failures[0].reason and not built.failures[0].is_final
    assert len(run(stage, NINE + timedelta(minutes=1)).archived) == 1


def test_before_anything_is_published_nothing_is_built(stage: Stage) -> None:
    for path in stage.settings.published_dir.iterdir():
        path.unlink()
    stage.metrics.close()
    from core.store.metric_store import MetricStore

    stage.metrics = MetricStore.open(stage.settings.published_dir)
    assert run(stage).archived == []
    assert "nothing is published" in str(occurrences(stage)[0].reason)
    with pytest.raises(NothingPublished):
        stage.metrics.for_all()


_KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from core.settings import Settings
from core.store.control import open_control_store
from core.store.metric_store import MetricStore
from site_build.report_runs.due import build_due, note
from tests.site_build.report_runs.conftest import Stage

settings, now = Settings(home=Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
store, metrics = open_control_store(settings), MetricStore.open(settings.published_dir, poll_seconds=0)
stage = Stage(settings, store, metrics)
note(settings, store, metrics, now=now)
build_due(settings, store, metrics, clock=lambda: now, build=stage.build)
"""
_POINTS = ("after_render", "after_files", "after_place", "before_commit", "after_commit")


@pytest.mark.parametrize("point", _POINTS)
def test_killed_anywhere_a_report_is_built_once_by_the_next_run(stage: Stage, point: str) -> None:
    environment = os.environ | {"PROOFLINE_FAULT_POINT": f"report.{point}:1"}
    command = [sys.executable, "-c", _KILLED, str(stage.settings.home), NINE.isoformat()]
    ended = subprocess.run(command, env=environment, cwd=Path(__file__).parents[3], capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    run(stage, NINE + timedelta(seconds=46))
    for report_id, portal_id in ((A, "portal_custa"), (B, "portal_custb")):
        (one,) = archived(stage, portal_id)
        assert pdf_of(stage.settings, one)
        assert [
            path.name for path in (stage.settings.reports_dir / report_id).iterdir() if path.name[0] != "."
        ] == ["1"]
    assert len(outbox(stage)) == 6
