"""Promise: while a store is locked, away, full or damaged, what can be answered is answered, and the rest says so."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from api import keyring, known_portals, standings
from core import keys
from core.errors import Unavailable
from core.settings import Settings
from core.store.control import StoreUnavailable, engine, open_control_store
from core.store.metric_store import MetricStore
from tests.builders import card, keep_portal, portal, postgresql, publish
from tests.builders.api import Api, Installation, api_over, code, two_customers
from tests.builders.ports import free_port
from tests.builders.served import exchange, split
from tests.builders.waiting import comes

PROGRAM = Path(sys.executable).with_name("proofline")
# What waits so long waits for ever; a lock is waited for 5 s.
_HUNG = 120.0


@pytest.fixture
def api(tmp_path: Path, installation: Installation) -> Iterator[Api]:
    with api_over(installation.copy_to(tmp_path), installation) as api:
        yield api


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    home = tmp_path_factory.mktemp("installation")
    publish(home, two_customers())
    return Installation.make(home)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Somebody else has the whole store for themselves."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def _timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def test_a_locked_control_store_hangs_nobody_and_stops_nobody_who_was_in(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All that is asked here waits for the lock, which may take more than the minute for which a lock is bridged.
    for module in (keyring, known_portals, standings):
        monkeypatch.setattr(module, "LOCKED_SECONDS", 3600.0)
    keep_portal(api.services.store, portal(card("cost.total"), portal_id="portal_ofA", name="of a"))
    token = api.post("/v1/portal/configs/portal_ofA/tokens", {}, "all").json()["token"]
    shown = {"Authorization": f"Bearer {token}"}
    page = "/p/portal_ofA"
    site = api.services.settings.sites_dir / "portal_ofA"
    site.mkdir(parents=True)
    (site / "entry.html").write_text("<p>the page</p>")
    assert api.client.get(page, headers=shown).status_code == 200
    assert api.get("/metrics", "a").status_code == 200
    numbers = "/v1/portal/configs/portal_ofA/data"
    assert api.get(numbers, "a").status_code == api.get(numbers, None, headers=shown).status_code == 200
    with _locked(api.services.settings.control_path):
        # Whoever was let in does not even wait as long as others do.
        monkeypatch.setattr(engine, "BUSY_SECONDS", 10 * _HUNG)
        for ask in (
            lambda: api.client.get(page, headers=shown),
            lambda: api.get("/metrics/cost.total", "a"),
            lambda: api.get(numbers, "a"),
            lambda: api.get(numbers, None, headers=shown),
        ):
            answer, seconds = _timed(ask)
            assert (answer.status_code, seconds < _HUNG) == (200, True), "who was let in goes on"
        monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
        refused, seconds = _timed(lambda: api.patch("/v1/portal/customers/cust_a", {"name": "x"}))
        assert code(refused)[0] == 503
        assert refused.headers["Retry-After"]
        assert seconds < _HUNG
        assert api.client.get("/health").status_code == 200
        stranger = {"Authorization": "Bearer pl_live_" + "x" * 40}
        assert api.get("/metrics", None, headers=stranger).status_code == 503, "nobody new is let in"
        assert api.get(numbers, "all").status_code == 503, "who had not asked for these numbers before"
    time.sleep(0.6)
    assert api.patch("/v1/portal/customers/cust_a", {"name": "x"}).status_code == 200
    assert api.client.get(page, headers=shown).status_code == 200
    assert api.patch("/v1/portal/configs/portal_ofA", {"status": "archived"}, "all").status_code == 200
    assert code(api.get(numbers, "a")) == (409, "PORTAL_NOT_ACTIVE"), (
        "what was known is of the lock's time only"
    )


def test_requests_during_a_lock_are_all_answered_in_time(api: Api) -> None:
    """Many at once do not wait for one another's turns."""
    api.get("/dashboard/summary", "a")
    told: list[tuple[int, float]] = []

    def ask() -> None:
        answer, seconds = _timed(lambda: api.get("/dashboard/summary", "a"))
        told.append((answer.status_code, seconds))

    with _locked(api.services.settings.control_path):
        asking = [threading.Thread(target=ask) for _ in range(20)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert len(told) == 20
    assert {status for status, _ in told} <= {200, 503}
    assert max(seconds for _, seconds in told) < _HUNG


def test_a_store_that_may_only_be_read_refuses_writes_and_answers_the_rest(
    installation: Installation, tmp_path: Path
) -> None:
    settings = installation.copy_to(tmp_path)
    with api_over(settings, installation) as api:
        api.services.store.close()
        if os.geteuid() == 0:
            # No mode keeps root from writing: the folder of the journal is what cannot be written to.
            os.environ.pop("SQLITE_TMPDIR", None)
            (tmp_path / "control.sqlite-journal").mkdir()
        else:
            settings.control_path.chmod(0o400)
        assert code(api.patch("/v1/portal/customers/cust_a", {"name": "x"}))[0] == 503
        assert api.client.get("/health").status_code == 200


@pytest.mark.parametrize("damage", ["cut", "text", "missing", "pointer"])
def test_a_damaged_snapshot_is_never_served_and_an_older_one_answers(tmp_path: Path, damage: str) -> None:
    publish(tmp_path, two_customers(), number=1)
    folder = tmp_path / "published"
    store = MetricStore.open(folder, poll_seconds=0)
    before = store.snapshot_name
    publish(tmp_path, two_customers(), number=2)
    newest = folder / (folder / "CURRENT").read_text().strip()
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
    publish(tmp_path, two_customers(), number=1)
    folder = tmp_path / "published"
    store = MetricStore.open(folder, poll_seconds=0)
    before = store.snapshot_name
    publish(tmp_path, two_customers(), number=2)
    newest = folder / (folder / "CURRENT").read_text().strip()
    newest.with_suffix(".json").write_text(json.dumps({"duckdb_version": "99.1.0"}))
    store.refresh()
    assert store.snapshot_name == before
    assert "DuckDB 99.1.0" in str(store.problem)
    store.close()
    fresh = MetricStore.open(folder, poll_seconds=0)
    assert fresh.snapshot_name == before, "a start takes the one before"
    fresh.close()


def test_a_postgresql_that_restarts_loses_nothing_acknowledged(
    postgres: postgresql.Server, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=postgres.new_database())
    store, stop = open_control_store(settings), threading.Event()
    acknowledged: list[str] = []
    refusals: list[Exception] = []

    def write() -> None:
        while not stop.is_set():
            try:
                key, _ = keys.create_key(
                    store, name="k", role=keys.Role.READ, customer_id=None, now=datetime.now(UTC)
                )
                acknowledged.append(key.key_id)
            except StoreUnavailable as refusal:
                refusals.append(refusal)
                time.sleep(0.05)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()

    def goes_on() -> bool:
        count = len(acknowledged)
        return comes(lambda: len(acknowledged) > count)

    try:
        for _ in range(3):
            assert goes_on()
            _restart(postgres)
        assert goes_on(), "by itself"
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    kept = {key.key_id for key in keys.list_keys(store)}
    store.close()
    assert set(acknowledged) <= kept
    assert len(kept) - len(acknowledged) <= len(writers) * 3


def _restart(server: postgresql.Server) -> None:
    found = postgresql.programs()
    assert found is not None
    options = f"-k {server.folder} -c listen_addresses= -c fsync=off -c max_connections=50"
    control = [found / "pg_ctl", "-D", server.folder / "data", *postgresql.PATIENTLY, "-m", "immediate"]
    postgresql._run(postgresql._owner(), [*control, "-o", options, "-l", server.folder / "log", "restart"])


def test_a_log_that_nobody_reads_stops_nobody(tmp_path: Path, installation: Installation) -> None:
    settings = installation.copy_to(tmp_path)
    port = free_port()
    process = subprocess.Popen(
        [str(PROGRAM), "serve", "--port", str(port)],
        env=os.environ | {"PROOFLINE_HOME": str(settings.home), "PROOFLINE_RATE_LIMITS": "off"},
        stdout=subprocess.PIPE,  # never read
        stderr=subprocess.DEVNULL,
    )
    try:
        assert comes(lambda: process.poll() is not None or _is_up(port))
        # A server that waits for its log would wait for ever.
        connection = HTTPConnection("127.0.0.1", port, timeout=_HUNG)
        for number in range(1500):
            connection.request("GET", f"/v1/portal/presets?x={number}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 401
        connection.close()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _is_up(port: int) -> bool:
    try:
        return split(exchange(port, "/health"))[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("jump_days", [-400, -1 / 24, 1 / 24, 400])
def test_a_clock_that_jumps_removes_no_snapshot_that_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_days: float
) -> None:
    from pipeline import publish as publishing
    from pipeline.home import Home
    from tests.pipeline.runs import settings_in
    from tests.pipeline.test_publish import build_with

    settings = settings_in(tmp_path / "home", PROOFLINE_KEEP_SNAPSHOTS="1")
    build = build_with(tmp_path / "b.duckdb")
    publishing.publish(settings, build, run_id="before")
    now = time.time()
    monkeypatch.setattr(publishing.time, "time", lambda: now + jump_days * 86_400)
    jumped = publishing.publish(settings, build, run_id="jumped")
    monkeypatch.undo()
    after = publishing.publish(settings, build, run_id="after")
    assert jumped.number < after.number
    assert publishing.current(Home(settings.home)) == after.path
    assert after.path.is_file()
