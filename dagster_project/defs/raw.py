"""Landing files → raw tables: one step loads all that is new, checked row by row against the events contract."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from core.contract import OTLP_FOLDER, TABLES
from dagster_project.defs.landing import OWNER
from dagster_project.session import BuildConfig, Pipeline
from pipeline import build, status
from pipeline.ingest.tables import EVENT_TABLES

GROUP = "raw"
DERIVED = {
    "merged_sessions": (
        "One row per session: its partial rows merged, whatever source they came from.",
        ["sessions"],
    ),
    "list_prices": (
        "Prices per million tokens from the price list, for every model that was called.",
        ["llm_requests"],
    ),
    "touched": (
        "The customers and UTC days that this run's rows touch; the models rebuild exactly these.",
        list(EVENT_TABLES),
    ),
    "state": (
        "What a run notes for the next one: up to when the data is complete, versions, the run's id.",
        [],
    ),
}


def _table_spec(name: str, description: str) -> dg.AssetSpec:
    sources = [name, *([OTLP_FOLDER] if name in EVENT_TABLES else [])]
    return _spec(
        name,
        f"{description}. One row per key: the newest version of every good row that was ever delivered.",
        [dg.AssetKey(["landing", source]) for source in sources],
    )


def _spec(name: str, description: str, deps: list[dg.AssetKey]) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", name],
        deps=deps,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb", "table"},
        description=description,
        skippable=True,
    )


RAW_SPECS = [
    *(_table_spec(table.name, table.description) for table in TABLES.values()),
    *(
        _spec(name, text, [dg.AssetKey(["raw", source]) for source in sources])
        for name, (text, sources) in DERIVED.items()
    ),
]
_CHECKS = [
    dg.AssetCheckSpec(
        "every_row_was_accepted",
        asset=["raw", table],
        description="No row of the table was rejected; rejected rows are listed by `proofline status`.",
    )
    for table in TABLES
]


@dg.multi_asset(
    specs=RAW_SPECS,
    can_subset=False,
    pool="warehouse",
    description="Stores new landing files, loads every good row, and finds out which days must be rebuilt.",
)
def ingest(context: dg.AssetExecutionContext, config: BuildConfig, pipeline: Pipeline) -> Iterator[Any]:
    if not pipeline.try_lock():
        context.log.warning("Another build is running; this one ends here and changes nothing.")
        return
    request = config.request(pipeline.settings)
    plan = build.plan(pipeline.settings, request, pipeline.tell)
    for name in plan.waiting:
        context.log.warning(f"{name} changed while it was read; it waits for the next run.")
    if plan.is_empty:
        context.log.info("Nothing new has landed; nothing is built.")
        return
    context.log.info(f"Building, because {'; '.join(plan.reasons)}.")
    started = time.monotonic()
    ingested = build.run_ingest(pipeline.settings, request, plan, context.run_id, pipeline.tell)
    report = status.of_build(ingested.database)
    for spec in RAW_SPECS:
        metadata = _metadata(report, spec.key.path[-1])
        metadata["seconds_of_all_tables"] = dg.MetadataValue.float(round(time.monotonic() - started, 2))
        yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)


@dg.multi_asset_check(
    specs=_CHECKS,
    name="every_row_was_accepted",
    description="Warns where rows were rejected.",
)
def accepted(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> Iterator[dg.AssetCheckResult]:
    database = pipeline.home.build(context.run.run_id)
    rejected = status.rejected(database if database.exists() else pipeline.home.warehouse)
    for table, rows in rejected.items():
        yield _accepted(table, rows)


def _metadata(report: status.Status, table: str) -> dict[str, dg.MetadataValue]:
    counts = report.tables.get(table)
    if counts is None:
        return {}
    return {
        "dagster/row_count": dg.MetadataValue.int(counts.rows),
        "files": dg.MetadataValue.int(counts.files),
        "rejected": dg.MetadataValue.int(counts.rejected),
        "duplicates": dg.MetadataValue.int(counts.duplicates),
        "superseded": dg.MetadataValue.int(counts.superseded),
        "late": dg.MetadataValue.int(counts.late),
        "rejects": dg.MetadataValue.md(_reject_table(report, table)),
        "rows_by_day": dg.MetadataValue.md(status.day_chart(report, table)),
    }


def _reject_table(report: status.Status, table: str) -> str:
    rows = [reject for reject in report.rejects if reject.table == table]
    if not rows:
        return "None."
    lines = (f"| {r.reason} | {r.message} | {r.rows} | `{r.example}` |" for r in rows)
    return "\n".join(["| reason | what is wrong | rows | for example |", "|---|---|---|---|", *lines])


def _accepted(table: str, rejected: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="every_row_was_accepted",
        asset_key=["raw", table],
        passed=rejected == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rejected": rejected},
    )


defs = dg.Definitions(assets=[ingest], asset_checks=[accepted])
