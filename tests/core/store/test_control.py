"""The control store keeps what was acknowledged, and never replaces a file that it cannot read."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core import keys
from core.settings import Settings, SettingsError
from core.store.control import ControlStoreDamagedError, StoreUnavailable, open_control_store
from core.store.control.engine import connect
from core.store.control.report_tables import METADATA
from core.store.control.upgrade import HEAD, MIGRATIONS, upgrade

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def _path(settings: Settings) -> Path:
    return settings.home / "control.sqlite"


def _fill(settings: Settings, count: int = 50) -> None:
    store = open_control_store(settings)
    for n in range(count):
        keys.create_key(store, name=f"key {n}", role=keys.Role.READ, customer_id="acme", now=NOW)
    store.close()


def test_a_first_start_makes_a_store_that_only_its_owner_can_read(settings: Settings) -> None:
    open_control_store(settings).close()
    assert _path(settings).stat().st_mode & 0o777 == 0o600
    assert [p.name for p in settings.home.iterdir()] == ["control.sqlite"]


def test_a_second_start_keeps_what_is_there(settings: Settings) -> None:
    _fill(settings, 1)
    store = open_control_store(settings)
    assert [key.name for key in keys.list_keys(store)] == ["key 0"]


def test_the_migrations_lead_to_the_tables_of_today(settings: Settings) -> None:
    engine = connect(settings.control_url)
    settings.home.mkdir()
    upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_the_head_that_a_start_compares_with_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_sqlite_is_durable_and_not_in_wal_mode(settings: Settings) -> None:
    store = open_control_store(settings)
    with store.writing() as connection:
        pragma = lambda name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: E731
        assert (pragma("journal_mode"), pragma("synchronous"), pragma("busy_timeout")) == (
            "truncate",
            2,
            5000,
        )
        assert pragma("foreign_keys") == 1


@pytest.mark.parametrize("damage", ["empty", "half", "header", "text", "page"])
def test_a_damaged_file_is_refused_and_left_as_it_is(settings: Settings, damage: str) -> None:
    _fill(settings)
    path = _path(settings)
    content = bytearray(path.read_bytes())
    if damage == "page":
        content[4096:12288] = os.urandom(8192)
    damaged = {
        "empty": b"",
        "half": bytes(content[: len(content) // 2]),
        "header": bytes(100) + bytes(content[100:]),
        "text": b"these are my notes\n" * 100,
        "page": bytes(content),
    }[damage]
    path.write_bytes(damaged)
    with pytest.raises(ControlStoreDamagedError, match=r"control\.sqlite cannot be read: .*backup"):
        open_control_store(settings)
    assert path.read_bytes() == damaged


def test_another_programs_database_is_refused(settings: Settings) -> None:
    settings.home.mkdir()
    other = sqlite3.connect(_path(settings))
    other.execute("CREATE TABLE songs (title TEXT)")
    other.commit()
    other.close()
    with pytest.raises(ControlStoreDamagedError, match="not Proofline's"):
        open_control_store(settings)


def test_a_store_of_a_newer_version_is_refused(settings: Settings) -> None:
    open_control_store(settings).close()
    newer = sqlite3.connect(_path(settings))
    newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.commit()
    newer.close()
    with pytest.raises(ControlStoreDamagedError, match="newer Proofline"):
        open_control_store(settings)


def test_a_database_that_cannot_be_reached_by_its_url_is_refused_by_its_setting() -> None:
    with pytest.raises(SettingsError, match="PROOFLINE_DATABASE_URL") as refusal:
        connect("nosuchdb://user:hunter2@host/db")
    assert "hunter2" not in str(refusal.value)


def _start(home: Path, ready: "multiprocessing.Queue[str]") -> None:
    try:
        open_control_store(Settings(home=home)).close()
        ready.put("ok")
    except BaseException as problem:
        ready.put(repr(problem))


def test_processes_that_start_together_agree_on_one_store(settings: Settings) -> None:
    spawn = multiprocessing.get_context("fork")
    ready = spawn.Queue()
    started = [spawn.Process(target=_start, args=(settings.home, ready)) for _ in range(6)]
    for process in started:
        process.start()
    assert [ready.get(timeout=120) for _ in started] == ["ok"] * 6
    for process in started:
        process.join()
    assert [p.name for p in settings.home.iterdir()] == ["control.sqlite"]


def test_a_writer_waits_for_a_lock_and_then_says_that_it_cannot(settings: Settings) -> None:
    store = open_control_store(settings)
    other = sqlite3.connect(_path(settings), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        keys.create_key(store, name="late", role=keys.Role.READ, customer_id=None, now=NOW)
    assert 4.5 < time.monotonic() - began < 30
    timer = threading.Timer(0.3, other.execute, ["ROLLBACK"])
    timer.start()
    keys.create_key(store, name="in time", role=keys.Role.READ, customer_id=None, now=NOW)
    timer.join()
    other.close()
    assert [key.name for key in keys.list_keys(store)] == ["in time"]


def test_a_full_disk_refuses_the_write_and_harms_nothing(settings: Settings) -> None:
    _fill(settings, 1)
    script = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from core import keys
from core.settings import Settings
from core.store.control import StoreUnavailable, open_control_store

store = open_control_store(Settings(home=Path(sys.argv[1])))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    for n in range(200):
        keys.create_key(store, name="x" * 200, role=keys.Role.READ, customer_id=None, now=datetime.now(UTC))
except StoreUnavailable:
    print("refused")
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(settings.home)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "refused"
    store = open_control_store(settings)
    assert keys.list_keys(store)[0].name == "key 0"


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from core import keys
from core.settings import Settings
from core.store.control import open_control_store

store = open_control_store(Settings(home=Path(sys.argv[1])))
while True:
    key, _ = keys.create_key(store, name="k", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC))
    print(key.key_id, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7, 20])
def test_every_acknowledged_write_survives_a_kill(settings: Settings, after: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(settings.home)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [rest.strip() for rest in writer.stdout if rest.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    store = open_control_store(settings)
    kept = [key.key_id for key in keys.list_keys(store)]
    assert set(acknowledged) <= set(kept)
    assert len(kept) - len(acknowledged) <= 1
