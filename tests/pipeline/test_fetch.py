"""Landing files come from an object store once each, whole, and never from outside it."""

import secrets
from pathlib import Path

import fsspec
import pytest

from pipeline import fetch as fetching
from pipeline.fetch import FetchError, fetch
from pipeline.ingest.landing import LandingFile, find


@pytest.fixture
def bucket() -> str:
    return f"memory://bucket-{secrets.token_hex(4)}"


def put(bucket: str, name: str, content: bytes) -> None:
    with fsspec.open(f"{bucket}/{name}", "wb") as file:
        file.write(content)


def test_what_is_new_or_changed_is_copied_and_the_rest_left_alone(tmp_path: Path, bucket: str) -> None:
    put(bucket, "events/llm_requests/a.jsonl", b"1\n")
    put(bucket, "events/otlp/cust_a/traces.jsonl", b"{}\n")
    assert (fetch(f"{bucket}/events", tmp_path).files, fetch(f"{bucket}/events", tmp_path).files) == (2, 0)
    put(bucket, "events/llm_requests/a.jsonl", b"1\n2\n")
    again = fetch(f"{bucket}/events", tmp_path)
    assert (again.files, again.bytes, again.unchanged) == (1, 4, 1)
    assert (tmp_path / "llm_requests" / "a.jsonl").read_bytes() == b"1\n2\n"
    assert [f.relative for f in find(tmp_path) if isinstance(f, LandingFile)] == [
        "llm_requests/a.jsonl",
        "otlp/cust_a/traces.jsonl",
    ]


def test_a_file_that_somebody_cleared_away_here_does_not_come_back(tmp_path: Path, bucket: str) -> None:
    put(bucket, "llm_requests/a.jsonl", b"1\n")
    fetch(bucket, tmp_path)
    (tmp_path / "llm_requests" / "a.jsonl").unlink()
    assert fetch(bucket, tmp_path).files == 0


@pytest.mark.parametrize(
    "name",
    ["../out.jsonl", "sessions/../../out.jsonl", "sessions/a\nb.jsonl", "_temporary/a", "a/.b", "x.part"],
)
def test_names_that_lead_elsewhere_or_are_no_events_are_left_there(name: str) -> None:
    assert not fetching._is_wanted(name)


def test_completeness_is_told_after_everything_it_speaks_for(
    tmp_path: Path, bucket: str, monkeypatch
) -> None:
    order: list[str] = []
    copied = fetching._copied
    monkeypatch.setattr(fetching, "_copied", lambda s, f, t: order.append(f.relative) or copied(s, f, t))
    for name in ("_complete_to", "sessions/b.jsonl", "zzz/c.jsonl"):
        put(bucket, name, b"2026-11-20T00:00:00Z")
    fetch(bucket, tmp_path)
    assert order[-1] == "_complete_to" and len(order) == 3


def test_a_copy_that_breaks_off_leaves_nothing_that_could_be_read(
    tmp_path: Path, bucket: str, monkeypatch
) -> None:
    put(bucket, "sessions/a.jsonl", b"1\n")
    store, _ = fsspec.core.url_to_fs(bucket)

    def broken(path: str, target: str) -> None:
        Path(target).write_bytes(b"1")
        raise OSError("the connection is gone")

    monkeypatch.setattr(store, "get_file", broken)
    with pytest.raises(OSError, match="gone"):
        fetch(bucket, tmp_path)
    assert list((tmp_path / "sessions").iterdir()) == []
    monkeypatch.undo()
    assert fetch(bucket, tmp_path).files == 1


@pytest.mark.parametrize("url", ["nostore://bucket/x", "memory://nothing-here"])
def test_an_address_that_cannot_be_read_says_so(tmp_path: Path, url: str) -> None:
    if url.startswith("memory"):
        assert fetch(url, tmp_path).files == 0
    else:
        with pytest.raises(FetchError, match="no address of a store"):
            fetch(url, tmp_path)
