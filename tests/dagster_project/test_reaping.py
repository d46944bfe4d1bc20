"""Promise: what was killed holds up nobody: its run is marked as failed, and its places are free at the next start."""

import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest

from core.settings import Settings
from dagster_project import local, reaping
from pipeline.build import lock
from pipeline.home import Home

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")

STARTED = dg.DagsterRunStatus.STARTED


@pytest.fixture
def instance(installation: Settings) -> Iterator[dg.DagsterInstance]:
    with local.instance(installation) as found:
        yield found


@pytest.fixture(scope="module")
def dead_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    return ended.pid


def _run_of(
    instance: dg.DagsterInstance, job: str, status: dg.DagsterRunStatus = STARTED, **tags: str
) -> dg.DagsterRun:
    from dagster_project.definitions import defs

    return instance.create_run_for_job(defs.resolve_job_def(job), status=status, tags=tags)


def _status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


def _told_by(instance: dg.DagsterInstance, run: dg.DagsterRun, pid: int) -> None:
    from dagster._core.events import EngineEventData

    instance.report_engine_event("Started process for run.", run, EngineEventData.in_process(pid))


def test_a_command_that_was_killed_before_its_run_began_leaves_no_run_waiting(
    installation: Settings, instance: dg.DagsterInstance, dead_pid: int
) -> None:
    machine = reaping.this_process().partition(" ")[2]
    new, tag = dg.DagsterRunStatus.NOT_STARTED, reaping.PROCESS_TAG
    dead = _run_of(instance, local.JOB, new, **{tag: f"{dead_pid} {machine}"})
    alive = _run_of(instance, local.JOB, new, **{tag: reaping.this_process()})
    elsewhere = _run_of(instance, local.JOB, new, **{tag: f"{dead_pid} another.machine"})
    queued = _run_of(instance, local.JOB, new)
    assert local.reap(installation, instance) == 1
    assert _status(instance, dead) is dg.DagsterRunStatus.FAILURE
    for one in (alive, elsewhere, queued):
        assert _status(instance, one) is new
        instance.delete_run(one.run_id)


def test_a_number_that_was_given_to_another_process_since_is_no_sign_of_life(
    installation: Settings, instance: dg.DagsterInstance
) -> None:
    told = reaping.this_process().split()[0]
    assert reaping._lives_since(int(told), 9e9)
    assert not reaping._lives_since(int(told), 1e9), "it began long after that"
    assert not reaping._lives_since(0, 9e9)


def test_the_places_of_a_run_that_died_are_free_for_the_next(
    installation: Settings, instance: dg.DagsterInstance
) -> None:
    """Without a daemon nobody else would free them, and the next build would wait for ever."""
    storage = instance.event_log_storage
    dead = _run_of(instance, local.JOB)
    storage.initialize_concurrency_limit_to_default("warehouse")
    assert storage.claim_concurrency_slot("warehouse", dead.run_id, "ingest").is_claimed
    with lock(Home(installation.home)):
        assert local.reap(installation, instance) == 0
        assert storage.get_concurrency_run_ids() == {dead.run_id}, "a run that holds the lock is alive"
    assert local.reap(installation, instance) == 1
    assert storage.get_concurrency_run_ids() == set()
    assert storage.get_concurrency_info("warehouse").claimed_slots == []


def test_places_of_runs_that_are_over_or_gone_are_freed_as_well(
    installation: Settings, instance: dg.DagsterInstance
) -> None:
    storage = instance.event_log_storage
    over = _run_of(instance, local.JOB, dg.DagsterRunStatus.FAILURE)
    storage.initialize_concurrency_limit_to_default("warehouse")
    storage.claim_concurrency_slot("warehouse", over.run_id, "ingest")
    storage.claim_concurrency_slot("sites", "a run that nobody knows", "portals")
    assert local.reap(installation, instance) == 0
    assert storage.get_concurrency_run_ids() == set()


def test_who_starts_the_daemon_marks_dead_runs_of_every_job_and_none_that_lives(
    instance: dg.DagsterInstance, dead_pid: int
) -> None:
    import os

    silent, dead, alive = (_run_of(instance, "build_portals") for _ in range(3))
    _told_by(instance, dead, dead_pid)
    _told_by(instance, alive, os.getpid())
    assert reaping.reap_all(instance) == 2
    assert _status(instance, silent) is _status(instance, dead) is dg.DagsterRunStatus.FAILURE
    assert _status(instance, alive) is STARTED
    instance.delete_run(alive.run_id)
