"""Promise: a backup put into an empty home gives the same numbers, and nobody whom somebody has erased since."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core import keys
from core.erasures import request_erasure
from core.settings import Settings
from core.store.control import open_control_store
from core.tokens.key_file import first_keys, key_path, read_keys
from pipeline import backup as backups
from pipeline import build
from pipeline.backup import backup, restore
from pipeline.errors import AlreadyRunningError, PipelineError
from pipeline.home import Home
from tests.builders.kept import keep_everywhere, mentions, report_id, rows_of
from tests.pipeline.ingest.rows import call, whole_session
from tests.pipeline.runs import land, published, run, run_parsed, settings_in

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ACME, WORD = "cust_acme_Zp4r9w", "word_Qm7xK2v"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of two customers, built, with everything that is backed up."""
    root = tmp_path_factory.mktemp("before")
    settings = settings_in(root / "home")
    rows = [call(f"{WORD}-{n}", customer_id=ACME) for n in range(5)] + [call(f"z{n}") for n in range(5)]
    land(root / "landing", "llm_requests/a.jsonl", rows)
    land(root / "landing", "sessions/a.jsonl", [whole_session("z1")])
    run_parsed(settings, root / "landing", "first")
    store = open_control_store(settings)
    with store.writing() as connection:
        keep_everywhere(connection, ACME, "acme", WORD)
        for table in ("alert_rules", "custom_metrics"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    keys.create_key(store, name="kept", role=keys.Role.READ, customer_id=None, now=NOW)
    store.close()
    first_keys(key_path(settings), now=NOW)
    archive = settings.reports_dir / report_id("acme")
    archive.mkdir(parents=True)
    (archive / "1.pdf").write_text(WORD)
    return root


@pytest.fixture(scope="module")
def made(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backups") / "one"
    done = backup(_home(before), folder, now=NOW)
    assert done.has_control_store
    return folder


def _home(root: Path) -> Settings:
    return settings_in(root / "home")


def _rows(settings: Settings) -> dict[str, list[Any]]:
    store = open_control_store(settings)
    with store.reading() as connection:
        found: dict[str, list[Any]] = rows_of(connection)  # type: ignore[assignment]
    store.close()
    return found


def test_a_restored_home_gives_the_same_numbers(before: Path, made: Path, tmp_path: Path) -> None:
    earlier, settings = _home(before), _home(tmp_path)
    done = restore(settings, made, more_records=[], now=NOW)
    assert done.erasures == 0
    assert _rows(settings) == _rows(earlier)
    assert read_keys(key_path(settings)) == read_keys(key_path(earlier))
    assert key_path(settings).stat().st_mode & 0o777 == 0o600
    assert (settings.home / "control.sqlite").stat().st_mode & 0o777 == 0o600
    (tmp_path / "empty").mkdir()
    run_parsed(settings, tmp_path / "empty", "from-stored-files", full=True)
    assert published(settings) == published(earlier)
    assert mentions(settings.reports_dir, [WORD]), "archives are back"


def test_an_erasure_after_the_backup_holds_in_what_is_restored(
    before: Path, made: Path, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", f"{before}/.", str(tmp_path / "old")], check=True)
    old = settings_in(tmp_path / "old" / "home")
    store = open_control_store(old)
    with store.writing() as connection:
        request_erasure(connection, ACME, by="key_1", now=NOW)
    store.close()
    run_parsed(old, tmp_path / "old" / "landing", "erasing")

    settings = _home(tmp_path)
    done = restore(settings, made, more_records=[old.erasures_dir], now=NOW)
    assert done.erasures == 1
    stored_files = settings.home / "raw"
    assert mentions(stored_files, [ACME, WORD]) == [], "before anything is built or asked for"
    assert WORD not in str(_rows(settings))
    run(settings, tmp_path / "old" / "landing", "rebuilt")
    assert mentions(settings.home, [ACME, WORD]) == []
    assert len(published(settings)["fact_llm_requests"]) == 5


def test_a_backup_after_the_erasure_knows_of_it_by_itself(before: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-a", f"{before}/.", str(tmp_path / "old")], check=True)
    old = settings_in(tmp_path / "old" / "home")
    store = open_control_store(old)
    with store.writing() as connection:
        request_erasure(connection, ACME, by="key_1", now=NOW)
    store.close()
    # Asked for, and not done yet: the stored files still have them.
    backup(old, tmp_path / "backup", now=NOW)
    settings = _home(tmp_path)
    assert restore(settings, tmp_path / "backup", more_records=[], now=NOW).erasures == 1
    assert mentions(settings.home / "raw", [ACME, WORD]) == []


@pytest.mark.parametrize("point", ["backup.after_store", "backup.after_facts"])
def test_a_backup_that_is_killed_is_no_backup(before: Path, tmp_path: Path, point: str) -> None:
    target = tmp_path / "backups" / "one"
    assert _command(before, point, "backup", target).returncode == -signal.SIGKILL
    assert not target.exists()
    assert _command(before, "", "backup", target).returncode == 0
    assert backups._checked(target)


def _command(root: Path, point: str, *words: object) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("proofline")
    environment = os.environ | {"PROOFLINE_HOME": str(root / "home"), "PROOFLINE_FAULT_POINT": point}
    return subprocess.run(
        [str(program), *map(str, words)], env=environment, check=False, capture_output=True, text=True
    )


def test_a_damaged_backup_is_refused_and_nothing_is_restored(made: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-a", str(made), str(tmp_path / "damaged")], check=True)
    copy = next((tmp_path / "damaged" / "raw").glob("*.jsonl"))
    copy.write_bytes(copy.read_bytes()[:-2])
    with pytest.raises(PipelineError, match="missing or damaged"):
        restore(_home(tmp_path), tmp_path / "damaged", more_records=[], now=NOW)
    assert not (tmp_path / "home").exists()
    with pytest.raises(PipelineError, match="is no backup"):
        restore(_home(tmp_path), tmp_path, more_records=[], now=NOW)


def test_a_name_that_leads_out_of_the_backup_is_refused(made: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-a", str(made), str(tmp_path / "odd")], check=True)
    facts = json.loads((tmp_path / "odd" / "backup.json").read_text())
    (tmp_path / "outside").write_text("x")
    facts["files"]["../outside"] = backups._digest(tmp_path / "outside")
    (tmp_path / "odd" / "backup.json").write_text(json.dumps(facts))
    with pytest.raises(PipelineError, match="missing or damaged"):
        restore(_home(tmp_path), tmp_path / "odd", more_records=[], now=NOW)


def test_only_an_empty_home_is_restored_into(before: Path, made: Path) -> None:
    with pytest.raises(PipelineError, match="Restore into an empty PROOFLINE_HOME"):
        restore(_home(before), made, more_records=[], now=NOW)


def test_a_backup_waits_for_no_run_and_overwrites_nothing(before: Path, made: Path, tmp_path: Path) -> None:
    with build.lock(Home(_home(before).home)), pytest.raises(AlreadyRunningError):
        backup(_home(before), tmp_path / "new", now=NOW)
    with pytest.raises(PipelineError, match="is not empty"):
        backup(_home(before), made, now=NOW)
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_written_to_is_copied_in_one_state(before: Path, tmp_path: Path) -> None:
    settings = _home(before)
    store = open_control_store(settings)
    with store.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
        backup(settings, tmp_path / "beside", now=NOW)
    store.close()
    assert (tmp_path / "beside" / "control.sqlite").exists()
