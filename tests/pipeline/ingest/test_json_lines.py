"""Lines of JSON read in bulk: those of the file's own shape are read faster, and none is read differently."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.contract import LLM_REQUESTS
from pipeline.ingest.by_line import by_line
from pipeline.ingest.json_reader import lines_in_bulk
from pipeline.ingest.rows import good_rows
from tests.pipeline.ingest.rows import call

COMPACT, SPACED = (",", ":"), (", ", ": ")


@dataclass(frozen=True)
class _File:
    path: Path
    file_id: int = 1
    format: str = "jsonl"
    taken_at: datetime = datetime(2026, 11, 20, 12)


def _file(folder: Path, lines: Iterable[str]) -> _File:
    path = folder / "lines.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return _File(path)


def _plain(tmp_path: Path, lines: Iterable[str]) -> list[bool]:
    """Of each line whether it is told by its shape."""
    with duckdb.connect() as connection:
        reading = lines_in_bulk(connection, LLM_REQUESTS, [_file(tmp_path, lines)])
        return [row[0] for row in connection.execute(f"SELECT is_plain FROM ({reading.sql})").fetchall()]


def _calls(count: int, **more: Any) -> list[dict[str, Any]]:
    return [call(f"r{n}", latency_ms=1.5 + n, is_retry=None, **more) for n in range(count)]


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
def test_lines_of_one_writer_have_one_shape(tmp_path: Path, separators: tuple[str, str]) -> None:
    lines = [
        json.dumps(one, separators=separators) for one in _calls(30, team={"name": "a"}, cost_usd=0.000123)
    ]
    nested = separators == SPACED  # what the contract does not know is written again without blanks
    assert _plain(tmp_path, lines) == [not nested] * 30


@pytest.mark.parametrize("separators", [COMPACT, SPACED])
def test_nulls_may_be_left_out(tmp_path: Path, separators: tuple[str, str]) -> None:
    rows = [
        {k: v for k, v in call(f"r{n}", error_type="timeout" if n % 3 else None).items() if v is not None}
        for n in range(30)
    ]
    assert _plain(tmp_path, (json.dumps(one, separators=separators) for one in rows)) == [True] * 30


@pytest.mark.parametrize(
    "odd",
    [
        '{"request_id":"x"}',
        json.dumps(call("x"), separators=SPACED),
        json.dumps(call("é"), separators=COMPACT, ensure_ascii=False),
        json.dumps(call("é"), separators=COMPACT),
        json.dumps(call('"'), separators=COMPACT),
        json.dumps(call("\x7f"), separators=COMPACT),
        json.dumps(call("x", more=1), separators=COMPACT),
        json.dumps(call(5), separators=COMPACT),  # type: ignore[arg-type]
        json.dumps(call("x"), separators=COMPACT).replace("100", "1e2"),
        json.dumps(call("x"), separators=COMPACT)[:-1] + ',"model":"other"}',
    ],
)
def test_a_line_of_another_shape_is_looked_at(tmp_path: Path, odd: str) -> None:
    usual = [json.dumps(call(f"r{n}"), separators=COMPACT) for n in range(1000)]  # as many as are sampled
    assert _plain(tmp_path, [*usual, odd]) == [True] * 1000 + [False]


def test_lines_of_many_shapes_have_none(tmp_path: Path) -> None:
    rows = [dict(sorted(call(f"r{n}").items(), reverse=n % 2 == 0)) for n in range(30)]
    assert _plain(tmp_path, (json.dumps(one, separators=COMPACT) for one in rows)) == [False] * 30


_TEXTS = st.sampled_from(
    ["a", "", " ", "null", '"', "\\", "é", "a b", "\u00a0", "7", "{}", "x" * 300, '","model":"']
)
_NUMBERS = st.sampled_from(
    [0, -1, 7, 1.5, 1e300, 123456789012345678901234, 0.1, -0.0, 1e-7, 2**63, "12", "1.50"]
)
_TIMES = st.sampled_from(
    ["2026-11-01T10:00:00Z", "2026-11-01 10:00", "2026-11-01T10:00:00+02:00", "soon", "", 5]
)
_ANYTHING = st.one_of(
    st.none(), st.booleans(), _TEXTS, _NUMBERS, _TIMES, st.just([1, "a"]), st.just({"b": None, "a": "é"})
)
_CHANGES = st.dictionaries(
    st.sampled_from([*LLM_REQUESTS.column_names, "team", "Team", "te'am", "end"]), _ANYTHING, max_size=3
)


@st.composite
def _written(draw: st.DrawFn) -> Sequence[str]:
    """Lines of one writer, with a few of others between."""
    separators, ascii_only = draw(st.sampled_from([COMPACT, SPACED])), draw(st.booleans())
    leaves_out, common = draw(st.booleans()), draw(_CHANGES)
    rows = [call(f"r{n}") | common for n in range(12)]
    rows += [call(f"x{n}") | common | draw(_CHANGES) for n in range(draw(st.integers(0, 2)))]
    rows = [{k: v for k, v in row.items() if v is not None or not leaves_out} for row in rows]
    return [
        json.dumps(row, separators=separators, ensure_ascii=ascii_only) for row in draw(st.permutations(rows))
    ]


@settings(max_examples=40, deadline=None)
@given(lines=_written(), zone=st.sampled_from(["'UTC'", "'Europe/Berlin'"]))
@example(lines=['{"request_id":"r1"}', "{}", "[]", "5", ""], zone="'UTC'")
@example(lines=["{}"] * 12, zone="'UTC'")
@example(lines=[], zone="'UTC'")
def test_in_bulk_is_as_line_by_line(lines: Sequence[str], zone: str) -> None:
    table = LLM_REQUESTS
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        file = _file(Path(folder), lines)
        in_bulk = good_rows(table, lines_in_bulk(connection, table, [file]), zone)
        with by_line(connection, table, file, Path(folder)) as one_by_one:
            by_number = good_rows(table, one_by_one.reading, zone)
            assert _sorted(connection, in_bulk) == _sorted(connection, by_number)


def _sorted(connection: duckdb.DuckDBPyConnection, rows: str) -> list[str]:
    return sorted(map(repr, connection.execute(rows).fetchall()))
