"""Promise: Dagster keeps its runs, events and schedules in PostgreSQL where the setting says so, and nowhere else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from core.settings import Settings
from core.store import dagster_storage
from dagster_project import local
from pipeline.build import lock
from pipeline.errors import PipelineError
from pipeline.home import Home
from tests.builders.ports import free_port
from tests.builders.postgresql import Server
from tests.builders.served import exchange
from tests.builders.waiting import LONG, comes
from tests.dagster_project.conftest import call
from tests.pipeline.runs import land, settings_in

# Dagster and what it stands on warn of their own future; nothing of ours can mend that.
pytestmark = pytest.mark.filterwarnings("ignore")

ACME = "cust_acme_x81Kq"


def _nobody(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "PROOFLINE_HOME": str(settings.home),
        "PROOFLINE_DATABASE_URL": settings.database_url,
        "PROOFLINE_DAGSTER_DATABASE_URL": settings.dagster_database_url,
    }


def _proofline(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("proofline")
    return subprocess.run(
        [str(program), *words], env=_environment(settings), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installation(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation with events of two customers, all of whose tables are in one new database."""
    home = tmp_path_factory.mktemp("home")
    # The last row is rejected, and the run says in which file.
    rows = [call(1, customer_id=ACME), call(2), {"customer_id": ACME, "request_id": "r3"}]
    land(home / "landing", f"llm_requests/{ACME}.jsonl", rows)
    url = postgres.new_database()
    settings = settings_in(home, PROOFLINE_DATABASE_URL=url, PROOFLINE_DAGSTER_DATABASE_URL=url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFLINE_HOME", str(home))
        patch.setenv("PROOFLINE_DATABASE_URL", url)
        patch.setenv("PROOFLINE_DAGSTER_DATABASE_URL", url)
        yield settings


@pytest.fixture(scope="module")
def built(installation: Settings) -> local.Outcome:
    return local.run(installation, {"landing": str(installation.landing_dir)}, _nobody)


def _ask(settings: Settings, question: str) -> list[Any]:
    with dagster_storage.connected(settings) as connection:
        return list(connection.exec_driver_sql(question).scalars())


def _everything(settings: Settings) -> str:
    """Every row of every table of Dagster's, as text."""
    with dagster_storage.connected(settings) as connection:
        names = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'dagster'")
        rows = [
            connection.exec_driver_sql(f'SELECT t::text FROM dagster."{name}" AS t').scalars()
            for name in names.scalars().all()
        ]
        return "\n".join(str(row) for table in rows for row in table)


def test_a_build_stands_in_the_tables_and_in_no_file(built: local.Outcome, installation: Settings) -> None:
    assert built.succeeded, built.failures
    assert _ask(installation, "SELECT status FROM runs") == ["SUCCESS"]
    assert _ask(installation, "SELECT count(*) FROM event_logs WHERE asset_key LIKE '%%snapshot%%'")[0] > 0
    assert list((installation.home / "dagster").rglob("*.db")) == []
    assert not (installation.home / "control.sqlite").exists()


@pytest.mark.usefixtures("built")
def test_the_control_stores_tables_are_not_touched(installation: Settings) -> None:
    schemas = "SELECT table_schema FROM information_schema.tables WHERE table_name = "
    assert sorted(_ask(installation, schemas + "'alembic_version'")) == ["dagster", "public"]
    assert _ask(installation, schemas + "'runs'") == ["dagster"]
    assert _ask(installation, schemas + "'api_keys'") == ["public"]


@pytest.mark.usefixtures("built")
def test_a_run_whose_process_died_is_marked_as_failed(installation: Settings) -> None:
    from dagster_project.definitions import defs

    with local.instance(installation) as found:
        job = defs.resolve_job_def(local.JOB)
        dead = found.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        with lock(Home(installation.home)):
            assert local.reap(installation, found) == 0, "a run that holds the lock is alive"
        assert local.reap(installation, found) == 1
        assert found.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE  # type: ignore[union-attr]
        found.delete_run(dead.run_id)


@pytest.mark.usefixtures("built")
def test_the_password_is_in_no_file_of_the_home_and_in_no_row(installation: Settings, tmp_path: Path) -> None:
    configuration = local.home(installation) / "dagster.yaml"
    assert installation.dagster_database_url not in configuration.read_text()
    with local.instance(installation) as found:
        told = dg.serialize_value(found.get_ref())
    assert "postgresql://" not in told
    assert "postgresql" not in _everything(installation)


@pytest.mark.usefixtures("built")
def test_tables_of_an_earlier_version_are_brought_forward(installation: Settings) -> None:
    newest = _ask(installation, "SELECT version_num FROM alembic_version")
    with dagster_storage.connected(installation) as connection:
        # As they were before the last three steps, of which one adds this column.
        connection.exec_driver_sql("ALTER TABLE concurrency_limits DROP COLUMN using_default_limit")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '6b7fb194ff9c'")
    with local.instance(installation) as found:
        assert found.get_runs_count() == 1
    assert _ask(installation, "SELECT version_num FROM alembic_version") == newest
    assert _ask(installation, "SELECT count(using_default_limit) FROM concurrency_limits") != []


@pytest.mark.usefixtures("built")
def test_tables_of_a_later_version_are_left_as_they_are(installation: Settings) -> None:
    newest = _ask(installation, "SELECT version_num FROM alembic_version")
    with dagster_storage.connected(installation) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of_the_future'")
        with pytest.raises(PipelineError, match="A newer Dagster"), local.instance(installation):
            pass
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest[0]}'")


@pytest.mark.nightly
@pytest.mark.usefixtures("built")
def test_the_commands_work_there(installation: Settings, tmp_path: Path) -> None:
    land(installation.landing_dir, "llm_requests/more.jsonl", [call(4)])
    for words in (["build"], ["status"], ["build"], ["backup", str(tmp_path / "backup")]):
        done = _proofline(installation, *words)
        assert done.returncode == 0, done.stderr
    assert _ask(installation, "SELECT status FROM runs") == ["SUCCESS"] * 2
    assert list((installation.home / "dagster").rglob("*.db")) == []


@pytest.mark.nightly
@pytest.mark.usefixtures("built")
def test_the_web_server_shows_its_runs_and_the_daemon_lives_there(installation: Settings) -> None:
    port = free_port()
    program, environment = str(Path(sys.executable).with_name("proofline")), _environment(installation)
    commands = (["ui", "--no-daemon", "--port", str(port)], ["daemon"])
    # Whoever is ended by a signal ends what it has started.
    running = [
        subprocess.Popen(
            [program, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for words in commands
    ]
    try:
        assert comes(lambda: "SUCCESS" in _graphql(port, "{runsOrError{... on Runs{results{status}}}}"))
        assert comes(lambda: _ask(installation, "SELECT count(*) FROM daemon_heartbeats")[0] > 0)
        found = {
            one["subject"]: one
            for one in json.loads(_proofline(installation, "doctor", "--json").stdout)["findings"]
        }
        assert found["daemon"]["state"] == "ok", found["daemon"]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(LONG)
    assert list((installation.home / "dagster").rglob("*.db")) == []


def _graphql(port: int, query: str) -> str:
    body = json.dumps({"query": query}).encode()
    try:
        headers = ("Content-Type: application/json",)
        return exchange(port, "/graphql", *headers, method="POST", body=body).decode()
    except OSError:
        return ""


@pytest.mark.nightly
@pytest.mark.usefixtures("built")
def test_an_erased_customer_is_in_no_row(installation: Settings) -> None:
    assert ACME in _everything(installation), "a run was about a file named for them"
    erased = _proofline(installation, "customers", "erase", ACME, "--yes")
    assert erased.returncode == 0, erased.stderr
    assert ACME not in _everything(installation)


@pytest.mark.usefixtures("built")
def test_a_command_without_the_setting_begins_no_second_history(installation: Settings) -> None:
    lost = settings_in(installation.home, PROOFLINE_DATABASE_URL=installation.database_url)
    with pytest.raises(PipelineError, match="PROOFLINE_DAGSTER_DATABASE_URL is not set"):
        local.run(lost, {"landing": str(lost.landing_dir)}, _nobody)
    assert list((installation.home / "dagster").rglob("*.db")) == []


def test_an_installation_with_a_configuration_of_its_own_moves_there(
    tmp_path: Path, postgres: Server
) -> None:
    settings = settings_in(tmp_path)
    configuration = local.home(settings) / "dagster.yaml"
    configuration.write_text(configuration.read_text().replace("default_limit: 1", "default_limit: 2"))
    moved = settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL=postgres.new_database())
    local.home(moved)
    assert "default_limit: 2" in configuration.read_text()
    assert configuration.read_text().count("class: PostgresStorage") == 1
    local.home(moved)
    assert configuration.read_text().count("class: PostgresStorage") == 1


def test_a_storage_that_somebody_else_chose_is_not_replaced(tmp_path: Path) -> None:
    configuration = local.home(settings_in(tmp_path)) / "dagster.yaml"
    own = configuration.read_text() + "storage:\n  sqlite:\n    base_dir: elsewhere\n"
    configuration.write_text(own)
    with pytest.raises(PipelineError, match="names a storage of its own"):
        local.home(settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL="postgresql://db/x"))
    assert configuration.read_text() == own


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://proofline:hunter2@127.0.0.1:1/none", "nobody answers at that address"),
        ("postgresql://proofline:hunter2@/none?host={place}", "it has no database of that name"),
        ("postgresql://nobody:hunter2@/postgres?host={place}", "it does not know the user"),
        ("postgresql:proofline", "is not a database URL that can be used"),
    ],
    ids=["no-server", "no-database", "no-user", "no-url"],
)
def test_what_is_wrong_is_one_sentence_without_the_password(
    tmp_path: Path, postgres: Server, url: str, reason: str
) -> None:
    settings = settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL=url.format(place=postgres.folder))
    with pytest.raises(PipelineError) as refusal, local.instance(settings):
        pass
    told = str(refusal.value)
    assert reason in told and "\n" not in told and "hunter2" not in told


def test_a_user_who_may_not_make_the_schema_is_told_what_to_ask_for(tmp_path: Path, postgres: Server) -> None:
    settings = settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL=postgres.new_database())
    with dagster_storage.connected(settings) as connection:
        connection.exec_driver_sql("CREATE ROLE guest LOGIN")
    theirs = settings.dagster_database_url.replace("proofline@", "guest@")
    guest = settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL=theirs)
    with (
        pytest.raises(PipelineError, match='CREATE SCHEMA dagster AUTHORIZATION "guest"'),
        local.instance(guest),
    ):
        pass
    with dagster_storage.connected(settings) as connection:
        connection.exec_driver_sql('CREATE SCHEMA dagster AUTHORIZATION "guest"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROOFLINE_DAGSTER_DATABASE_URL", theirs)
        with local.instance(guest) as found:
            assert found.get_runs_count() == 0


@pytest.mark.nightly
def test_processes_that_start_at_the_same_time_agree_on_the_tables(tmp_path: Path, postgres: Server) -> None:
    settings = settings_in(tmp_path, PROOFLINE_DAGSTER_DATABASE_URL=postgres.new_database())
    code = (
        "from core.settings import load; from dagster_project import local\n"
        "with local.instance(load()) as found: print(found.get_runs_count())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=_environment(settings), stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [one.communicate()[0].strip() for one in started] == ["0"] * 3
