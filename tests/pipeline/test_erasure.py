"""Promise: an erased customer is nowhere in what is kept, nothing brings them back, and nobody else notices."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.sites import site_dir
from core.store.control import open_control_store
from pipeline import build, erasure, publish, transform
from pipeline.erasure.record import is_genuine
from pipeline.errors import NotPublishedError
from pipeline.home import Home
from pipeline.ingest.raw_store import RawStore
from tests.builders.kept import keep_everywhere, mentions, portal_id
from tests.pipeline.erasable import (
    ACME,
    AGENT,
    CANARIES,
    MODEL,
    WORD,
    ZETA,
    ask_for_erasure,
    data_as_of,
    erasable_rows,
    erased_rows,
    erasure_of,
    everything_of_others,
    keep_everything,
    land_all,
    of_others,
    settings_of,
)
from tests.pipeline.ingest.otlp.conftest import span, traces
from tests.pipeline.ingest.rows import call
from tests.pipeline.runs import NOW, land, published, run, run_parsed, settings_in


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and a landing directory of two customers after a run, with everything else that may be kept."""
    root = tmp_path_factory.mktemp("before")
    settings = settings_in(root / "home")
    land_all(root / "landing")
    run(settings, root / "landing", "first")
    land(
        root / "landing",
        "llm_requests/later.jsonl",
        [*erasable_rows(3)["llm_requests"], call("z-later", customer_id=ZETA)],
    )
    run(settings, root / "landing", "second")
    keep_everything(settings)
    return root


@pytest.fixture
def copied(before: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", f"{before}/.", str(tmp_path)], check=True)
    return tmp_path


@pytest.fixture(scope="module")
def erased(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after the erasure."""
    root = tmp_path_factory.mktemp("erased")
    subprocess.run(["cp", "-a", f"{before}/.", str(root)], check=True)
    ask_for_erasure(settings_of(root))
    run(settings_of(root), root / "landing", "erasing")
    return root


def test_nothing_is_left_and_nobody_else_notices(before: Path, erased: Path) -> None:
    earlier, settings = settings_of(before), settings_of(erased)
    assert mentions(earlier.home, CANARIES), "there is something to find before"
    others, kept = of_others(earlier), everything_of_others(earlier)
    reach = data_as_of(earlier)

    assert mentions(settings.home, CANARIES) == []
    assert of_others(settings) == others
    assert everything_of_others(settings) == kept
    assert data_as_of(settings) == reach, "everybody's data reaches as far as before"
    assert (site_dir(settings, portal_id("zeta")) / "1.pdf").is_file()
    assert (settings.home / "mails" / "somebody.eml").is_file()
    assert len(list(Home(settings.home).published.glob("snap-*.duckdb"))) == 1


def test_what_was_removed_is_told_and_signed(erased: Path) -> None:
    settings = settings_of(erased)
    done = erasure_of(settings)
    assert done.is_done
    assert done.record is not None
    removed = done.record["removed"]
    assert removed["stored files: rows"] > 150
    assert removed["stored files: unreadable, emptied"] == 1
    assert removed["published snapshots"] == 2
    assert removed["sites: files"] == removed["archives of reports: files"] == 1
    assert removed["control store: portal_webhooks"] == 1
    assert json.loads((settings.erasures_dir / f"{done.erasure_id}.json").read_text()) == done.record
    assert is_genuine(settings, done.record)
    assert not is_genuine(settings, {**done.record, "removed": {}})


def test_files_that_still_hold_them_do_not_bring_them_back(erased: Path, tmp_path: Path) -> None:
    copied = tmp_path
    subprocess.run(["cp", "-a", f"{erased}/.", str(copied)], check=True)
    settings = settings_of(copied)
    others = of_others(settings)
    assert run(settings, copied / "landing", "again").snapshot is None, "what lies there is nothing new"
    rows = [*erasable_rows(7)["llm_requests"], call("z-new", customer_id=ZETA)]
    land(copied / "landing", "llm_requests/new.jsonl", rows)
    land(copied / "landing", "agents/new.jsonl", erasable_rows()["agents"])
    land(copied / "landing", "budgets/new.jsonl", erasable_rows()["budgets"])
    (copied / "landing" / "llm_requests" / "half.jsonl").write_text(f'{{"customer_id": "{ACME}", "req')
    land(
        copied / "landing",
        f"otlp/{ACME}/more.jsonl",
        [traces(span(7, {"gen_ai.request.model": MODEL}, trace="7" * 32))],
    )
    run(settings, copied / "landing", "with-new")
    assert mentions(settings.home, CANARIES) == []
    assert len(of_others(settings)["fact_llm_requests"]) == len(others["fact_llm_requests"]) + 1
    assert erased_rows(settings) > 40
    run(settings, copied / "landing", "full", full=True)
    assert mentions(settings.home, CANARIES) == []
    assert erased_rows(settings) > 40
    for file in RawStore(Home(settings.home).raw).all():
        assert file.bytes == file.copy.stat().st_size


_NIGHTLY = pytest.mark.nightly


@pytest.mark.nightly
@pytest.mark.parametrize("stage", ["planned", "ingested", "built"])
def test_a_build_that_runs_while_somebody_is_erased_is_not_published(copied: Path, stage: str) -> None:
    settings = settings_of(copied)
    land(copied / "landing", "llm_requests/new.jsonl", [call("z-new", customer_id=ZETA)])
    before = publish.current(Home(settings.home))
    request = build.Request(copied / "landing", NOW)
    with build.lock(Home(settings.home)):
        plan = build.plan(settings, request, _nobody)
        if stage == "planned":
            ask_for_erasure(settings)
        ingested = build.run_ingest(settings, request, plan, "r", _nobody)
        if stage == "ingested":
            ask_for_erasure(settings)
        transform.run(settings, ingested.database, rebuild_all=ingested.rebuild_all)
        if stage == "built":
            ask_for_erasure(settings)
        if stage == "planned":
            publish.publish(settings, ingested.database, run_id="r")
        else:
            with pytest.raises(NotPublishedError, match="erased while this was built"):
                publish.publish(settings, ingested.database, run_id="r")
            assert publish.current(Home(settings.home)) == before
            build.discard(settings, "r")
    run_parsed(settings, copied / "landing", "next")
    run_parsed(settings, copied / "landing", "after")
    assert mentions(settings.home, CANARIES) == []
    assert erasure_of(settings).is_done


@pytest.mark.parametrize(
    "point",
    [
        "erasure.after_copy:9",
        *(
            pytest.param(point, marks=_NIGHTLY)
            for point in (
                "erasure.after_copy:1",
                "erasure.after_record:1",
                "ingest.after_ledger:1",
                "publish.after_replace:1",
                "erasure.after_snapshots:1",
                "erasure.after_files:1",
                "erasure.after_compact:1",
            )
        ),
    ],
)
def test_an_erasure_that_is_killed_is_finished_by_the_next_run(copied: Path, point: str) -> None:
    settings = settings_of(copied)
    others = of_others(settings)
    ask_for_erasure(settings)
    assert _killed_at(point, copied) == -signal.SIGKILL
    assert not erasure_of(settings).is_done
    run_parsed(settings, copied / "landing", "next")
    assert erasure_of(settings).is_done
    assert mentions(settings.home, CANARIES) == []
    assert of_others(settings) == others


_CHILD = """
import sys
from pathlib import Path
from tests.pipeline.runs import run, settings_in
root = Path(sys.argv[1])
run(settings_in(root / "home"), root / "landing", "killed")
"""


def _killed_at(point: str, root: Path) -> int:
    environment = os.environ | {"PROOFLINE_FAULT_POINT": point}
    return subprocess.run(
        [sys.executable, "-c", _CHILD, str(root)],
        env=environment,
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
    ).returncode


def test_who_is_only_in_the_control_store_is_erased_without_a_build(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    store = open_control_store(settings)
    with store.writing() as connection:
        keep_everywhere(connection, ACME, "acme", WORD)
    store.close()
    (tmp_path / "landing").mkdir()
    ask_for_erasure(settings)
    assert run(settings, tmp_path / "landing", "r").snapshot is None
    assert erasure_of(settings).is_done
    assert mentions(settings.home, CANARIES) == []


def test_the_last_customer_can_be_erased(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    land(
        tmp_path / "landing",
        "llm_requests/a.jsonl",
        [row | {"model": "gpt-4o"} for n in range(4) for row in erasable_rows(n)["llm_requests"]],
    )
    run_parsed(settings, tmp_path / "landing", "first")
    ask_for_erasure(settings)
    run_parsed(settings, tmp_path / "landing", "erasing")
    assert published(settings)["fact_llm_requests"] == []
    assert mentions(settings.home, [ACME, AGENT, WORD]) == []


@pytest.mark.nightly
def test_an_agent_that_works_for_somebody_else_keeps_its_name(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rows = [call("a", customer_id=ACME), call("z", customer_id=ZETA)]
    land(tmp_path / "landing", "llm_requests/a.jsonl", rows)
    land(tmp_path / "landing", "agents/a.jsonl", [{"agent_id": "agent_1", "name": "One"}])
    run(settings, tmp_path / "landing", "first")
    ask_for_erasure(settings)
    run(settings, tmp_path / "landing", "erasing")
    assert [row[1] for row in published(settings)["dim_agents"]] == ["One"]


def test_the_pipeline_says_that_an_erasure_waits(copied: Path) -> None:
    settings = settings_of(copied)
    assert build.due(settings, copied / "landing", settled_before=0) == []
    waiting = ask_for_erasure(settings)
    assert build.due(settings, copied / "landing", settled_before=0) == [
        f"erasures wait: {waiting.erasure_id}"
    ]
    assert erasure.read(settings).pending == (waiting,)


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
