"""Promise: what `CURRENT` names is a whole, verified file at every instant, and a bad build is never published."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from pipeline import publish
from pipeline.errors import NotPublishedError
from pipeline.home import Home
from pipeline.ingest import tables
from tests.pipeline.runs import settings_in

ROWS = 500


def build_with(path: Path, *, rows: int = ROWS, mark: int = 0) -> Path:
    """A build database with one fact table; each row carries `mark`, so that a mixed read would show."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        tables.create(connection)
        connection.execute(
            f"""CREATE TABLE fact_sessions AS
                SELECT 'c' || (range % 7) AS customer_id, TIMESTAMP '2026-01-01' + INTERVAL 1 HOUR * ({rows} - range)
                       AS started_at, range AS n, {mark} AS mark FROM range({rows})"""
        )
        connection.execute("CREATE TABLE stray AS SELECT 1 AS x")
    return path


def served(home: Path) -> Path:
    path = publish.current(Home(home))
    assert path is not None
    return path


def test_a_snapshot_is_read_only_named_by_its_content_and_pointed_to(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    snapshot = publish.publish(settings, build_with(tmp_path / "b.duckdb"), run_id="r1")
    assert snapshot.path == served(tmp_path)
    assert snapshot.path.name == f"snap-1-{snapshot.sha256[:12]}.duckdb"
    assert snapshot.path.stat().st_mode & 0o222 == 0
    assert snapshot.rows == {"fact_sessions": ROWS}
    assert publish.manifest(snapshot.path)["duckdb_version"] == duckdb.__version__


def test_only_what_customers_may_be_told_is_published(tmp_path: Path) -> None:
    publish.publish(settings_in(tmp_path), build_with(tmp_path / "b.duckdb"), run_id="r1")
    with duckdb.connect(str(served(tmp_path)), read_only=True) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("fact_sessions",)]


def test_rows_of_a_customer_lie_together_in_the_order_of_time(tmp_path: Path) -> None:
    publish.publish(settings_in(tmp_path), build_with(tmp_path / "b.duckdb"), run_id="r1")
    with duckdb.connect(str(served(tmp_path)), read_only=True) as connection:
        stored = connection.execute("SELECT customer_id, started_at FROM fact_sessions").fetchall()
    assert len(stored) == ROWS
    assert stored == sorted(stored)


def test_a_table_that_lost_half_its_rows_is_not_published(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = publish.publish(settings, build_with(tmp_path / "b1.duckdb"), run_id="r1")
    with pytest.raises(NotPublishedError, match="fact_sessions would shrink from 500 rows to 100"):
        publish.publish(settings, build_with(tmp_path / "b2.duckdb", rows=100), run_id="r2")
    assert served(tmp_path) == first.path
    assert not list(Home(tmp_path).published.glob("*.tmp"))


def test_rows_that_were_replaced_explain_a_smaller_table(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    publish.publish(settings, build_with(tmp_path / "b1.duckdb"), run_id="r1")
    smaller = build_with(tmp_path / "b2.duckdb", rows=100)
    with duckdb.connect(str(smaller)) as connection:
        connection.execute(
            "INSERT INTO raw.replaced SELECT 'sessions', 'native', 'k', 0, 'x', 1, 'SUPERSEDED' FROM range(400)"
        )
    assert publish.publish(settings, smaller, run_id="r2").rows == {"fact_sessions": 100}


@pytest.mark.parametrize("damage", ["cut", "flipped", "text"])
def test_a_file_that_does_not_read_back_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    settings = settings_in(tmp_path)
    first = publish.publish(settings, build_with(tmp_path / "b1.duckdb"), run_id="r1")
    copy = publish._copy

    def damaged(build: Path, draft: Path, *rest: object) -> dict[str, int]:
        rows = copy(build, draft, *rest)  # type: ignore[arg-type]
        whole = draft.read_bytes()
        middle = len(whole) // 2
        draft.write_bytes(
            {
                "cut": whole[:middle],
                "flipped": whole[: 4096 * 3 + 100] + b"\xff\x00\xff" + whole[4096 * 3 + 103 :],
                "text": b"this is no database",
            }[damage]
        )
        return rows

    monkeypatch.setattr(publish, "_copy", damaged)
    with pytest.raises(NotPublishedError, match="goes on serving"):
        publish.publish(settings, build_with(tmp_path / "b2.duckdb", mark=1), run_id="r2")
    assert served(tmp_path) == first.path


_PUBLISHER = """
import sys
from pathlib import Path
from core.settings import load
from pipeline import publish
settings = load({"PROOFLINE_HOME": sys.argv[1]})
publish.publish(settings, Path(sys.argv[2]), run_id="killed")
"""


@pytest.mark.parametrize(
    "point",
    [
        "publish.after_checkpoint",
        "publish.after_fsync",
        "publish.after_rename",
        "publish.before_replace",
        "publish.after_replace",
    ],
)
def test_a_kill_at_any_point_leaves_one_whole_snapshot_and_the_next_run_heals(
    tmp_path: Path, point: str
) -> None:
    settings = settings_in(tmp_path)
    first = publish.publish(settings, build_with(tmp_path / "b1.duckdb"), run_id="r1")
    second = build_with(tmp_path / "b2.duckdb", mark=1)
    result = subprocess.run(
        [sys.executable, "-c", _PUBLISHER, str(tmp_path), str(second)],
        env=os.environ | {"PROOFLINE_FAULT_POINT": point},
        check=False,
    )
    assert result.returncode == -signal.SIGKILL
    now_served = served(tmp_path)
    assert (now_served == first.path) == (point != "publish.after_replace")
    assert _marks(now_served) in ({0}, {1})

    healed = publish.publish(settings, second, run_id="r3")
    assert served(tmp_path) == healed.path
    assert _marks(healed.path) == {1}


def test_readers_beside_a_publisher_see_one_snapshot_each_and_never_fail(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    builds = [build_with(tmp_path / f"b{i}.duckdb", mark=i) for i in range(4)]
    publish.publish(settings, builds[0], run_id="r0")
    command = [sys.executable, "-c", _READER, str(tmp_path / "published")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        lines = [reader.stdout.readline()]
        for i, build in enumerate(builds[1:], start=1):
            publish.publish(settings, build, run_id=f"r{i}")
        reader.terminate()
        lines += reader.stdout
    assert reader.returncode == 0
    seen = [json.loads(line) for line in lines]
    assert all(len(marks) == 1 for marks in seen)


_READER = """
import json, signal, sys
from pathlib import Path
import duckdb
done = []
signal.signal(signal.SIGTERM, lambda *_: done.append(1))
folder = Path(sys.argv[1])
while not done:
    name = (folder / "CURRENT").read_text().strip()
    with duckdb.connect(str(folder / name), read_only=True) as c:
        print(json.dumps([m for (m,) in c.execute("SELECT DISTINCT mark FROM fact_sessions").fetchall()]), flush=True)
"""


def test_old_snapshots_go_when_nobody_reads_them(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, PROOFLINE_KEEP_SNAPSHOTS="1")
    paths = [
        publish.publish(settings, build_with(tmp_path / f"b{i}.duckdb", mark=i), run_id=f"r{i}").path
        for i in range(3)
    ]
    assert all(path.exists() for path in paths), "young ones stay, since a reader may be about to open them"
    for path in paths:
        os.utime(path, (time.time() - 3600, time.time() - 3600))
    command = [sys.executable, "-c", _HOLDER, str(paths[0])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert publish.clear_away(settings) == [paths[1].name]
        holder.communicate(b"\n")
    assert publish.clear_away(settings) == [paths[0].name]
    assert paths[2].exists()


_HOLDER = """
import sys, duckdb
c = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
"""


def _marks(path: Path) -> set[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {mark for (mark,) in connection.execute("SELECT DISTINCT mark FROM fact_sessions").fetchall()}
