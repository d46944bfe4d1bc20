"""What the Dagster UI tells of each model beyond dbt's own events: its rows, its columns, and where they come from.

dagster-dbt can fetch the same, but asks the database about each model and its parents in turn and reads all SQL anew
after every run, which takes longer than a small run itself. The columns are declared, so their lineage follows from
the SQL alone: it is worked out while dbt is still busy, and remembered until the SQL changes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt.asset_utils import default_metadata_from_dbt_resource_props
from dagster_dbt.core.dbt_cli_event import EventHistoryMetadata, _build_column_lineage_metadata
from dagster_dbt.core.dbt_cli_invocation import DbtCliInvocation

_LINEAGE = "dagster/column_lineage"
_MEMORY = "lineage.json"


def with_facts(invocation: DbtCliInvocation, database: Path) -> Iterator[Any]:
    """dbt's events, each model's with its rows, columns and lineage; begins when dbt has closed the database."""
    lineage = _Lineage(invocation)
    told = [(event, lineage.of(event)) for event in invocation.stream()]
    lineage.remember()
    rows = _row_counts(database)
    for event, columns in told:
        more = {**columns, **_rows_of(event, invocation.manifest, rows)}
        yield event.with_metadata({**event.metadata, **more}) if more else event


class _Lineage:
    """Columns of models and what they are made of, from declared columns and compiled SQL."""

    def __init__(self, invocation: DbtCliInvocation) -> None:
        self._invocation = invocation
        self._used: dict[str, str] = {}

    def of(self, event: Any) -> dict[str, Any]:
        """The metadata of a model's event; of any other event none."""
        node = _model(event, self._invocation.manifest)
        if node is None:
            return {}
        digest = self._digest(node)
        known = self._known.get(digest)
        found = (
            self._worked_out(node) if known is None else dg.deserialize_value(known, dg.TableColumnLineage)
        )
        self._used[digest] = dg.serialize_value(found)
        return {**default_metadata_from_dbt_resource_props(node), _LINEAGE: found}

    def remember(self) -> None:
        """Keeps what was worked out for the next run, and forgets what no model has any more."""
        if self._used.keys() - self._known.keys():
            self._memory.write_text(json.dumps(self._known | self._used))

    @property
    def _memory(self) -> Path:
        return self._invocation.target_path / _MEMORY

    @cached_property
    def _known(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._memory.read_text())
        except (OSError, ValueError):
            return {}
        return known

    def _digest(self, node: Mapping[str, Any]) -> str:
        parts = (
            node["raw_code"],
            self._columns(node),
            {name: self._columns(p) for name, p in self._parents(node)},
        )
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _worked_out(self, node: Mapping[str, Any]) -> dg.TableColumnLineage:
        metadata = _build_column_lineage_metadata(
            event_history_metadata=EventHistoryMetadata(
                columns=self._columns(node),
                parents={parent["relation_name"]: self._columns(parent) for _, parent in self._parents(node)},
            ),
            dbt_resource_props=dict(node),
            manifest=self._invocation.manifest,
            dagster_dbt_translator=self._invocation.dagster_dbt_translator,
            target_path=self._invocation.target_path,
            project=self._invocation.project,
        )
        found: dg.TableColumnLineage = metadata[_LINEAGE]
        return found

    def _parents(self, node: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        manifest = self._invocation.manifest
        names = manifest["parent_map"].get(node["unique_id"], [])
        return [(name, manifest["nodes"].get(name) or manifest["sources"][name]) for name in names]

    def _columns(self, node: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        # The type of a source's column is the ingest's business and says nothing about where a column goes.
        return {name: {"data_type": c["data_type"] or "varchar"} for name, c in node["columns"].items()}


def _row_counts(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
        ).fetchall()
        return {name: _count(connection, name) for (name,) in names}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM main.{table}").fetchone()
    return int(row[0]) if row else 0


def _rows_of(event: Any, manifest: Mapping[str, Any], rows: Mapping[str, int]) -> dict[str, Any]:
    node = _model(event, manifest)
    if node is None or node["name"] not in rows:
        return {}
    return {"dagster/row_count": rows[node["name"]], "dagster/storage_kind": "duckdb"}


def _model(event: Any, manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if not isinstance(event, dg.Output | dg.AssetMaterialization):
        return None
    node: Mapping[str, Any] | None = manifest["nodes"].get(event.metadata["unique_id"].value)
    return node
