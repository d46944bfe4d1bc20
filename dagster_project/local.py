"""Dagster on this machine: its home below PROOFLINE_HOME, runs in this process, the UI with its daemon.

The command line and the tests use this; a deployment with Dagster services of its own does not need it.
"""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance import InstanceRef

from core.settings import Settings
from core.store.dagster_storage import SETTING, names_storage
from dagster_project import event_log, reaping
from dagster_project.session import telling
from pipeline import build
from pipeline.errors import PipelineError

JOB = "publish_metrics"
_FILE = "dagster.yaml"
_CONFIGURATION = """\
# Written by proofline; edit it as you like, it is never overwritten.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
run_monitoring:
  enabled: true
  max_resume_run_attempts: 0
  start_timeout_seconds: 120
  max_runtime_seconds: 1800
  poll_interval_seconds: 30
  free_slots_after_run_end_seconds: 60
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 7
      failure: 30
      success: 30
"""
# Where the tables are is known by the settings alone, so no password lies in this file.
_IN_POSTGRESQL = f"""\
# {SETTING} says where.
storage:
  custom:
    module: dagster_project.storage
    class: PostgresStorage
"""
_WORKSPACE = """\
load_from:
  - python_module:
      module_name: dagster_project.definitions
      location_name: proofline
"""


@dataclass(frozen=True)
class Outcome:
    """How a run in this process ended: what it published, or which step failed and why; and of how many portals it
    built the pages."""

    succeeded: bool
    run_id: str
    snapshot: str | None
    failures: tuple[str, ...]
    portals_built: int = 0


@contextmanager
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's storage of runs and events, made where it is not there yet."""
    folder = home(settings)
    if settings.dagster_database_url:
        _prepare_postgresql(settings, folder)
    is_ours = not names_storage((folder / _FILE).read_text())
    ref = InstanceRef.from_dir(str(folder), overrides=event_log.configuration(folder) if is_ours else {})
    with dg.DagsterInstance.from_ref(ref) as found:
        yield found


def _prepare_postgresql(settings: Settings, folder: Path) -> None:
    try:
        from dagster_project.storage import prepare
    except ModuleNotFoundError as missing:
        raise PipelineError(
            f"{SETTING} is set, and the Python package {missing.name} is not installed. Run `make install`."
        ) from None
    prepare(settings, folder)


def home(settings: Settings) -> Path:
    """DAGSTER_HOME of this installation, with its dagster.yaml."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / _FILE
    if not configuration.exists():
        _put(configuration, _CONFIGURATION)
    _name_storage(configuration, in_postgresql=bool(settings.dagster_database_url))
    return folder


def _name_storage(configuration: Path, *, in_postgresql: bool) -> None:
    """Adds to the file what the setting asks for. Nothing is taken away by itself: a command that lacks the setting
    would begin a second history beside the first."""
    text = configuration.read_text()
    if in_postgresql == (_IN_POSTGRESQL in text):
        return
    if not in_postgresql:
        raise PipelineError(
            f"Dagster keeps its runs in PostgreSQL, but {SETTING} is not set. Set it; or take the lines about it out of"
            f" {configuration} to begin anew with SQLite."
        )
    if names_storage(text):
        raise PipelineError(
            f"{SETTING} is set, but {configuration} names a storage of its own. Take one of the two away."
        )
    _put(configuration, text + _IN_POSTGRESQL)


def _put(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    beside.write_text(text)
    beside.replace(path)


def run(settings: Settings, config: Mapping[str, Any], told: Callable[[str, int, int], None]) -> Outcome:
    """Runs the whole job in this process, so that its runs stand in the UI beside those of the schedule."""
    quiet()
    from dagster_project.definitions import defs

    job = defs.resolve_job_def(JOB)
    log = settings.home / "dagster" / "last-build.log"
    with instance(settings) as found, telling(told), log.open("w") as heard, redirect_stdout(heard):
        reap(settings, found)
        result = job.execute_in_process(
            run_config={
                "ops": {"ingest": {"config": dict(config)}},
                # The UI keeps every event; in the terminal they would bury what matters.
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=found,
            tags={reaping.PROCESS_TAG: reaping.this_process()},
            raise_on_error=False,
        )
        if not result.success:
            build.discard(settings, result.run_id)
        return Outcome(
            result.success, result.run_id, _snapshot(result), tuple(_failures(result)), _portals(result)
        )


def reap(settings: Settings, found: dg.DagsterInstance) -> int:
    """Marks builds as failed whose process is gone, and says how many."""
    return reaping.reap(settings, found, JOB)


def serve_ui(settings: Settings, host: str, port: int) -> subprocess.Popen[bytes]:
    """Starts the web server and the daemon that runs schedules and sensors."""
    return _start(settings, "dagster", "dev", "--host", host, "--port", str(port))


def serve_web(settings: Settings, host: str, port: int) -> subprocess.Popen[bytes]:
    """Starts the web server alone."""
    return _start(settings, "dagster-webserver", "--host", host, "--port", str(port))


def run_daemon(settings: Settings) -> subprocess.Popen[bytes]:
    """Starts the daemon alone."""
    return _start(settings, "dagster-daemon", "run")


def _start(settings: Settings, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    """One of Dagster's programs on this project, after runs that died have been marked."""
    with instance(settings) as found:
        reap(settings, found)
        if program != "dagster-webserver":
            reaping.reap_all(found)
    workspace = home(settings) / "workspace.yaml"
    workspace.write_text(_WORKSPACE)
    command = [str(Path(sys.executable).with_name(program)), *arguments, "--workspace", str(workspace)]
    environment = os.environ | {"DAGSTER_HOME": str(home(settings)), "PROOFLINE_HOME": str(settings.home)}
    return subprocess.Popen(command, env=environment, cwd=settings.home)  # noqa: S603  (our own command)


def quiet() -> None:
    """Keeps warnings about other people's packages out of the terminal."""
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="sqlglotrs")


def _snapshot(result: dg.ExecuteInProcessResult) -> str | None:
    for event in result.get_asset_materialization_events():
        if event.asset_key and event.asset_key.path[-1] == "snapshot":
            return str(event.materialization.metadata["snapshot"].value)
    return None


def _portals(result: dg.ExecuteInProcessResult) -> int:
    for event in result.get_asset_materialization_events():
        if event.asset_key and event.asset_key.path[-1] == "portals":
            return int(str(event.materialization.metadata["built"].value))
    return 0


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error and error.cause else error
            yield f"{event.step_key}: {(cause.message if cause else 'failed').strip()}"
