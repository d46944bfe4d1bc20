"""Promise: what lies in the landing directory and is not taken is named with what to do, or plainly no events."""

import os
from pathlib import Path

import pytest

from pipeline.errors import LandingMissingError
from pipeline.ingest.landing import find
from tests.pipeline.ingest.rows import GOOD
from tests.pipeline.ingest.warehouse import Warehouse


def test_files_that_no_reader_takes_are_named_with_what_to_do(warehouse: Warehouse) -> None:
    for name in [
        "a.jsonl",
        "requests/a.jsonl",
        "llm_requests/a.txt",
        "llm_requests/a.parquet.gz",
        "otlp/a.csv",
    ]:
        warehouse.land_bytes(name, GOOD)
    warehouse.land_bytes("llm_requests/a", GOOD)
    warehouse.land_bytes("llm_requests/.gz", GOOD)
    warehouse.run()
    states = warehouse.rows("SELECT path, message FROM raw.files WHERE state = 'unusable' ORDER BY ALL")
    assert [path for path, _ in states] == [
        "a.jsonl",
        "llm_requests/a",
        "llm_requests/a.parquet.gz",
        "llm_requests/a.txt",
        "otlp/a.csv",
        "requests/a.jsonl",
    ]
    messages = dict(states)
    assert (
        "is no table of the events contract. Put the file under one of: llm_requests" in messages["a.jsonl"]
    )
    assert "Use .jsonl, .csv, .parquet, or these compressed." in messages["llm_requests/a.txt"]
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 0


def test_unusable_files_are_told_as_they_are_now(warehouse: Warehouse) -> None:
    warehouse.land_bytes("requests/a.jsonl", GOOD)
    warehouse.run()
    (warehouse.landing / "requests").rename(warehouse.landing / "llm_requests")
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 1)}


@pytest.mark.parametrize(
    "name",
    [
        "llm_requests/.a.jsonl",
        "llm_requests/_a.jsonl",
        "llm_requests/a.jsonl.tmp",
        "llm_requests/a.jsonl.part",
        "llm_requests/_temporary/a.jsonl",
        "llm_requests/.hidden/a.jsonl",
        "_old/a.jsonl",
        "_complete_to",
    ],
)
def test_names_that_are_not_finished_or_no_events_are_passed_over(warehouse: Warehouse, name: str) -> None:
    warehouse.land_bytes(name, GOOD)
    assert find(warehouse.landing) == []


def test_what_cannot_be_opened_is_told_and_waits(warehouse: Warehouse) -> None:
    (warehouse.landing / "llm_requests").mkdir()
    (warehouse.landing / "llm_requests/link.jsonl").symlink_to("nowhere")
    os.mkfifo(warehouse.landing / "llm_requests/pipe.jsonl")
    warehouse.land_bytes("llm_requests/good.jsonl", GOOD)
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/good.jsonl": ("loaded", 1),
        "llm_requests/link.jsonl": ("unusable", 0),
        "llm_requests/pipe.jsonl": ("unusable", 0),
    }
    assert warehouse.one("SELECT message FROM raw.files WHERE path LIKE '%link%'") == "leads nowhere"


def test_a_file_that_may_not_be_read_is_told(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    monkeypatch.setattr(os, "access", lambda *_: False)
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("unusable", 0)}
    monkeypatch.undo()
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 1)}


def test_a_folder_that_may_not_be_listed_is_told(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.land_bytes("llm_requests/closed/a.jsonl", GOOD)
    warehouse.land_bytes("llm_requests/b.jsonl", GOOD)
    scan = os.scandir

    def closed(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/b.jsonl": ("loaded", 1),
        "llm_requests/closed": ("unusable", 0),
    }


def test_a_folder_may_be_named_as_a_file(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl/part-1.jsonl", GOOD)
    (warehouse.landing / "llm_requests/empty.parquet").mkdir()
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl/part-1.jsonl": ("loaded", 1)}


def test_links_to_folders_are_followed_once(warehouse: Warehouse, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.jsonl").write_bytes(GOOD)
    (elsewhere / "round").symlink_to(warehouse.landing)
    (warehouse.landing / "llm_requests").symlink_to(elsewhere)
    assert [file.relative for file in find(warehouse.landing)] == ["llm_requests/a.jsonl"]


def test_a_landing_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LandingMissingError, match="nowhere cannot be read. Create it, or name another"):
        find(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(LandingMissingError):
        find(tmp_path / "file")
