"""A later correction of a period that was reported makes a version of its own; what says the same makes none."""

from datetime import timedelta

from core.store.control.report_archives import Archived, archived_of_portals
from core.store.control.tables import OUTBOX
from site_build.report_runs.due import build_due, note
from site_build.report_runs.restate import Restatements, is_anything_to_compare, restate
from tests.site_build.report_runs.conftest import NINE, Stage, events

LATER = NINE + timedelta(hours=2)


def reported(stage: Stage) -> None:
    note(stage.settings, stage.store, stage.metrics, now=NINE)
    build_due(stage.settings, stage.store, stage.metrics, clock=lambda: NINE, build=stage.build)


def compared(stage: Stage) -> Restatements:
    return restate(stage.settings, stage.store, stage.metrics, clock=lambda: LATER, build=stage.build)


def versions(stage: Stage, portal_id: str = "portal_custa") -> list[Archived]:
    with stage.store.reading() as connection:
        return archived_of_portals(connection, [portal_id])[portal_id]


def queued(stage: Stage) -> int:
    with stage.store.reading() as connection:
        return len(connection.execute(OUTBOX.select()).all())


def test_the_same_numbers_make_no_version(stage: Stage) -> None:
    reported(stage)
    assert not is_anything_to_compare(stage.settings, stage.store, stage.metrics)
    stage.publish(events(), 2)
    assert is_anything_to_compare(stage.settings, stage.store, stage.metrics)
    found = compared(stage)
    assert (found.compared, found.restated, found.failures) == (2, [], [])
    assert len(versions(stage)) == 1
    assert not is_anything_to_compare(stage.settings, stage.store, stage.metrics)


def test_a_correction_makes_a_version_that_says_in_what_and_nobody_is_sent_it(stage: Stage) -> None:
    reported(stage)
    before = queued(stage)
    stage.publish(events("2.5"), 2)
    found = compared(stage)
    assert [one.portal_id for one in found.restated] == ["portal_custa"]
    newest, first = versions(stage)
    assert (newest.n, newest.restates, newest.due_at) == (2, 1, None)
    assert newest.period == first.period and newest.snapshot != first.snapshot
    assert [(c.before, c.after) for c in newest.changes] == [("36", "60")]
    restates = stage.jobs[-1].restates
    assert restates is not None and restates.number == 1 and restates.brief is not None
    assert queued(stage) == before
    assert len(versions(stage, "portal_custb")) == 1
    # The next snapshot is compared with the version of now.
    stage.publish(events("2.5"), 3)
    assert compared(stage).restated == [] and len(versions(stage)) == 2


def test_a_comparison_that_takes_too_long_goes_on_the_next_time(stage: Stage) -> None:
    reported(stage)
    stage.publish(events("2.5"), 2)
    found = restate(
        stage.settings, stage.store, stage.metrics, clock=lambda: LATER, build=stage.build, seconds=-1
    )
    assert not found.is_complete and found.compared == 0
    assert compared(stage).compared == 2
