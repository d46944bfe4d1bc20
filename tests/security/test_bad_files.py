"""Hostile events and damaged files: rejected with a reason, set aside whole, or passed over."""

import gzip
import json
import random
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.upgrade import ControlStoreDamagedError
from pipeline import publish as publishing
from pipeline.ingest import raw_store
from pipeline.publish import NotPublishedError
from tests.builders import Events, publish
from tests.builders import call as built_call
from tests.builders.api import Installation
from tests.builders.served import served
from tests.builders.tokens import bearer
from tests.pipeline.ingest.rows import call, session, whole_session
from tests.pipeline.ingest.warehouse import Warehouse
from tests.pipeline.runs import settings_in
from tests.pipeline.test_publish import build_with
from tests.security.entries import Entry, entry, taken
from tests.security.stage import Line

_COUNT = "SELECT count(*) FROM raw.llm_requests"
_COST = "SELECT sum(cost_usd) FROM raw.llm_requests"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path / "home")
    yield made
    made.connection.close()


def _reasons(warehouse: Warehouse) -> list[str]:
    return [reason for _, _, reason, _ in warehouse.rejects()]


def test_an_event_counts_once_however_often_it_comes(warehouse: Warehouse) -> None:
    entry("EVNT-001")
    entry("EVNT-004")
    rows = [call(cost_usd=0.5), call(cost_usd=0.5), call("r2", cost_usd=1)]
    warehouse.land("llm_requests/a.jsonl", rows)
    warehouse.run()
    warehouse.land("llm_requests/again-under-another-name.jsonl", rows)
    warehouse.run()
    assert (warehouse.one(_COUNT), float(warehouse.one(_COST))) == (2, 1.5)
    assert warehouse.rejects() == []


def test_of_two_that_contradict_each_other_one_stands_and_one_is_told(warehouse: Warehouse) -> None:
    entry("EVNT-003")
    warehouse.land("llm_requests/a.jsonl", [call(cost_usd=1), call(cost_usd=2)])
    warehouse.run()
    assert warehouse.one(_COUNT) == 1 and _reasons(warehouse) == ["CONFLICT"]


def test_the_order_of_events_is_no_matter(tmp_path: Path) -> None:
    entry("EVNT-008")
    rows = [call(f"r{n % 40}", cost_usd=n % 7, model=f"m{n % 3}") for n in range(120)]
    found = []
    for seed in range(3):
        made = Warehouse(tmp_path / str(seed))
        random.Random(seed).shuffle(rows)
        made.land("llm_requests/a.jsonl", rows)
        made.run()
        found.append(made.rows("SELECT request_id, cost_usd, model FROM raw.llm_requests ORDER BY ALL"))
        made.connection.close()
    assert found[0] == found[1] == found[2] and len(found[0]) == 40


_VALUES: dict[str, tuple[str, ...]] = {
    "EVNT-012": ("-5",),
    "EVNT-014": ('"12,5"', '"1.5 USD"', "true", "[]"),
    "EVNT-015": ("NaN", "Infinity", "-Infinity", '"NaN"', '"Infinity"'),
    "EVNT-024": ('"a word"', "{}"),
}


@pytest.mark.parametrize("one", taken(ids=tuple(_VALUES)), ids=str)
def test_an_amount_that_is_none_is_told_and_never_counted(warehouse: Warehouse, one: Entry) -> None:
    plain = json.dumps(call("rX", cost_usd="@@"))
    bad = [plain.replace("rX", f"bad{n}").replace('"@@"', text) for n, text in enumerate(_VALUES[one.id])]
    warehouse.land("llm_requests/a.jsonl", [call("good", cost_usd=1), *bad])
    warehouse.run()
    assert (warehouse.one(_COUNT), float(warehouse.one(_COST))) == (1, 1.0)
    assert len(warehouse.rejects()) == len(bad)
    assert {line for _, line, _, _ in warehouse.rejects()} == set(range(2, len(bad) + 2))


def test_of_one_value_every_percentile_is_that_value(tmp_path: Path) -> None:
    entry("EVNT-019")
    publish(tmp_path, Events(llm_requests=[built_call(latency_ms=123.5)]))
    settings = Settings(
        home=tmp_path, base_url="https://api.example.com", log_level="error", rate_limits=False
    )
    key = Installation.make(tmp_path).texts["a"]
    with served(settings) as port, closing(Line(port)) as line:
        for aggregation in ("p50", "p95", "p99", "min", "max", "avg"):
            path = f"/v1/analytics/metrics/perf.latency.distribution/series?aggregation={aggregation}"
            answer = line.ask("GET", f"{path}&start=2026-11-02&end=2026-11-03&granularity=day", bearer(key))
            assert [point["value"] for point in answer.json()["data"]] == [123.5], answer.text


def test_a_goal_without_an_end_of_its_session_is_a_goal(warehouse: Warehouse) -> None:
    """What a session came to counts when it is told; when the session ended is another matter."""
    entry("EVNT-020")
    warehouse.land("sessions/a.jsonl", [whole_session(outcome="goal_met"), session("s2")])
    warehouse.run()
    found = warehouse.rows("SELECT session_id, outcome, ended_at FROM raw.sessions ORDER BY 1")
    assert found[0] == ("s1", "goal_met", None)


def test_a_file_that_grows_a_thousandfold_is_set_aside(warehouse: Warehouse) -> None:
    entry("EVNT-029")
    warehouse.land_bytes("llm_requests/bomb.jsonl.gz", gzip.compress(b" " * 300_000_000))
    warehouse.land("llm_requests/good.jsonl", [call()])
    warehouse.run()
    assert warehouse.files()["llm_requests/bomb.jsonl.gz"][0] == "quarantined"
    assert warehouse.one(_COUNT) == 1


def test_a_file_that_is_still_written_waits(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    entry("EVNT-031")
    path, copied = warehouse.land("llm_requests/a.jsonl", [call()]), raw_store._copy_and_hash

    def growing(*about: Any) -> Any:
        done = copied(*about)
        with path.open("a") as file:
            file.write("half a li")
        return done

    monkeypatch.setattr(raw_store, "_copy_and_hash", growing)
    warehouse.run()
    assert warehouse.waiting == ["llm_requests/a.jsonl"] and warehouse.one(_COUNT) == 0


def _damaged(whole: bytes, how: str) -> bytes:
    middle = len(whole) // 2
    return {
        "first half": whole[:middle],
        "minus 1 byte": whole[:-1],
        "one byte flipped in the middle": whole[:12400] + bytes((whole[12400] ^ 0xFF,)) + whole[12401:],
        "text file": b"this is no database\n" * 100,
    }[how]


_SNAPSHOTS = taken(group="corrupt_files", where="published snapshot file", but=("FILE-010",))


@pytest.mark.parametrize("one", _SNAPSHOTS, ids=str)
def test_a_damaged_snapshot_is_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: Entry
) -> None:
    settings = settings_in(tmp_path)
    first = publishing.publish(settings, build_with(tmp_path / "b1.duckdb"), run_id="r1")
    copy = publishing._copy

    def spoiling(build: Path, draft: Path, *rest: Any) -> Any:
        rows = copy(build, draft, *rest)
        draft.write_bytes(_damaged(draft.read_bytes(), one.text))
        return rows

    monkeypatch.setattr(publishing, "_copy", spoiling)
    with pytest.raises(NotPublishedError, match="goes on serving"):
        publishing.publish(settings, build_with(tmp_path / "b2.duckdb", mark=1), run_id="r2")
    assert (tmp_path / "published" / "CURRENT").read_text().strip() == first.path.name
    monkeypatch.undo()
    healed = publishing.publish(settings, build_with(tmp_path / "b3.duckdb", mark=2), run_id="r3")
    assert (tmp_path / "published" / "CURRENT").read_text().strip() == healed.path.name


def _spoil(directory: Path, how: str) -> None:
    newest, pointer = next(directory.glob("snap-2-*")), directory / "CURRENT"
    if how in ("first half", "text file"):
        whole = newest.read_bytes()
        newest.unlink()
        newest.write_bytes(_damaged(whole, how))
    elif how == "mode 000":
        # Whoever serves as root may read everything, so what stands in its place is what nobody can open.
        newest.unlink()
        newest.symlink_to(directory / "nowhere")
    else:
        pointer.unlink()
        if how != "missing":
            pointer.write_bytes(_POINTERS[how])


_POINTERS = {
    "empty": b"",
    "half JSON": b'{"snapshot": "snap',
    "names a missing file": b"snap-9-0123456789ab.duckdb\n",
    "names another folder": b"../../control.sqlite\n",
}


@pytest.mark.parametrize("how", ["first half", "text file", "mode 000", "missing", *_POINTERS])
def test_a_service_answers_from_the_newest_whole_snapshot_and_says_so(tmp_path: Path, how: str) -> None:
    entry("FILE-010")
    entry("FILE-011")
    key = Installation.make(tmp_path).texts["a"]
    for number in (1, 2):
        directory = publish(tmp_path, Events(llm_requests=[built_call(cost_usd=str(number))]), number=number)
    settings = Settings(
        home=tmp_path, base_url="https://api.example.com", log_level="error", rate_limits=False
    )
    _spoil(directory, how)
    with served(settings) as port, closing(Line(port)) as line:
        found = line.ask("GET", "/v1/analytics/metrics/cost.total?at=2026-11-03", bearer(key))
        assert found.status == 200 and found.json()["value"] in (1, 2)
        assert line.ask("GET", "/health").json()["status"] == "degraded"


def test_a_damaged_control_store_is_refused_with_what_to_do_and_left_alone(tmp_path: Path) -> None:
    entry("FILE-013")
    settings = Settings(home=tmp_path)
    open_control_store(settings).close()
    whole = settings.control_path.read_bytes()
    for damaged in (whole[: len(whole) // 2], bytes(100) + whole[100:], b""):
        settings.control_path.write_bytes(damaged)
        with pytest.raises(ControlStoreDamagedError, match="backup"):
            open_control_store(settings)
        assert settings.control_path.read_bytes() == damaged
    assert stat.S_IMODE(settings.control_path.stat().st_mode) & 0o077 == 0
