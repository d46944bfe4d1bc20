"""Promise: a damaged file is set aside whole and told of; the others are loaded whatever happens to it."""

import gzip
import io
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.ingest.opened import Bounds
from pipeline.ingest.raw_store import StoredFile
from tests.pipeline.ingest.rows import GOOD, call
from tests.pipeline.ingest.warehouse import Warehouse


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
    (stored,) = warehouse.take_all()
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
