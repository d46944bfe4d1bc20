"""A customer who can be erased, with a canary in every text, beside another one who must not notice."""

import gzip
import json
import random
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import zstandard

from core.erasures import Erasure, find_erasure, request_erasure
from core.settings import Settings
from core.sites import site_dir
from core.store.control import open_control_store
from pipeline import publish
from pipeline.home import Home
from tests.builders.kept import keep_everywhere, portal_id, report_id, rows_of
from tests.pipeline.ingest.otlp.conftest import event, span, traces
from tests.pipeline.ingest.rows import call, outcome, price, tool_call, whole_session
from tests.pipeline.runs import land, published, settings_in

ZETA = "cust_zeta"
DAY = "2026-11-18T10:00:00Z"


def _canary(kind: str) -> str:
    return f"{kind}_{''.join(random.Random(kind).choices(string.ascii_letters, k=24))}"


ACME, AGENT, MODEL, WORD = (_canary(kind) for kind in ("cust", "agent", "model", "word"))
CANARIES = [ACME, AGENT, MODEL, WORD]


def erasable_rows(number: int = 0) -> dict[str, list[dict[str, Any]]]:
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


def other_rows() -> dict[str, list[dict[str, Any]]]:
    """Rows of somebody else."""
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


def land_all(landing: Path) -> None:
    """Both customers together in files of every format, broken lines, and traces."""
    theirs, others = erasable_rows(), other_rows()
    for table in theirs:
        rows = [*theirs[table][:2], *others[table], *theirs[table][2:]]
        land(landing, f"{table}/day.jsonl", rows)
    calls = [
        *erasable_rows(1)["llm_requests"],
        call("z-gz", customer_id=ZETA),
        *erasable_rows(2)["llm_requests"],
    ]
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


def keep_everything(settings: Settings) -> None:
    """Whatever else may be kept of either: in the control store, sites, archives, mails and logs."""
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


def settings_of(root: Path) -> Settings:
    return settings_in(root / "home")


def ask_for_erasure(settings: Settings) -> Erasure:
    store = open_control_store(settings)
    with store.writing() as connection:
        found = request_erasure(connection, ACME, by="key_1", now=datetime.now(UTC))
    store.close()
    return found


def erasure_of(settings: Settings) -> Erasure:
    store = open_control_store(settings)
    with store.reading() as connection:
        found = find_erasure(connection, ACME)
    store.close()
    assert found is not None
    return found


def of_others(settings: Settings) -> dict[str, list[Any]]:
    """What is published of everybody else."""
    rows = published(settings)
    mine = {
        t: [row for row in found if not any(c in str(row) for c in CANARIES)] for t, found in rows.items()
    }
    assert any(mine.values())
    return mine


def everything_of_others(settings: Settings) -> dict[str, Any]:
    """What the control store keeps of everybody else."""
    store = open_control_store(settings)
    with store.reading() as connection:
        kept = rows_of(connection)
    store.close()
    return {t: [r for r in found if WORD not in str(r) and ACME not in str(r) and "acme" not in str(r)]
            for t, found in kept.items() if t != "erasures"}  # fmt: skip


def data_as_of(settings: Settings) -> Any:
    path = publish.current(Home(settings.home))
    assert path is not None
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT data_as_of FROM snapshot_info").fetchall()


def erased_rows(settings: Settings) -> int:
    """How many rows were refused because their customer is erased."""
    with duckdb.connect(str(Home(settings.home).warehouse), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*), count(original) FROM raw.rejects WHERE reason = 'ERASED'"
        )
        row = found.fetchone()
    assert row is not None
    assert row[1] == 0, "counted, not quoted"
    return int(row[0])
