"""Reports are built by a child that is watched: it may be killed at any time, and the parent goes on."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.portal_data.stored import PortalInputs
from core.settings import Settings
from core.store.metric_store import MetricStore
from site_build.report.build import build_report
from site_build.report.job import ReportJob, ReportNotBuilt
from site_build.report.worker import ReportWorker, resident_mib
from tests.builders import card, portal
from tests.site_build.report.papers import job_of


@pytest.fixture(scope="module")
def home(published: Path) -> Settings:
    return Settings(home=published)


@pytest.fixture(scope="module")
def worker(home: Settings) -> Iterator[ReportWorker]:
    with ReportWorker(home) as found:
        yield found


@pytest.fixture
def job() -> ReportJob:
    return job_of(portal(card("cost.total", "line"), card("usage.sessions.total")))


def test_one_child_builds_many_and_all_are_what_this_process_builds(
    worker: ReportWorker, home: Settings, job: ReportJob
) -> None:
    first, second = worker.build(job), worker.build(job_of())
    child = worker.process_id
    assert worker.build(job).pdf == first.pdf and worker.process_id == child
    metrics = MetricStore.open(home.published_dir)
    assert build_report(home, metrics, job).pdf == first.pdf
    assert build_report(home, metrics, job_of()).pdf == second.pdf
    metrics.close()


def test_a_child_that_was_killed_is_replaced(worker: ReportWorker, job: ReportJob) -> None:
    worker.build(job)
    before = worker.process_id
    assert before is not None
    os.kill(before, signal.SIGKILL)
    # Whether the loss is seen before or after the job was handed over, the next one is built.
    try:
        made = worker.build(job)
    except ReportNotBuilt as lost:
        assert "ended early" in lost.message
        made = worker.build(job)
    assert made.pages >= 3 and worker.process_id != before


@pytest.mark.nightly
def test_a_child_that_has_built_many_is_replaced(home: Settings, job: ReportJob) -> None:
    with ReportWorker(home, per_child=2) as worker:
        children = []
        for _ in range(3):
            worker.build(job)
            children.append(worker.process_id)
    assert children[0] == children[1] != children[2] and not any(map(_is_alive, children))


def test_too_long_is_ended_and_said(
    worker: ReportWorker, job: ReportJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.build(job)
    child = worker.process_id
    monkeypatch.setattr(worker, "_seconds", 0.01)
    with pytest.raises(ReportNotBuilt, match="it took more than 0.01 seconds; show fewer metrics"):
        worker.build(job_of())
    assert worker.process_id is None and not _is_alive(child)
    monkeypatch.undo()
    assert worker.build(job).pages >= 3


def test_too_much_is_ended_and_said(
    worker: ReportWorker, job: ReportJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.build(job)
    child = worker.process_id
    assert resident_mib(child) > 50
    monkeypatch.setattr(worker, "_most_mib", 20)
    with pytest.raises(ReportNotBuilt, match="it needed .* MiB, more than the 20 MiB"):
        worker.build(job_of())
    assert not _is_alive(child)


def test_a_job_that_fails_says_why_and_harms_no_other(worker: ReportWorker, job: ReportJob) -> None:
    nobody = replace(job, inputs=PortalInputs(None, {}, job.inputs.overrides))  # type: ignore[arg-type]
    with pytest.raises(ReportNotBuilt, match="AttributeError"):
        worker.build(nobody)
    child = worker.process_id
    assert worker.build(job).pages >= 3 and worker.process_id == child


def test_before_anything_is_published_it_says_so(tmp_path: Path, job: ReportJob) -> None:
    with (
        ReportWorker(Settings(home=tmp_path)) as worker,
        pytest.raises(ReportNotBuilt, match="Nothing has been published"),
    ):
        worker.build(job)


def test_the_child_ends_with_its_worker(home: Settings, job: ReportJob) -> None:
    with ReportWorker(home) as worker:
        worker.build(job)
        child = worker.process_id
        assert _is_alive(child)
    assert not _is_alive(child)


def _is_alive(process_id: int | None) -> bool:
    return process_id is not None and Path(f"/proc/{process_id}").exists()
