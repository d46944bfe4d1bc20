"""Promise: what does not fit in memory goes to our own folder, no further than allowed, and nothing of it stays."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml

from core.settings import Settings
from core.store.metric_store import MetricStore
from core.store.query import Query
from pipeline import filling, publish, transform
from pipeline.resources import spill_size
from tests.builders import Events, call
from tests.builders import publish as publish_events
from tests.pipeline.runs import settings_in
from tests.pipeline.test_publish import build_with

# Less than DuckDB needs to sort or group these rows at once.
MEMORY = "40MB"
ROWS = 1_500_000
_LARGE = f"CREATE TEMP TABLE large AS SELECT range AS n, hash(range) AS h FROM range({3 * ROWS})"


def _everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_build_spills_into_its_own_folder_and_leaves_it_empty(tmp_path: Path) -> None:
    settings, work = settings_in(tmp_path, PROOFLINE_BUILD_MEMORY=MEMORY), tmp_path / "build-r" / "work"
    work.mkdir(parents=True)
    with filling.connected(tmp_path / "build-r" / "b.duckdb", settings, work) as connection:
        connection.execute(_LARGE)
        spilled = connection.execute("SELECT path, size FROM duckdb_temporary_files()").fetchall()
    assert sum(size for _, size in spilled) > 10 * 2**20
    assert all(Path(path).parent == work for path, _ in spilled)
    assert _everything(tmp_path) == {"build-r", "build-r/b.duckdb", "build-r/work"}


def test_what_would_spill_more_than_is_allowed_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, PROOFLINE_BUILD_MEMORY=MEMORY, PROOFLINE_BUILD_SPILL="5MB")
    work = tmp_path / "work"
    work.mkdir()
    with (
        pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"),
        filling.connected(tmp_path / "b.duckdb", settings, work) as connection,
    ):
        connection.execute(_LARGE)
    assert not list(work.iterdir())


def test_at_most_half_of_the_free_disk_may_be_spilled_to_unless_a_setting_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, told in {
        4 * 2**30: "2048MiB",
        4 * 2**30 - 1: "1024MiB",
        3 * 2**30: "1024MiB",
        5: "1MiB",
    }.items():
        monkeypatch.setattr(
            "pipeline.resources.shutil.disk_usage", lambda _, free=free: SimpleNamespace(free=free)
        )
        assert spill_size(Settings(home=tmp_path)) == told
    assert spill_size(Settings(home=tmp_path, build_spill="7GB")) == "7GB"


def test_publishing_spills_beside_nothing_that_is_served(tmp_path: Path) -> None:
    """That it needs to spill is seen where it may not."""
    build = build_with(tmp_path / "b.duckdb", rows=ROWS)
    home = tmp_path / "home"
    narrow = settings_in(home, PROOFLINE_BUILD_MEMORY=MEMORY, PROOFLINE_BUILD_SPILL="1MB")
    with pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"):
        publish.publish(narrow, build, run_id="narrow")
    assert _everything(home) == {"published"}
    done = publish.publish(settings_in(home, PROOFLINE_BUILD_MEMORY=MEMORY), build, run_id="wide")
    assert done.rows == {"fact_sessions": ROWS}
    names = {"CURRENT", done.path.name, done.path.with_suffix(".json").name}
    assert _everything(home) == {"published", *(f"published/{name}" for name in names)}


def test_what_a_publisher_that_died_has_spilled_goes_after_an_hour(tmp_path: Path) -> None:
    import os
    import time

    settings = settings_in(tmp_path)
    done = publish.publish(settings, build_with(tmp_path / "b.duckdb"), run_id="r")
    left = done.path.parent / "draft-dead.spill"
    left.mkdir()
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"rows")
    assert publish.clear_away(settings) == []
    hour_ago = time.time() - 3601
    os.utime(left, (hour_ago, hour_ago))
    assert publish.clear_away(settings) == ["draft-dead.spill"]
    assert not left.exists()


@pytest.mark.parametrize("memory", ["20MB", None])
def test_who_reads_a_snapshot_never_spills(tmp_path: Path, memory: str | None) -> None:
    """Neither the API, which may use little, nor a build of pages, which may use what there is."""
    folder = publish_events(tmp_path, Events(llm_requests=[call()]))
    before = _everything(tmp_path)
    store = MetricStore.open(folder, memory=memory)
    with store.for_all() as reader:
        told = reader._run("SELECT current_setting('temp_directory') AS t", {})
        if memory:
            with pytest.raises(duckdb.OutOfMemoryException):
                reader.rows(Query("range(10000000)", ("list(range)",), is_shared=False))
        assert told == [("",)]
    store.close()
    assert _everything(tmp_path) == before


def test_dbt_is_given_the_same_folder_and_keeps_to_the_same_size(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, PROOFLINE_BUILD_SPILL="3GB")
    (tmp_path / "build-r").mkdir()
    given = transform.environment(settings, tmp_path / "build-r" / "warehouse.duckdb")
    profile = yaml.safe_load((transform.PROJECT / "profiles.yml").read_text())["proofline"]["outputs"][
        "duckdb"
    ]
    assert given["PROOFLINE_BUILD_SPILL"] == "3GB"
    assert Path(given["PROOFLINE_BUILD_WORK"]).resolve() == tmp_path / "build-r" / "work"
    assert "PROOFLINE_BUILD_WORK" in profile["config_options"]["temp_directory"]
    # At opening it would be taken and not kept to.
    assert "PROOFLINE_BUILD_SPILL" in profile["settings"]["max_temp_directory_size"]
