"""Runs whose process is gone are marked as failed, and the places they held in pools are free again.

Dagster's daemon asks no process whether it lives, and frees the places of runs only while it runs itself; a build that
is started by hand would wait for ever for a place that a dead one holds.
"""

import os
from datetime import UTC
from pathlib import Path

import dagster as dg

from core.settings import Settings
from pipeline import build
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home

# What runs in the process of a command says which that is: until its first step nothing else would.
PROCESS_TAG = "proofline/process"
_UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
_SAID = "The process of this run ended without a word; what it had not finished was not published."
# How far the clocks of events and of processes may differ.
_SECONDS_OFF = 2.0


def reap(settings: Settings, found: dg.DagsterInstance, job: str) -> int:
    """Marks builds as failed whose process is gone: while nobody holds the pipeline's lock, none is at work."""
    try:
        with build.lock(Home(settings.home)):
            begun = found.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED))
            return _fail(found, [*(run for run in begun if not _is_alive(found, run)), *_never_begun(found)])
    except AlreadyRunningError:
        return 0


def reap_all(found: dg.DagsterInstance) -> int:
    """Marks runs of every job whose process is gone, for who starts the daemon: all are below it, or dead."""
    begun = found.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
    return _fail(found, [run for run in begun if not _is_alive(found, run)])


def this_process() -> str:
    """This process as the value of `PROCESS_TAG`."""
    return f"{os.getpid()} {os.uname().nodename}"


def _fail(found: dg.DagsterInstance, dead: list[dg.DagsterRun]) -> int:
    for run in dead:
        found.report_run_failed(run, _SAID)
    _free_places(found)
    return len(dead)


def _free_places(found: dg.DagsterInstance) -> None:
    storage = found.event_log_storage
    for run_id in storage.get_concurrency_run_ids():
        run = found.get_run_by_id(run_id)
        if run is None or run.is_finished:
            storage.free_concurrency_slots_for_run(run_id)


def _never_begun(found: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs of commands that were killed before they had begun."""
    waiting = found.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.NOT_STARTED]))
    return [
        one.dagster_run
        for one in waiting
        if (told := one.dagster_run.tags.get(PROCESS_TAG))
        and not _is_process(told, one.create_timestamp.replace(tzinfo=UTC).timestamp())
    ]


def _is_process(told: str, at: float) -> bool:
    pid, _, machine = told.partition(" ")
    return machine != os.uname().nodename or _lives_since(int(pid), at)


def _is_alive(found: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the process that the run last told of is there, and was when it told."""
    told = found.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    for entry in reversed(told):
        metadata = entry.get_dagster_event().engine_event_data.metadata
        if "pid" in metadata:
            return _lives_since(int(str(metadata["pid"].value)), entry.timestamp)
    return False


def _lives_since(pid: int, at: float) -> bool:
    """Whether this process is there and no younger than that: numbers are given again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        began = _booted() + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return _answers(pid)
    return fields[0] != "Z" and began <= at + _SECONDS_OFF


def _answers(pid: int) -> bool:
    """As far as systems without /proc can tell."""
    if Path("/proc/self/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _booted() -> float:
    """When the machine started, in seconds of the epoch."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    raise ValueError("the system does not say when it started")
