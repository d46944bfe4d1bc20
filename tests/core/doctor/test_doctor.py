"""What is wrong with an installation is found and said with what to do; a sound one has nothing to say."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from core import doctor
from core.delivery.outbox import Item, OutboxKind, enqueue
from core.doctor import Case, Finding, State, exposed, home, machine, packages, published, store, work
from core.erasures import request_erasure
from core.settings import Settings
from core.sites import ENTRY, DoorPage, door_pages_dir, site_dir
from core.store.control import open_control_store
from core.store.control.report_tables import REPORT_OCCURRENCES, REPORTS
from core.store.control.tables import OUTBOX
from core.tokens.key_file import first_keys, key_path
from tests.builders import NOON, Events, call, card, keep_portal, portal, publish
from tests.builders.ports import free_port

NOW = NOON + timedelta(hours=1)
# What a machine may lack that runs these tests.
MACHINE = {"PDF", "typeface"}
SECRET = "k1:Zq8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
PRODUCTION = {
    "PROOFLINE_ENV": "production",
    "PROOFLINE_SIGNING_KEYS": SECRET,
    "PROOFLINE_BASE_URL": "https://api.example.com",
    "PROOFLINE_PORTAL_URL": "https://portals.example.com",
}


def case(place: Path, now: datetime = NOW, *, more: dict[str, object] | None = None, **environ: str) -> Case:
    return Case.of({"PROOFLINE_HOME": str(place), **environ}, now=now, **(more or {}))


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sound")
    settings = Settings(home=place)
    publish(place, Events(llm_requests=[call(started_at=NOON)]))
    kept = open_control_store(settings)
    shown = keep_portal(kept, portal(card("cost.total"))).definition
    kept.close()
    first_keys(key_path(settings), now=NOW)
    doors = (door_pages_dir(settings) / f"{page}.html" for page in DoorPage)
    for file in (site_dir(settings, shown.portal_id) / ENTRY, *doors):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("page")
    heard(place, NOW)
    return place


@pytest.fixture
def sound(made_once: Path, tmp_path: Path) -> Path:
    """An installation in which nothing is wrong."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


def heard(place: Path, at: datetime) -> None:
    """The daemon's heartbeat, as Dagster keeps it."""
    database = place / "dagster" / "history" / "runs.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS daemon_heartbeats (daemon_type TEXT, timestamp TIMESTAMP)"
        )
        connection.execute("DELETE FROM daemon_heartbeats")
        connection.execute(
            "INSERT INTO daemon_heartbeats VALUES ('SENSOR', ?)", [f"{at:%Y-%m-%d %H:%M:%S.%f}"]
        )
        connection.commit()


def the_one(found: Iterator[Finding]) -> Finding:
    """The worst, which is also the only one that is not ok."""
    bad = [one for one in found if one.state is not State.OK]
    assert len(bad) == 1, bad
    assert bad[0].advice
    return bad[0]


def test_a_sound_installation_has_nothing_to_say(sound: Path) -> None:
    found = doctor.examine(case(sound, more={"api_port": free_port(), "ui_port": free_port()}))
    ours = [one for one in found if one.subject not in MACHINE]
    assert [one for one in ours if one.state is not State.OK] == []
    assert doctor.as_text(ours).endswith("All is well.")


def test_examining_changes_nothing(tmp_path: Path) -> None:
    doctor.examine(case(tmp_path / "never"))
    assert list(tmp_path.iterdir()) == []


# Settings


def test_each_setting_that_cannot_be_read_is_named_and_none_is_repeated(tmp_path: Path) -> None:
    broken = case(tmp_path, PROOFLINE_LATE_DAYS="soon", PROOFLINE_DATABASE_URL="mysql://u:hunter2@db/p")
    found = list(exposed.check_settings(broken))
    assert [one.told.split()[0] for one in found] == ["PROOFLINE_DATABASE_URL", "PROOFLINE_LATE_DAYS"]
    assert all(one.state is State.FAIL for one in found)
    assert "hunter2" not in repr([*found, *store.check_store(broken), *exposed.check_mail(broken)])


def test_a_misspelt_setting_is_guessed(tmp_path: Path) -> None:
    found = the_one(exposed.check_settings(case(tmp_path, PROOFLINE_BASEURL="https://a.example")))
    assert (found.state, found.advice) == (State.WARN, "Is PROOFLINE_BASE_URL meant?")


def test_what_breaks_processes_on_purpose_is_no_way_to_run(tmp_path: Path) -> None:
    found = the_one(exposed.check_settings(case(tmp_path, PROOFLINE_FAULT_POINT="publish:1")))
    assert (found.state, found.advice) == (State.FAIL, "Unset it.")
    assert all(one.state is State.OK for one in exposed.check_settings(case(tmp_path, PROOFLINE_API_KEY="k")))


def test_production_names_everything_that_keeps_the_api_from_starting(tmp_path: Path) -> None:
    found = list(
        exposed.check_exposure(case(tmp_path, PROOFLINE_ENV="production", PROOFLINE_RATE_LIMITS="off"))
    )
    told = " ".join(one.told for one in found)
    assert all(one.state is State.FAIL for one in found)
    assert all(f"PROOFLINE_{name}" in told for name in ("SIGNING_KEYS", "BASE_URL", "RATE_LIMITS"))
    (fine,) = exposed.check_exposure(case(tmp_path, **PRODUCTION))
    assert fine.state is State.OK


def test_a_guessable_key_is_found_without_saying_it(tmp_path: Path) -> None:
    weak = PRODUCTION | {"PROOFLINE_SIGNING_KEYS": "k1:changeme-changeme-changeme-changeme"}
    found = the_one(exposed.check_exposure(case(tmp_path, **weak)))
    assert "guessed" in found.told and "changeme" not in found.told


@pytest.mark.parametrize(
    ("content", "word"),
    [("{", "damaged"), ('{"keys": []}', "damaged"), ('{"keys": [{"kid": "k"}]}', "damaged")],
)
def test_damaged_signing_keys_are_found(tmp_path: Path, content: str, word: str) -> None:
    file = tmp_path / "signing_keys.json"
    file.write_text(content)
    file.chmod(0o600)
    assert word in the_one(exposed.check_signing_keys(case(tmp_path))).told


def test_a_mail_server_is_asked_only_when_wanted(tmp_path: Path) -> None:
    mail = {"PROOFLINE_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "PROOFLINE_MAIL_FROM": "us@example.com"}
    (unasked,) = exposed.check_mail(case(tmp_path, **mail))
    assert unasked.state is State.OK
    (asked,) = exposed.check_mail(case(tmp_path, more={"asks_mail_server": True}, **mail))
    assert asked.state is State.FAIL and "does not answer" in asked.told
    nobody = {"PROOFLINE_SMTP_URL": mail["PROOFLINE_SMTP_URL"]}
    assert "MAIL_FROM" in str(the_one(exposed.check_mail(case(tmp_path, **nobody))).advice)


# The machine


def test_a_package_of_another_version_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("click==0.0.1 \\\n    --hash=sha256:00\npydantic[email]==0.0.2\nnot-installed==1\n")
    found = the_one(packages.check_packages(case(tmp_path, more={"lock_file": lock})))
    assert found.state is State.FAIL
    assert "click" in found.told and "pydantic" in found.told and "not-installed" not in found.told


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"status": "ok", "snapshot": null}', State.OK),
        (b"<h1>Welcome</h1>", State.WARN),
        (b"[]", State.WARN),
    ],
)
def test_a_port_that_somebody_else_has_is_told_from_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, state: State
) -> None:
    monkeypatch.setattr(machine, "_SECONDS", 60)
    with answering(body) as port:
        found, _ = machine.check_ports(case(tmp_path, more={"api_port": port, "ui_port": free_port()}))
    assert found.state is state


def test_a_port_where_nobody_speaks_http_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found, _ = machine.check_ports(case(tmp_path, more={"api_port": port, "ui_port": free_port()}))
    assert found.state is State.WARN and "another program" in found.told


# PROOFLINE_HOME


def test_a_home_that_is_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert the_one(home.check_home(case(tmp_path / "home"))).state is State.FAIL


@pytest.mark.parametrize("name", ["signing_keys.json", "control.sqlite"])
def test_secrets_that_others_can_read_are_found(sound: Path, name: str) -> None:
    (sound / name).chmod(0o640)
    found = the_one(home.check_permissions(case(sound)))
    assert found.advice == f"Run: chmod 600 {sound / name}"


def test_files_of_the_future_betray_a_clock_that_was_put_back(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    tomorrow = datetime.now(UTC).timestamp() + 86_400
    os.utime(tmp_path / "landing", (tomorrow, tomorrow))
    assert "future" in the_one(home.check_home(case(tmp_path))).told


# The control store


def test_a_damaged_store_is_left_as_it_is(sound: Path) -> None:
    file = sound / "control.sqlite"
    file.write_bytes(damaged := b"SQLite format 3\0" + b"\xff" * 4000)
    assert the_one(store.check_store(case(sound))).state is State.FAIL
    assert file.read_bytes() == damaged


def test_pages_of_the_store_that_are_torn_are_found(sound: Path) -> None:
    file = sound / "control.sqlite"
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 5] = os.urandom(4096 * 2)
    file.write_bytes(content)
    assert any(one.state is State.FAIL for one in store.check_store(case(sound)))


@pytest.mark.parametrize(("version", "state"), [("0001", State.WARN), ("9999", State.FAIL)])
def test_a_store_of_another_schema_is_told_and_not_migrated(sound: Path, version: str, state: State) -> None:
    with closing(sqlite3.connect(sound / "control.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.commit()
        assert the_one(store.check_store(case(sound))).state is state
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)


def test_somebody_elses_database_is_not_taken_for_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "control.sqlite")) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    assert "no tables of Proofline" in the_one(store.check_store(case(tmp_path))).told


def test_a_store_in_wal_mode_is_told(sound: Path) -> None:
    with closing(sqlite3.connect(sound / "control.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        assert "WAL" in the_one(store.check_store(case(sound))).told


def test_a_database_server_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://proofline:hunter2@127.0.0.1:{free_port()}/proofline"
    found = the_one(store.check_store(case(tmp_path, PROOFLINE_DATABASE_URL=url)))
    assert "Is PostgreSQL running" in str(found.advice)
    assert "hunter2" not in repr(found)


# What is served


def test_a_snapshot_whose_bytes_changed_is_found(sound: Path) -> None:
    name = (sound / "published" / "CURRENT").read_text().strip()
    file = sound / "published" / name
    content = bytearray(file.read_bytes())
    content[-1] ^= 0xFF
    noted = {"sha256": "0" * 64}
    file.with_suffix(".json").write_text(json.dumps(noted))
    assert "not those that were published" in the_one(published.check_snapshot(case(sound))).told
    file.with_suffix(".json").unlink()
    file.write_bytes(b"nothing that DuckDB wrote")
    assert "damaged" in the_one(published.check_snapshot(case(sound))).told


@pytest.mark.parametrize("pointer", ["snap-9-000000000000.duckdb", "../control.sqlite", ""])
def test_a_pointer_to_nothing_is_found(sound: Path, pointer: str) -> None:
    (sound / "published" / "CURRENT").write_text(pointer)
    assert the_one(published.check_snapshot(case(sound))).state is State.FAIL


def test_an_old_snapshot_is_told(sound: Path) -> None:
    found = the_one(published.check_snapshot(case(sound, NOW + timedelta(days=30))))
    assert found.state is State.WARN and found.told.startswith("Old:")


def test_portals_without_pages_are_named(sound: Path) -> None:
    site_dir(Settings(home=sound), "portal_custa").joinpath(ENTRY).unlink()
    assert "portal_custa" in the_one(published.check_sites(case(sound))).told


# What goes on by itself


def test_a_silent_daemon_is_told_and_fails_production(sound: Path) -> None:
    heard(sound, NOW - timedelta(hours=3))
    assert the_one(work.check_daemon(case(sound))).state is State.WARN
    assert the_one(work.check_daemon(case(sound, **PRODUCTION))).state is State.FAIL


def test_deliveries_that_were_given_up_or_that_nobody_sends_are_counted(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        for number in range(3):
            item = Item(kind=OutboxKind.MAIL_OPERATOR, dedupe_key=str(number), now=NOW - timedelta(hours=2))
            enqueue(connection, item)
        connection.execute(OUTBOX.update().where(OUTBOX.c.dedupe_key == "0").values(state="dead"))
    kept.close()
    late, dead = (one.told for one in work.check_deliveries(case(sound)))
    assert late.startswith("2 have waited") and dead.startswith("1 were given up")


def test_reports_that_are_overdue_or_stuck_are_counted(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        connection.execute(
            REPORTS.insert().values(
                report_id="r", portal_id="portal_custa", name="Monthly", is_active=True, definition_json="{}",
                due_after=NOW, created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        for number, state in enumerate(("due", "held", "failed", "failed", "built")):
            connection.execute(
                REPORT_OCCURRENCES.insert().values(
                    occurrence_id=str(number), report_id="r", due_at=NOW - timedelta(hours=2 + number),
                    is_by_hand=True, period_start=NOW, period_end=NOW, zone="UTC", state=state, waiting_since=NOW,
                    attempt=0, next_attempt_at=NOW - timedelta(hours=2), created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
    kept.close()
    overdue, stuck = (one.told for one in work.check_reports(case(sound)))
    assert overdue.startswith("1 are overdue") and stuck == "1 held and 2 failed."


# The command


def test_an_erasure_that_no_build_finishes_is_told(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        request_erasure(connection, "cust_x", by="k", now=NOW)
    kept.close()
    (fresh,) = work.check_erasures(case(sound))
    assert (fresh.state, fresh.told) == (State.OK, "1 wait for the next build")
    late = the_one(work.check_erasures(case(sound, NOW + timedelta(hours=25))))
    assert late.state is State.FAIL
    assert "cust_x" not in late.told


def test_the_command_tells_programs_and_people_and_fails_when_something_does_not_work(sound: Path) -> None:
    program = Path(sys.executable).with_name("proofline")
    environ = os.environ | {"PROOFLINE_HOME": str(sound), "PROOFLINE_BUILD_INTERVAL_MINUTES": "525600"}
    (sound / "signing_keys.json").chmod(0o644)
    result = subprocess.run(
        [program, "doctor", "--json"], env=environ, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (1, "")
    told = json.loads(result.stdout)
    assert told["fail"] >= 1
    failed = {one["subject"] for one in told["findings"] if one["state"] == "fail"}
    assert failed - MACHINE == {"permissions", "signing keys"}
    (advice,) = (one["advice"] for one in told["findings"] if one["subject"] == "permissions")
    assert advice == f"Run: chmod 600 {sound / 'signing_keys.json'}"
