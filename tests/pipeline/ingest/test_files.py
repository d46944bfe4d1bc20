"""Promise: a file is loaded once and whole, or it is said why not; the others are loaded whatever happens to it."""

import gzip
import io
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.errors import LandingMissingError, PipelineError
from pipeline.ingest import raw_store
from pipeline.ingest.landing import LandingFile, Unusable, complete_to, find
from pipeline.ingest.opened import Bounds
from pipeline.ingest.raw_store import Changing, RawStore, StoredFile
from tests.pipeline.ingest.rows import call, tool_call
from tests.pipeline.ingest.warehouse import NOW, Warehouse

GOOD = (json.dumps(call()) + "\n").encode()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([call(f"p{i}") for i in range(500)]), buffer)
    return buffer.getvalue()


DAMAGED = {
    "cut.jsonl.gz": gzip.compress(GOOD)[:-9],
    "trailing.jsonl.gz": gzip.compress(GOOD) + b"garbage",
    "text.jsonl.gz": GOOD,
    "empty.jsonl.gz": b"",
    "flipped.jsonl.gz": gzip.compress(GOOD)[:40] + b"\x00" + gzip.compress(GOOD)[41:],
    "bomb.jsonl.gz": gzip.compress(b" " * 20_000_000),
    "bomb.csv.gz": gzip.compress(b"0" * 2_000_000),
    "cut.jsonl.zst": zstandard.compress(GOOD)[:-3],
    "two.jsonl.zst": zstandard.compress(GOOD) + zstandard.compress(GOOD)[:20],
    "text.jsonl.zst": GOOD,
    "bomb.jsonl.zst": zstandard.compress(b"0" * 20_000_000),
    "text.parquet": GOOD,
    "empty.parquet": b"",
    "cut.parquet": _parquet()[:-20],
    "half.parquet": _parquet()[: len(_parquet()) // 2],
    "head.parquet": b"PAR1" + bytes(100) + b"PAR1",
    "empty.csv": b"",
}


def test_a_file_that_cannot_be_read_is_set_aside_whole_and_the_rest_goes_on(warehouse: Warehouse) -> None:
    for name, content in DAMAGED.items():
        warehouse.land_bytes(f"llm_requests/{name}", content)
    warehouse.land_bytes("llm_requests/good.jsonl.zst", zstandard.compress(GOOD) + zstandard.compress(b"\n"))
    warehouse.run()
    states = warehouse.files()
    assert states.pop("llm_requests/good.jsonl.zst") == ("loaded", 1)
    # An empty file of gzip or zstandard is no file of theirs, but there is nothing in it either way.
    assert states.pop("llm_requests/empty.jsonl.gz")[1] == 0
    assert states == {
        f"llm_requests/{name}": ("quarantined", 0) for name in DAMAGED if name != "empty.jsonl.gz"
    }
    assert warehouse.rows("SELECT path FROM raw.files WHERE state = 'quarantined' AND message IS NULL") == []
    assert warehouse.one("SELECT count(*) FROM raw.rejects") == 0


def test_damage_inside_a_parquet_file_sets_it_aside_whole(warehouse: Warehouse) -> None:
    content = bytearray(_parquet())
    content[4:400] = bytes(396)
    warehouse.land_bytes("llm_requests/a.parquet", bytes(content))
    warehouse.land("llm_requests/b.jsonl", [call()])
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/a.parquet": ("quarantined", 0),
        "llm_requests/b.jsonl": ("loaded", 1),
    }
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 1


def _calls(*ids: str, **more: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([call(i, **more) for i in ids]), buffer)
    return buffer.getvalue()


def test_damage_in_one_of_many_parquet_files_harms_no_other(warehouse: Warehouse) -> None:
    damaged = bytearray(_parquet())
    damaged[4:400] = bytes(396)
    warehouse.land_bytes("llm_requests/a.parquet", _calls("a1", "a2"))
    warehouse.land_bytes("llm_requests/b.parquet", bytes(damaged))
    warehouse.land_bytes("llm_requests/c.parquet", _calls("c1"))
    warehouse.land_bytes("llm_requests/d.parquet", _calls("d1", extra_column="x"))
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/a.parquet": ("loaded", 2),
        "llm_requests/b.parquet": ("quarantined", 0),
        "llm_requests/c.parquet": ("loaded", 1),
        "llm_requests/d.parquet": ("loaded", 1),
    }


def test_a_bad_row_in_one_of_many_parquet_files_is_told_with_its_file_and_row(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.parquet", _calls("a1", "a2"))
    table = pa.Table.from_pylist([call("b1"), call("b2", input_tokens=-5), call("b3")])
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    warehouse.land_bytes("llm_requests/b.parquet", buffer.getvalue())
    warehouse.run()
    assert warehouse.files() == {
        "llm_requests/a.parquet": ("loaded", 2),
        "llm_requests/b.parquet": ("loaded", 2),
    }
    told = warehouse.rows("SELECT path, row_number, reason FROM raw.rejects JOIN raw.files USING (file_id)")
    assert told == [("llm_requests/b.parquet", 2, "NEGATIVE")]
    of = warehouse.rows(
        "SELECT path, request_id FROM raw.llm_requests JOIN raw.files USING (file_id) ORDER BY ALL"
    )
    assert [(path[-9], request_id) for path, request_id in of] == [
        ("a", "a1"),
        ("a", "a2"),
        ("b", "b1"),
        ("b", "b3"),
    ]


def test_a_quarantined_file_is_not_tried_again_until_it_changes(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(GOOD)[:-9])
    warehouse.run()
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.files") == 1
    warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(GOOD))
    warehouse.run()
    assert warehouse.rows("SELECT state FROM raw.files ORDER BY file_id") == [("quarantined",), ("loaded",)]


def test_decompression_stops_at_the_sizes_that_are_set(tmp_path: Path) -> None:
    content = b"".join(
        json.dumps(call(f"r{i}", note=os.urandom(20).hex())).encode() + b"\n" for i in range(9000)
    )
    for bounds, state in [
        (Bounds(200, len(content)), "loaded"),
        (Bounds(200, len(content) - 1), "quarantined"),
        (Bounds(2, 1 << 30), "quarantined"),
    ]:
        warehouse = Warehouse(tmp_path / f"{bounds.ratio}-{bounds.max_bytes}", bounds=bounds)
        warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(content))
        warehouse.run()
        assert warehouse.files()["llm_requests/a.jsonl.gz"][0] == state
        assert not list(warehouse.options.rules.work.glob("*")) or state == "loaded"
        warehouse.connection.close()


def test_small_files_may_be_as_dense_as_one_repeated_line_is(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(GOOD * 2000))
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl.gz": ("loaded", 2000)}


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


def test_a_file_that_fails_while_it_is_read_is_told_and_the_rest_goes_on(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    warehouse.land_bytes("llm_requests/b.jsonl", GOOD + GOOD)
    read = Path.open

    def failing(path: Path, *more: str, **named: str) -> object:
        if path == warehouse.landing / "llm_requests/a.jsonl":
            raise OSError(5, "Input/output error")
        return read(path, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", failing)
    warehouse.run()
    assert warehouse.files()["llm_requests/a.jsonl"] == ("unusable", 0)
    assert "Input/output error" in warehouse.one("SELECT message FROM raw.files WHERE state = 'unusable'")
    monkeypatch.undo()
    warehouse.run()
    assert warehouse.files()["llm_requests/a.jsonl"] == ("loaded", 1)


def test_a_full_disk_is_not_blamed_on_the_file(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl.gz", gzip.compress(GOOD))
    (stored,) = _take_all(warehouse)
    assert isinstance(stored, StoredFile)
    read = Path.open

    def full(path: Path, *more: str, **named: str) -> object:
        if path.parent == warehouse.options.rules.work:
            raise OSError(28, "No space left on device")
        return read(path, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OSError, match="No space left"):
        warehouse.run()
    monkeypatch.undo()
    warehouse.run()
    assert warehouse.files() == {"llm_requests/a.jsonl.gz": ("loaded", 1)}


def test_links_to_folders_are_followed_once(warehouse: Warehouse, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.jsonl").write_bytes(GOOD)
    (elsewhere / "round").symlink_to(warehouse.landing)
    (warehouse.landing / "llm_requests").symlink_to(elsewhere)
    assert [file.relative for file in find(warehouse.landing)] == ["llm_requests/a.jsonl"]


def test_a_name_of_any_bytes_is_loaded(warehouse: Warehouse) -> None:
    folder = warehouse.landing / "llm_requests"
    folder.mkdir()
    for i, name in enumerate([b"\xff\xfe.jsonl", "é\n'\"[*].jsonl".encode(), b"a b\\.jsonl"]):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(json.dumps(call(f"r{i}")).encode())
    warehouse.run()
    assert warehouse.one("SELECT count(*) FROM raw.llm_requests") == 3
    assert "llm_requests/\\udcff\\udcfe.jsonl" in warehouse.files()


def test_a_landing_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LandingMissingError, match="nowhere cannot be read. Create it, or name another"):
        find(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(LandingMissingError):
        find(tmp_path / "file")


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
    (stored,) = _take_all(warehouse)
    assert isinstance(stored, StoredFile)
    assert stored.copy.read_bytes() == gzip.compress(GOOD)
    assert warehouse.store.get(stored.sha256) == stored
    assert list(RawStore(warehouse.store.root).all()) == [stored]


def test_a_copy_that_is_gone_is_made_again(warehouse: Warehouse) -> None:
    warehouse.land_bytes("llm_requests/a.jsonl", GOOD)
    (stored,) = _take_all(warehouse)
    assert isinstance(stored, StoredFile)
    stored.copy.unlink()
    assert _take_all(warehouse) == [stored]
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
    (first,) = _take_all(warehouse)
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


def _take_all(warehouse: Warehouse) -> list[StoredFile | Changing | Unusable]:
    found = [f for f in find(warehouse.landing) if isinstance(f, LandingFile)]
    return [warehouse.store.take(f, now=NOW) for f in found]
