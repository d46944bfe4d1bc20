"""Many portals are built by several processes, with the same bytes as by one."""

import multiprocessing
import os
import pickle
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.portal_data.customer import Overrides
from core.portal_data.stored import PortalInputs
from core.settings import Settings
from core.sites import assets_dir
from core.store.metric_store import MetricStore
from site_build import workers
from site_build.assets import shared_files
from site_build.build_some import build_some
from site_build.gather import together
from site_build.workers import build_over
from tests.builders import Events, call, evaluation, outcome, publish, session, tool_call
from tests.site_build.conftest import NOW, everything


def _inputs() -> list[PortalInputs]:
    made = [everything(), everything("cust_b", "portal_B"), everything(portal_id="portal_C")]
    return [PortalInputs(one, {}, Overrides()) for one in made]


_ONE = PortalInputs(everything(), {}, Overrides())


def _named(customer_id: str, portal_id: str) -> PortalInputs:
    return replace(_ONE, portal=replace(_ONE.portal, customer_id=customer_id, portal_id=portal_id))


def _files(settings: Settings) -> dict[str, bytes]:
    found = sorted(p for p in settings.sites_dir.glob("portal_*/*"))
    return {str(p.relative_to(settings.sites_dir)): p.read_bytes() for p in found}


def test_several_processes_make_the_same_bytes_as_one(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    shared, inputs = shared_files(assets_dir(settings)), _inputs()
    metrics = MetricStore.open(settings.published_dir, threads=1)
    alone = {done.portal_id: done for done in build_some(settings, shared, metrics, inputs, NOW)}
    metrics.close()
    by_one = _files(settings)
    parts = [inputs[:1], inputs[1:2], inputs[2:]]
    shared_out = {done.portal_id: done for done in build_over(2, settings, shared, parts, NOW)}
    assert shared_out == alone and len(alone) == 3
    assert _files(settings) == by_one
    assert capfd.readouterr().err == ""


def test_what_a_process_that_cannot_work_leaves_undone_is_told(settings: Settings, tmp_path: Path) -> None:
    shared = shared_files(assets_dir(settings))
    nowhere = replace(settings, home=tmp_path / "nowhere")
    told = list(build_over(2, nowhere, shared, [[one] for one in _inputs()], NOW))
    assert sorted(done.portal_id for done in told) == ["portal_A", "portal_B", "portal_C"]
    assert all(done.reason for done in told)


class _Deadly:
    """Whoever is given it ends at once."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (3,)


def test_a_process_that_dies_harms_no_part_but_its_own(settings: Settings) -> None:
    shared, (first, *others) = shared_files(assets_dir(settings)), _inputs()
    deadly = replace(first, reports=(_Deadly(),))  # type: ignore[arg-type]
    told = list(build_over(2, settings, shared, [[deadly], *([one] for one in others)], NOW))
    assert {done.portal_id: done.reason is None for done in told} == {
        "portal_A": False,
        "portal_B": True,
        "portal_C": True,
    }
    assert len(told) == 3


def test_a_process_whose_parent_is_gone_ends_without_a_word(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    shared = shared_files(assets_dir(settings))
    worker = context.Process(target=workers._work, args=(theirs, settings, shared, NOW))
    worker.start()
    theirs.close()
    ours.close()
    worker.join()
    assert worker.exitcode == 0 and capfd.readouterr().err == ""


def test_processes_that_die_as_they_start_keep_nobody_waiting(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = shared_files(assets_dir(settings))
    made = [everything(f"cust_{n}", f"portal_{n}") for n in range(200)]
    # Without its library no interpreter comes up; a share of these is more than a pipe holds.
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    inputs = [PortalInputs(one, {}, Overrides()) for one in made]
    assert len(pickle.dumps(inputs[:90])) > 65_536
    parts = [inputs[:90], inputs[90:180], inputs[180:]]
    told = list(build_over(2, settings, shared, parts, NOW))
    assert sorted(done.portal_id for done in told) == sorted(one.portal_id for one in made)
    assert all(done.reason for done in told)


@given(
    rows=st.lists(st.one_of(st.integers(0, 9_000), st.integers(0, 700_000)), max_size=260),
    portals=st.lists(st.integers(0, 259), max_size=40),
)
@example(rows=[0] * 201, portals=[])
@example(rows=[300_000] * 9, portals=[3, 3])
def test_parts_hold_every_portal_once_and_not_too_many_rows(rows: list[int], portals: list[int]) -> None:
    customers = [*range(len(rows)), *portals]
    inputs = [_named(f"cust_{customer}", f"portal_{number}") for number, customer in enumerate(customers)]
    of_customer = {f"cust_{customer}": count for customer, count in enumerate(rows)}
    parts = [[one.portal for one in part] for part in together(inputs, of_customer)]
    built = [portal.portal_id for part in parts for portal in part]
    assert sorted(built) == sorted(one.portal.portal_id for one in inputs)
    known = [sorted({portal.customer_id for portal in part}) for part in parts]
    assert sum(map(len, known)) == len(set(customers))
    for names in known:
        assert 0 < len(names) <= 150
        # One customer alone may have any number.
        assert len(names) == 1 or sum(of_customer.get(name, 0) for name in names) <= 500_000


@given(customers=st.integers(1, 700), processes=st.integers(1, 8))
def test_the_last_parts_are_small_so_that_nobody_waits_long(customers: int, processes: int) -> None:
    inputs = [_named(f"cust_{number:03}", f"portal_{number:03}") for number in range(customers)]
    left = customers
    parts = together(inputs, {}, processes)
    assert [one for part in parts for one in part] == inputs
    for part in parts:
        assert len(part) <= max(25, left // processes)
        left -= len(part)
    # Each costs something, however few it holds.
    assert all(len(part) >= 25 for part in parts[:-1])


def test_every_row_of_every_fact_counts(tmp_path: Path) -> None:
    events = Events(
        llm_requests=[call(), call(status="error"), call(latency_ms=None), call(customer_id="cust_b")],
        sessions=[session(), session(outcome=None, handoff=None)],
        tool_calls=[tool_call(), tool_call(status="error"), tool_call(args_hash="a" * 64)],
        evaluations=[
            evaluation(),
            evaluation(name="tone"),
            evaluation(passed=None),
            evaluation(passed=False),
        ],
        outcomes=[outcome(), outcome(name="deals", unit="count")],
    )
    with closing(MetricStore.open(publish(tmp_path, events), threads=1)) as metrics:
        assert metrics.rows_by_customer() == {"cust_a": 3 + 2 + 3 + 4 + 2, "cust_b": 1}
