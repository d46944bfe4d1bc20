"""Promise: a snapshot that cannot be read, or not by us, answers nobody; the one before it does."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unavailable
from core.store.metric_store import MetricStore
from tests.builders import publish
from tests.builders.api import Installation, api_over, two_customers
from tests.builders.waiting import comes


def _at_the_first_of_two(home: Path) -> tuple[MetricStore, str | None, Path]:
    """A store that was opened before the newest snapshot was published, what it serves, and the newest."""
    folder = publish(home, two_customers(), number=1)
    store = MetricStore.open(folder, poll_seconds=0)
    before = store.snapshot_name
    publish(home, two_customers(), number=2)
    return store, before, folder / (folder / "CURRENT").read_text().strip()


@pytest.mark.parametrize("damage", ["cut", "text", "missing", "pointer"])
def test_a_damaged_snapshot_is_never_served_and_an_older_one_answers(tmp_path: Path, damage: str) -> None:
    store, before, newest = _at_the_first_of_two(tmp_path)
    folder = newest.parent
    if damage == "cut":
        newest.write_bytes(newest.read_bytes()[: newest.stat().st_size // 2])
    elif damage == "text":
        newest.write_bytes(b"no database")
    elif damage == "missing":
        newest.unlink()
    else:
        (folder / "CURRENT").write_bytes(b"\x00\xff snap")
    store.refresh()
    assert store.snapshot_name == before
    assert store.problem is not None
    fresh = MetricStore.open(folder, poll_seconds=0)
    assert fresh.snapshot_name is not None, "a start finds a whole one"
    publish(tmp_path, two_customers(), number=3)
    store.refresh()
    assert store.problem is None
    fresh.close()
    store.close()


def test_a_block_that_rots_while_it_is_served_is_answered_from_the_snapshot_before(
    installation: Installation, tmp_path: Path
) -> None:
    """Blocks are read when they are asked for, so this is seen late."""
    settings = installation.copy_to(tmp_path)
    (tmp_path / "published").unlink()
    publish(tmp_path, two_customers(), number=1)
    publish(tmp_path, two_customers(), number=2)
    newest = tmp_path / "published" / (tmp_path / "published" / "CURRENT").read_text().strip()
    content = bytearray(newest.read_bytes())
    for place in range(3 * 4096 + 100, len(content), 4096):
        content[place] ^= 0xFF
    newest.write_bytes(content)
    with api_over(settings, installation) as api:
        answers: list[Any] = []

        def is_answered() -> bool:
            answers.append(api.get("/dashboard/summary", "a"))
            return bool(answers[-1].status_code == 200)

        assert comes(is_answered)
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert answers[-1].json()["metadata"]["snapshot"] != newest.name
        health = api.client.get("/health").json()
        assert health["status"] == "degraded"
        assert "the newest snapshot cannot be read; an older one is served" in health["reasons"]


def test_damage_that_is_met_late_sets_the_snapshot_aside(tmp_path: Path) -> None:
    publish(tmp_path, two_customers(), number=1)
    folder = publish(tmp_path, two_customers(), number=2)
    newest = folder / (folder / "CURRENT").read_text().strip()
    whole, met = newest.read_bytes(), 0
    for place in range(3 * 4096 + 200, len(whole), 256 * 1024):
        newest.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        store = MetricStore.open(folder, poll_seconds=0)
        if store.snapshot_name == newest.name and _meets_damage(store):
            met += 1
            with store.for_all() as reader:
                assert reader.snapshot_name != newest.name
            assert "damaged" in str(store.problem)
            publish(tmp_path, two_customers(), number=2 + met)
            store.refresh()
            assert store.problem is None
        store.close()
        (folder / "CURRENT").write_text(newest.name)
    assert met


def _meets_damage(store: MetricStore) -> bool:
    """Whether reading everything, as nobody does at once, finds what is damaged."""
    try:
        with store.for_all() as reader:
            tables = reader._run("SELECT table_name FROM duckdb_tables()", {})
            for (name,) in tables:
                reader._run(f"SELECT bit_xor(hash(t)) FROM {name} AS t", {})
    except Unavailable:
        return True
    return False


def test_a_snapshot_of_a_newer_duckdb_is_told_and_not_opened(tmp_path: Path) -> None:
    store, before, newest = _at_the_first_of_two(tmp_path)
    folder = newest.parent
    newest.with_suffix(".json").write_text(json.dumps({"duckdb_version": "99.1.0"}))
    store.refresh()
    assert store.snapshot_name == before
    assert "DuckDB 99.1.0" in str(store.problem)
    store.close()
    fresh = MetricStore.open(folder, poll_seconds=0)
    assert fresh.snapshot_name == before, "a start takes the one before"
    fresh.close()
