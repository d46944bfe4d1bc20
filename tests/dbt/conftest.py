"""A small landing directory, ingested by the pipeline and built by one dbt call with every test there is."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.settings import load
from pipeline import build, transform
from tests.dbt.given import LANDING


@dataclass(frozen=True)
class Built:
    """What the dbt call left: its database, its own words, and the folder of its results."""

    database: Path
    output: str
    target: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """dbt's description of the project, with the SQL of every check as it was run."""
        return dict(json.loads((self.target / "manifest.json").read_text()))

    @cached_property
    def outcomes(self) -> dict[str, str]:
        """What became of every model, check and unit test, by its id."""
        results = json.loads((self.target / "run_results.json").read_text())["results"]
        return {result["unique_id"]: result["status"] for result in results}

    @property
    def models(self) -> list[dict[str, Any]]:
        return [node for node in self.manifest["nodes"].values() if node["resource_type"] == "model"]

    @property
    def checks(self) -> list[dict[str, Any]]:
        return [node for node in self.manifest["nodes"].values() if node["resource_type"] == "test"]

    def sql_of(self, check: str) -> str:
        """The SQL that a check ran, which gives one row for each thing that is wrong."""
        return next(str(node["compiled_code"]) for node in self.checks if node["name"] == check)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("dbt")
    settings = load({"PROOFLINE_HOME": str(home)})
    request = build.Request(_landing(home / "given"), datetime(2026, 11, 2, tzinfo=UTC))
    plan = build.plan(settings, request, _silent)
    database = build.run_ingest(settings, request, plan, "once", _silent).database
    output = _dbt(transform.environment(settings, database))
    return Built(database, output, transform.target(settings))


@pytest.fixture
def spoilt(built: Built, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database again under the same name, to be spoilt: the checks' own SQL runs on it."""
    copy = tmp_path / built.database.name
    shutil.copyfile(built.database, copy)
    with duckdb.connect(str(copy)) as connection:
        yield connection


def _landing(root: Path) -> Path:
    for table, rows in LANDING.items():
        (root / table).mkdir(parents=True)
        (root / table / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


def _dbt(variables: dict[str, str]) -> str:
    """Unlike the pipeline's own call it runs the unit tests too, and fails where dbt would only warn."""
    program, project = str(Path(sys.executable).with_name("dbt")), str(transform.PROJECT)
    command = [
        program,
        "--warn-error",
        "--no-use-colors",
        "build",
        "--full-refresh",
        "--project-dir",
        project,
    ]
    result = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def _silent(what: str, done: int, total: int) -> None:
    pass
