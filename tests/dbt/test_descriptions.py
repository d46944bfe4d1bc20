"""Every model, column, source and check says what it is, and what it says is so in the database."""

from pathlib import Path
from typing import Any

import yaml

from pipeline.transform import PROJECT
from tests.builders.columns import COLUMNS
from tests.dbt.conftest import Built

Schema = dict[str, str]


def columns_of(built: Built, schema: str, table: str) -> Schema:
    """The columns of a table in the database, with their types, in order."""
    rows = built.rows(f"DESCRIBE {schema}.{table}")
    return {str(name): str(type_) for name, type_, *_ in rows}


def undescribed(name: str, columns: dict[str, Any]) -> list[str]:
    return [f"{name}.{column['name']}" for column in columns.values() if not column["description"].strip()]


def is_mart(model: dict[str, Any]) -> bool:
    return bool(model["fqn"][1] == "marts")


def test_the_first_line_of_every_model_states_its_grain(built: Built) -> None:
    first_lines = {model["name"]: model["description"].strip().split("\n")[0] for model in built.models}
    assert first_lines
    assert {name: line for name, line in first_lines.items() if not line.startswith("One row")} == {}


def test_every_column_of_every_model_is_described_with_its_type(built: Built) -> None:
    for model in built.models:
        described = {name: column["data_type"].upper() for name, column in model["columns"].items()}
        assert list(described.items()) == list(columns_of(built, "main", model["name"]).items()), model[
            "name"
        ]
        assert undescribed(model["name"], model["columns"]) == []


def test_every_mart_keeps_its_contract(built: Built) -> None:
    marts = [model for model in built.models if is_mart(model)]
    assert len(marts) > 10
    assert [model["name"] for model in marts if not model["config"]["contract"]["enforced"]] == []


def test_every_table_that_is_published_is_a_mart(built: Built) -> None:
    tables = {
        name for (name,) in built.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")
    }
    marts = {model["name"] for model in built.models if is_mart(model)}
    assert marts <= tables
    assert {name for name in tables - marts if not name.startswith("int_")} == set()


def test_the_tables_that_other_tests_build_are_those_that_are_published(built: Built) -> None:
    """Only by name: a column that is of no interest there may be left out."""
    marts = {model["name"]: model["columns"].keys() for model in built.models if is_mart(model)}
    assert COLUMNS.keys() == marts.keys()
    assert [name for name, columns in COLUMNS.items() if not columns.keys() <= marts[name]] == []


def test_every_source_and_its_columns_are_described_and_exist(built: Built) -> None:
    sources = built.manifest["sources"].values()
    assert sources
    for source in sources:
        assert source["description"].strip(), source["name"]
        assert undescribed(source["name"], source["columns"]) == []
        assert source["columns"].keys() <= columns_of(built, "raw", source["name"]).keys(), source["name"]


def test_every_source_is_the_raw_asset_of_its_name(built: Built) -> None:
    for source in built.manifest["sources"].values():
        assert source["config"]["meta"]["dagster"]["asset_key"] == ["raw", source["name"]]


def test_every_check_is_a_sentence_that_dagster_shows(built: Built) -> None:
    for check in built.checks:
        assert check["description"].endswith("."), check["name"]
        assert check["config"]["meta"]["description"] == check["description"], check["name"]
        assert check["name"].count("_") >= 3, check["name"]


def test_every_mart_with_rows_of_its_own_has_a_check(built: Built) -> None:
    checked = {check["attached_node"] for check in built.checks}
    assert [
        model["name"] for model in built.models if is_mart(model) and model["unique_id"] not in checked
    ] == []


def test_a_model_is_two_files_with_one_name() -> None:
    models = {path.with_suffix("") for path in (PROJECT / "models").rglob("*.sql")}
    described = {path.with_suffix("") for path in (PROJECT / "models").rglob("*.yml") if path.name[0] != "_"}
    assert models == described
    for path in described:
        assert names_in(path.with_suffix(".yml")) == [path.name]


def test_unit_tests_stand_in_a_file_named_for_their_model() -> None:
    for path in (PROJECT / "tests" / "unit").glob("*.yml"):
        tests = yaml.safe_load(path.read_text())["unit_tests"]
        assert {test["model"] for test in tests} == {path.stem}


def names_in(path: Path) -> list[str]:
    return [model["name"] for model in yaml.safe_load(path.read_text())["models"]]
