"""Promise: an erased customer is nowhere in what is kept, nothing brings them back, and nobody else notices."""

import gzip
import json
import os
import random
import signal
import string
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
import zstandard

from core.erasures import Erasure, find_erasure, request_erasure
from core.settings import Settings
from core.sites import site_dir
from core.store.control import open_control_store
from pipeline import build, erasure, publish, transform
from pipeline.erasure.record import is_genuine
from pipeline.errors import NotPublishedError
from pipeline.home import Home
from pipeline.ingest.raw_store import RawStore
from tests.builders.kept import keep_everywhere, mentions, portal_id, report_id, rows_of
from tests.pipeline.ingest.otlp.conftest import event, span, traces
from tests.pipeline.ingest.rows import call, outcome, price, tool_call, whole_session
from tests.pipeline.runs import NOW, land, published, run, settings_in

ZETA = "cust_zeta"
DAY = "2026-11-18T10:00:00Z"


def _canary(kind: str) -> str:
    return f"{kind}_{''.join(random.Random(kind).choices(string.ascii_letters, k=24))}"


ACME, AGENT, MODEL, WORD = (_canary(kind) for kind in ("cust", "agent", "model", "word"))
CANARIES = [ACME, AGENT, MODEL, WORD]


def _theirs(number: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table, a canary in each text; they are the newest there are."""
    who = {"customer_id": ACME, "agent_id": AGENT, "started_at": "2026-11-19T12:00:00Z"}
    return {
        "llm_requests": [call(f"a{number}-{n}-{WORD}", **who, model=MODEL, session_id=WORD) for n in range(40)],
        "sessions": [whole_session(f"s{number}-{WORD}", **who, intent=WORD)],
        "tool_calls": [tool_call(f"t{number}-{WORD}", **who, tool_name=WORD)],
        "evaluations": [
            {"evaluation_id": WORD, "evaluated_at": DAY, "customer_id": ACME, "agent_id": AGENT, "name": WORD}
        ],
        "outcomes": [outcome(f"o{number}-{WORD}", customer_id=ACME, name=WORD)],
        "baselines": [
            {"baseline_id": WORD, "customer_id": ACME, "metric_id": "x", "label": WORD, "value": 1, "source": "manual"}
        ],
        "budgets": [
            {"budget_id": f"b1-{WORD}", "scope": "customer", "scope_id": ACME, "period": "daily", "limit_usd": 1,
             "valid_from": DAY},
            {"budget_id": f"b2-{WORD}", "scope": "agent", "scope_id": AGENT, "period": "daily", "limit_usd": 1,
             "valid_from": DAY},
        ],
        "prices": [price(MODEL, customer_id=ACME)],
        "customers": [{"customer_id": ACME, "name": WORD}],
        "agents": [{"agent_id": AGENT, "name": WORD}],
    }  # fmt: skip


def _others() -> dict[str, list[dict[str, Any]]]:
    who = {"customer_id": ZETA, "agent_id": "agent_1", "started_at": DAY}
    return {
        "llm_requests": [call(f"z{n}", **who) for n in range(30)],
        "sessions": [whole_session("z1", **who)],
        "tool_calls": [tool_call("z1", **who)],
        "evaluations": [],
        "outcomes": [outcome("z1", customer_id=ZETA)],
        "baselines": [],
        "budgets": [
            {"budget_id": "z1", "scope": "agent", "scope_id": "agent_1", "period": "daily", "limit_usd": 1,
             "valid_from": DAY}
        ],
        "prices": [price("gpt-4o")],
        "customers": [{"customer_id": ZETA, "name": "Zeta"}],
        "agents": [{"agent_id": "agent_1", "name": "One"}],
    }  # fmt: skip


def _land_all(landing: Path) -> None:
    """Both customers together in files of every format, broken lines, and traces."""
    theirs, others = _theirs(), _others()
    for table in theirs:
        rows = [*theirs[table][:2], *others[table], *theirs[table][2:]]
        land(landing, f"{table}/day.jsonl", rows)
    calls = [*_theirs(1)["llm_requests"], call("z-gz", customer_id=ZETA), *_theirs(2)["llm_requests"]]
    lines = "".join(json.dumps(row) + "\n" for row in calls).encode()
    (landing / "llm_requests" / "packed.jsonl.gz").write_bytes(gzip.compress(lines))
    (landing / "llm_requests" / "packed.jsonl.zst").write_bytes(
        zstandard.ZstdCompressor().compress(lines.replace(b"z-gz", b"z-zst"))
    )
    (landing / "llm_requests" / "cut.jsonl.gz").write_bytes(gzip.compress(lines)[:-20])
    columns = list(call("z-csv"))
    csv = [",".join(columns), *(",".join(str(call(f"c{n}-{WORD}", customer_id=c)[name]) for name in columns)
           for n, c in enumerate([ACME, ACME])),
           ",".join(str(call("z-csv", customer_id=ZETA)[name]) for name in columns), f"broken,{ACME}"]  # fmt: skip
    (landing / "llm_requests" / "sheet.csv").write_text("\n".join(csv) + "\n")
    rows = [call(f"p-{WORD}", customer_id=ACME, agent_id=AGENT), call("z-parquet", customer_id=ZETA)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), landing / "llm_requests" / "p.parquet")
    broken = [f'{{"request_id": "x", "customer_id": "{ACME}", "started', '{"request_id": 1'[:-1], "not JSON"]
    (landing / "llm_requests" / f"{ACME}.jsonl").write_text(
        "\n".join([*broken, json.dumps(call("z-odd", customer_id=ZETA))]) + "\n"
    )
    _land_traces(landing)


def _land_traces(landing: Path) -> None:
    model = {"gen_ai.operation.name": "chat", "gen_ai.request.model": MODEL, "gen_ai.usage.input_tokens": 5,
             "gen_ai.usage.output_tokens": 5}  # fmt: skip
    top = span(1, {"gen_ai.operation.name": "invoke_agent", "customer.id": ACME, "gen_ai.agent.name": AGENT})
    both = "1" * 32
    documents = [
        traces(top, span(2, model, parent=1), span(9, {"note": WORD})),
        traces(
            span(3, {"customer.id": ZETA, **model, "gen_ai.request.model": "gpt-4o"}, trace=both),
            span(4, {"customer.id": ACME}, trace=both),
        ),
    ]
    land(landing, "otlp/traces.jsonl", documents)
    land(
        landing,
        f"otlp/{ACME}/own.jsonl",
        [traces(span(5, model, trace="2" * 32), resource={"service.name": WORD})],
    )
    logs = [
        event("business.outcome", {"customer_id": ACME, "name": WORD, "value": 1.0, "unit": "usd"}),
        event("business.outcome", {"customer_id": ZETA, "name": "revenue", "value": 1.0, "unit": "usd"}),
        event(
            "gen_ai.evaluation.result",
            {"gen_ai.evaluation.name": WORD},
            traceId=top["traceId"],
            spanId=top["spanId"],
        ),
    ]
    scoped = [{"scope": {"name": "s"}, "logRecords": logs}]
    land(
        landing,
        "otlp/logs.jsonl",
        [{"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": scoped}]}],
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home and a landing directory of two customers after a run, with everything else that may be kept."""
    root = tmp_path_factory.mktemp("before")
    settings = settings_in(root / "home")
    _land_all(root / "landing")
    run(settings, root / "landing", "first")
    land(
        root / "landing",
        "llm_requests/later.jsonl",
        [*_theirs(3)["llm_requests"], call("z-later", customer_id=ZETA)],
    )
    run(settings, root / "landing", "second")
    _keep_everything(settings)
    return root


def _keep_everything(settings: Settings) -> None:
    store = open_control_store(settings)
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM portals")
        keep_everywhere(connection, ACME, "acme", WORD)
        keep_everywhere(connection, ZETA, "zeta", "of zeta")
        for table in ("custom_metrics", "alert_rules", "portals"):  # made to be counted, not to be read
            connection.exec_driver_sql(f"DELETE FROM {table}" if table != "portals" else "SELECT 1")
    store.close()
    for mark, text in (("acme", WORD), ("zeta", "of zeta")):
        for folder in (site_dir(settings, portal_id(mark)), settings.reports_dir / report_id(mark)):
            folder.mkdir(parents=True)
            (folder / "1.pdf").write_text(text)
    (settings.home / "mails").mkdir()
    (settings.home / "mails" / "dlv_0123.eml").write_text(WORD)
    (settings.home / "mails" / "somebody.eml").write_text("of zeta")
    (settings.home / "dbt" / "logs").mkdir(parents=True, exist_ok=True)
    (settings.home / "dbt" / "logs" / "dbt.log").write_text(WORD)


@pytest.fixture
def copied(before: Path, tmp_path: Path) -> Path:
    subprocess.run(["cp", "-a", f"{before}/.", str(tmp_path)], check=True)
    return tmp_path


def _home(root: Path) -> Settings:
    return settings_in(root / "home")


def _request(settings: Settings) -> Erasure:
    store = open_control_store(settings)
    with store.writing() as connection:
        found = request_erasure(connection, ACME, by="key_1", now=datetime.now(UTC))
    store.close()
    return found


def _found(settings: Settings) -> Erasure:
    store = open_control_store(settings)
    with store.reading() as connection:
        found = find_erasure(connection, ACME)
    store.close()
    assert found is not None
    return found


def _of_others(settings: Settings) -> dict[str, list[Any]]:
    """What is published of everybody else."""
    rows = published(settings)
    mine = {
        t: [row for row in found if not any(c in str(row) for c in CANARIES)] for t, found in rows.items()
    }
    assert any(mine.values())
    return mine


def _everything_of_others(settings: Settings) -> dict[str, Any]:
    store = open_control_store(settings)
    with store.reading() as connection:
        kept = rows_of(connection)
    store.close()
    return {t: [r for r in found if WORD not in str(r) and ACME not in str(r) and "acme" not in str(r)]
            for t, found in kept.items() if t != "erasures"}  # fmt: skip


@pytest.fixture(scope="module")
def erased(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after the erasure."""
    root = tmp_path_factory.mktemp("erased")
    subprocess.run(["cp", "-a", f"{before}/.", str(root)], check=True)
    _request(_home(root))
    run(_home(root), root / "landing", "erasing")
    return root


def test_nothing_is_left_and_nobody_else_notices(before: Path, erased: Path) -> None:
    earlier, settings = _home(before), _home(erased)
    assert mentions(earlier.home, CANARIES), "there is something to find before"
    others, kept = _of_others(earlier), _everything_of_others(earlier)
    reach = _data_as_of(earlier)

    assert mentions(settings.home, CANARIES) == []
    assert _of_others(settings) == others
    assert _everything_of_others(settings) == kept
    assert _data_as_of(settings) == reach, "everybody's data reaches as far as before"
    assert (site_dir(settings, portal_id("zeta")) / "1.pdf").is_file()
    assert (settings.home / "mails" / "somebody.eml").is_file()
    assert len(list(Home(settings.home).published.glob("snap-*.duckdb"))) == 1


def _data_as_of(settings: Settings) -> Any:
    path = publish.current(Home(settings.home))
    assert path is not None
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT data_as_of FROM snapshot_info").fetchall()


def test_what_was_removed_is_told_and_signed(erased: Path) -> None:
    settings = _home(erased)
    done = _found(settings)
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
    settings = _home(copied)
    others = _of_others(settings)
    assert run(settings, copied / "landing", "again").snapshot is None, "what lies there is nothing new"
    rows = [*_theirs(7)["llm_requests"], call("z-new", customer_id=ZETA)]
    land(copied / "landing", "llm_requests/new.jsonl", rows)
    land(copied / "landing", "agents/new.jsonl", _theirs()["agents"])
    land(copied / "landing", "budgets/new.jsonl", _theirs()["budgets"])
    (copied / "landing" / "llm_requests" / "half.jsonl").write_text(f'{{"customer_id": "{ACME}", "req')
    land(
        copied / "landing",
        f"otlp/{ACME}/more.jsonl",
        [traces(span(7, {"gen_ai.request.model": MODEL}, trace="7" * 32))],
    )
    run(settings, copied / "landing", "with-new")
    assert mentions(settings.home, CANARIES) == []
    assert len(_of_others(settings)["fact_llm_requests"]) == len(others["fact_llm_requests"]) + 1
    assert _erased_rows(settings) > 40
    run(settings, copied / "landing", "full", full=True)
    assert mentions(settings.home, CANARIES) == []
    assert _erased_rows(settings) > 40
    for file in RawStore(Home(settings.home).raw).all():
        assert file.bytes == file.copy.stat().st_size


def _erased_rows(settings: Settings) -> int:
    with duckdb.connect(str(Home(settings.home).warehouse), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*), count(original) FROM raw.rejects WHERE reason = 'ERASED'"
        )
        row = found.fetchone()
    assert row is not None
    assert row[1] == 0, "counted, not quoted"
    return int(row[0])


_NIGHTLY = pytest.mark.nightly


@pytest.mark.parametrize(
    "stage", [pytest.param("planned", marks=_NIGHTLY), "ingested", pytest.param("built", marks=_NIGHTLY)]
)
def test_a_build_that_runs_while_somebody_is_erased_is_not_published(copied: Path, stage: str) -> None:
    settings = _home(copied)
    land(copied / "landing", "llm_requests/new.jsonl", [call("z-new", customer_id=ZETA)])
    before = publish.current(Home(settings.home))
    request = build.Request(copied / "landing", NOW)
    with build.lock(Home(settings.home)):
        plan = build.plan(settings, request, _nobody)
        if stage == "planned":
            _request(settings)
        ingested = build.run_ingest(settings, request, plan, "r", _nobody)
        if stage == "ingested":
            _request(settings)
        transform.run(settings, ingested.database, rebuild_all=ingested.rebuild_all)
        if stage == "built":
            _request(settings)
        if stage == "planned":
            publish.publish(settings, ingested.database, run_id="r")
        else:
            with pytest.raises(NotPublishedError, match="erased while this was built"):
                publish.publish(settings, ingested.database, run_id="r")
            assert publish.current(Home(settings.home)) == before
            build.discard(settings, "r")
    run(settings, copied / "landing", "next")
    run(settings, copied / "landing", "after")
    assert mentions(settings.home, CANARIES) == []
    assert _found(settings).is_done


@pytest.mark.parametrize(
    "point",
    [
        "erasure.after_copy:9",
        "erasure.after_record:1",
        *(
            pytest.param(point, marks=_NIGHTLY)
            for point in (
                "erasure.after_copy:1",
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
    settings = _home(copied)
    others = _of_others(settings)
    _request(settings)
    assert _killed_at(point, copied) == -signal.SIGKILL
    assert not _found(settings).is_done
    run(settings, copied / "landing", "next")
    assert _found(settings).is_done
    assert mentions(settings.home, CANARIES) == []
    assert _of_others(settings) == others


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
    _request(settings)
    assert run(settings, tmp_path / "landing", "r").snapshot is None
    assert _found(settings).is_done
    assert mentions(settings.home, CANARIES) == []


def test_the_last_customer_can_be_erased(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    land(
        tmp_path / "landing",
        "llm_requests/a.jsonl",
        [row | {"model": "gpt-4o"} for n in range(4) for row in _theirs(n)["llm_requests"]],
    )
    run(settings, tmp_path / "landing", "first")
    _request(settings)
    run(settings, tmp_path / "landing", "erasing")
    assert published(settings)["fact_llm_requests"] == []
    assert mentions(settings.home, [ACME, AGENT, WORD]) == []


@pytest.mark.nightly
def test_an_agent_that_works_for_somebody_else_keeps_its_name(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    rows = [call("a", customer_id=ACME), call("z", customer_id=ZETA)]
    land(tmp_path / "landing", "llm_requests/a.jsonl", rows)
    land(tmp_path / "landing", "agents/a.jsonl", [{"agent_id": "agent_1", "name": "One"}])
    run(settings, tmp_path / "landing", "first")
    _request(settings)
    run(settings, tmp_path / "landing", "erasing")
    assert [row[1] for row in published(settings)["dim_agents"]] == ["One"]


def test_the_pipeline_says_that_an_erasure_waits(copied: Path) -> None:
    settings = _home(copied)
    assert build.due(settings, copied / "landing", settled_before=0) == []
    waiting = _request(settings)
    assert build.due(settings, copied / "landing", settled_before=0) == [
        f"erasures wait: {waiting.erasure_id}"
    ]
    assert erasure.read(settings).pending == (waiting,)


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
