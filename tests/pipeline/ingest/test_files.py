"""Promise: a file is loaded once, wherever it lies and whatever it is called, and again only when it changes."""

import gzip
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.ingest import raw_store
from pipeline.ingest.landing import LandingFile, complete_to, find
from pipeline.ingest.raw_store import Changing, RawStore, StoredFile
from tests.pipeline.ingest.rows import GOOD, call, tool_call
from tests.pipeline.ingest.warehouse import NOW, Warehouse


def test_an_empty_file_is_loaded_and_says_so(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", b"")
    warehouse.land_bytes("llm_requests/blank.jsonl", b"\n \n\t\n")
    warehouse.land_bytes("tool_calls/a.jsonl", b"")
    warehouse.land_bytes("tool_calls/header.csv", b"tool_call_id,customer_id\n")
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/a.jsonl": ("loaded", 0),
        "llm_requests/blank.jsonl": ("loaded", 0),
        "tool_calls/a.jsonl": ("loaded", 0),
        "tool_calls/header.csv": ("loaded", 0),
    }
    assert warehouse.one("SELECT count(*) FROM raw.files WHERE message = 'The file is empty'") == 2


def test_a_name_of_any_bytes_is_loaded(warehouse: Warehouse) -> None:
    folder = warehouse.landing / "llm_requests"
    folder.mkdir()
    for i, name in enumerate([b"\xff\xfe.jsonl", "é\n'\"[*].jsonl".encode(), b"a b\\.jsonl"]):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(json.dumps(call(f"r{i}")).encode())
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 3
    assert "llm_requests/\\udcff\\udcfe.jsonl" in warehouse.files()


def test_the_same_content_under_another_name_is_the_same_file(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    warehouse.run()
    warehouse.land_bytes("llm_requests/b.jsonl", GOOD)
    (warehouse.landing / "llm_requests/a.jsonl").touch()
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 1)}
    assert warehouse.one("SELECT count(*) FROM raw.replaced") == 0


def test_a_file_moved_to_the_right_folder_or_name_is_read_there(warehouse: Warehouse) -> None:
    warehouse.land("llm_requests/a.csv", [tool_call()])
    warehouse.run()
    (warehouse.landing / "llm_requests/a.csv").rename(warehouse.landing / "llm_requests/a.jsonl")
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.tool_calls") == 0
    (warehouse.landing / "tool_calls").mkdir()
    (warehouse.landing / "llm_requests/a.jsonl").rename(warehouse.landing / "tool_calls/a.jsonl")
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.tool_calls") == 1


def test_a_file_that_changes_while_it_is_read_waits(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    hit = raw_store._copy_and_hash

    def growing(file: LandingFile, target: Path) -> tuple[str, int, int]:
        result = hit(file, target)
        path.write_bytes(GOOD + GOOD)
        return result

    monkeypatch.setattr(raw_store, "_copy_and_hash", growing)
    warehouse.run()
    assert (warehouse.waiting, warehouse.files()) == (["llm_requests/a.jsonl"], {})
    assert list(warehouse.store.root.iterdir()) == []
    monkeypatch.undo()
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 2)}


def test_a_file_that_is_gone_when_it_is_its_turn_waits(warehouse: Warehouse) -> None:
    path = warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    (file,) = find(warehouse.landing)
    assert isinstance(file, LandingFile)
    path.unlink()
    assert warehouse.store.take(file, now=NOW) == Changing("llm_requests/a.jsonl")


def test_copies_are_exact_and_described(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(GOOD))
    (stored,) = warehouse.take_all()
    assert isinstance(stored, StoredFile)
    assert stored.copy.read_bytes() == gzip.compress(GOOD)
    assert warehouse.store.get(stored.sha256) == stored
    assert list(RawStore(warehouse.store.root).all()) == [stored]


def test_a_copy_that_is_gone_is_made_again(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    (stored,) = warehouse.take_all()
    assert isinstance(stored, StoredFile)
    stored.copy.unlink()
    assert warehouse.take_all() == [stored]
    assert stored.copy.read_bytes() == GOOD


def test_two_files_of_one_content_may_arrive_at_once(warehouse: Warehouse) -> None:
    for i in range(30):
        warehouse.land_bytes(f"llm_requests/{i}.jsonl", GOOD)
    files = [f for f in find(warehouse.landing) if isinstance(f, LandingFile)]
    taken: list[object] = []
    threads = [
        threading.Thread(
            target=lambda part=part: taken.extend(warehouse.store.take(f, now=NOW) for f in part)
        )
        for part in (files[::2], files[1::2])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(str, taken))) == 1
    assert len(list(warehouse.store.root.iterdir())) == 2


@pytest.mark.parametrize("memory", ["", "5", "[1]", '{"llm_requests/a.jsonl": 5}', "{"])
def test_a_damaged_memory_of_seen_files_only_costs_time(warehouse: Warehouse, memory: str) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    (warehouse.store.root / "seen.cache").write_text(memory)
    warehouse.store = RawStore(warehouse.store.root)
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl": ("loaded", 1)}


def test_a_file_seen_before_is_not_read_again_until_it_changes(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    (first,) = warehouse.take_all()
    warehouse.store.remember()
    store = RawStore(warehouse.store.root)
    (file,) = find(warehouse.landing)
    assert isinstance(file, LandingFile)
    assert isinstance(first, StoredFile)
    monkeypatch.setattr(raw_store, "_copy_and_hash", lambda *_: pytest.fail("it was read again"))
    assert store.take(file, now=NOW) == first
    assert store.waiting([file], {first.sha256}, NOW.timestamp() + 1e9) == []
    monkeypatch.undo()
    path.write_bytes(GOOD + GOOD)
    assert store.waiting([file], {first.sha256}, NOW.timestamp() + 1e9) != []
    assert store.take(file, now=NOW) != first


def test_complete_to_is_one_instant_and_never_later_than_now(tmp_path: Path) -> None:
    assert complete_to(tmp_path, now=NOW) is None
    marker = tmp_path / "_complete_to"
    for text, wanted in {
        "2026-11-20T00:00:00Z\n": datetime(2026, 11, 20, tzinfo=UTC),
        "2026-11-20": datetime(2026, 11, 20, tzinfo=UTC),
        "2026-11-20T02:00:00+02:00": datetime(2026, 11, 20, tzinfo=UTC),
        "2030-01-01T00:00:00Z": NOW,
    }.items():
        marker.write_text(text)
        assert complete_to(tmp_path, now=NOW) == wanted
    for text in ["", "yesterday", "2026-11-20T24:00:00Z", "0001-01-01T00:00:00+14:00"]:
        marker.write_text(text)
        with pytest.raises(PipelineError, match="Write one ISO instant there"):
            complete_to(tmp_path, now=NOW)
