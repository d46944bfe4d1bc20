"""Where the dbt project is, how dbt is called, and what makes its earlier results worthless."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from core.settings import Settings
from pipeline.dbt_process import PARENT
from pipeline.errors import PipelineError
from pipeline.home import Home
from pipeline.resources import spill_size

PROJECT = Path(__file__).resolve().parents[1] / "dbt"


def fingerprint(settings: Settings) -> str:
    """Changes whenever the same events would give other tables: with the models and the settings they read."""
    return _digest(settings, [*_files("models", "*.sql"), *_files("macros", "*.sql")])


def _digest(settings: Settings, paths: list[Path]) -> str:
    digest = hashlib.sha256(f"{settings.loop_length} {duckdb.__version__}".encode())
    for path in paths:
        digest.update(path.relative_to(PROJECT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def environment(settings: Settings, database: Path) -> dict[str, str]:
    """What dbt's profile reads from the environment, pointed at the run's `database`.

    dbt parses the whole project anew when its profile says another path than the last time, which costs a run
    three seconds. So the path is always the same: a link to the folder of the run.
    """
    building = target(settings) / "building"
    _point(building, database.parent)
    return {
        "PROOFLINE_BUILD_DATABASE": str(building / database.name),
        "PROOFLINE_BUILD_MEMORY": settings.build_memory,
        "PROOFLINE_BUILD_SPILL": spill_size(settings),
        "PROOFLINE_BUILD_WORK": str(building / "work"),
        PARENT: str(os.getpid()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(target(settings)),
        "DBT_LOG_PATH": str(target(settings) / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT),
        # dbt asks its registry for newer versions; there is none to ask, and none wanted.
        "DBT_VERSION_CHECK": "false",
        # Every statement's own events would be written as JSON for half a second of a run.
        "DBT_LOG_LEVEL_FILE": "info",
    }


def build_arguments(settings: Settings, *, rebuild_all: bool) -> list[str]:
    """The arguments of the one dbt call of a run."""
    variables = f'{{"loop_length": {settings.loop_length}}}'
    # Unit tests are about the SQL, not about the data; they have their place in the test suite. The manifest that dbt
    # would write, twice a run, is the one it has parsed; writing it takes as long as thirty small models.
    arguments = ["build", "--no-write-json", "--exclude-resource-type", "unit_test", "--vars", variables]
    return [*arguments, *(["--full-refresh"] if rebuild_all else [])]


def target(settings: Settings) -> Path:
    """The folder of dbt's own results; the project itself may lie where nothing can be written."""
    return Home(settings.home).root / "dbt"


def manifest(settings: Settings) -> Path:
    """dbt's description of the project, parsed anew when a model has changed.

    Raises PipelineError with dbt's words where the project does not parse.
    """
    parsing = _ahead.pop(target(settings), None)
    if parsing is None and not _is_parsed(settings):
        parsing = _begin_parsing(settings)
    if parsing is not None:
        _end_parsing(parsing)
        _stamp(settings).write_text(_project_digest(settings))
    return target(settings) / "manifest.json"


def parse_ahead(settings: Settings) -> None:
    """Begins what `manifest` will wait for, if there is anything to do, while its caller does other things."""
    if not _is_parsed(settings):
        _ahead[target(settings)] = _begin_parsing(settings)


# The dbt that is parsing, by its target folder.
_ahead: dict[Path, subprocess.Popen[str]] = {}


def _is_parsed(settings: Settings) -> bool:
    stamp = _stamp(settings)
    is_there = stamp.is_file() and (target(settings) / "manifest.json").is_file()
    return is_there and stamp.read_text() == _project_digest(settings)


def _stamp(settings: Settings) -> Path:
    return target(settings) / "manifest.fingerprint"


def _project_digest(settings: Settings) -> str:
    return _digest(settings, [*_files("", "*.sql"), *_files("", "*.yml")])


def run(settings: Settings, database: Path, *, rebuild_all: bool) -> None:
    """Builds and tests all models in `database`. Raises PipelineError with what failed."""
    arguments = build_arguments(settings, rebuild_all=rebuild_all)
    building = _begin(arguments, environment(settings, database))
    output, _ = building.communicate()
    if building.returncode:
        raise PipelineError(f"The models did not build, or a test refused them:\n{_failures(output)}")


def _point(link: Path, folder: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f"{link.name}.{os.getpid()}")
    fresh.symlink_to(folder)
    fresh.replace(link)


def _failures(output: str) -> str:
    """dbt's own words on what failed, without its report of what went well."""
    lines = output.splitlines()
    start = next((i for i, line in enumerate(lines) if "Failure in" in line or "Error" in line), 0)
    return "\n".join(lines[start:])


def _begin_parsing(settings: Settings) -> subprocess.Popen[str]:
    target(settings).mkdir(parents=True, exist_ok=True)
    # The same variables as in a build, or dbt takes its parsed project for another one's.
    variables = build_arguments(settings, rebuild_all=False)[-2:]
    return _begin(
        ["parse", "--no-partial-parse", *variables], environment(settings, Home(settings.home).warehouse)
    )


def _end_parsing(parsing: subprocess.Popen[str]) -> None:
    output, errors = parsing.communicate()
    if parsing.returncode:
        raise PipelineError(f"The dbt project in {PROJECT} does not parse:\n{output}{errors}")


def _begin(arguments: list[str], variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  (our own command)
        [
            sys.executable,
            "-m",
            "pipeline.dbt_process",
            "--no-use-colors",
            *arguments,
            "--project-dir",
            str(PROJECT),
        ],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _files(folder: str, pattern: str) -> list[Path]:
    return sorted(path for path in (PROJECT / folder).rglob(pattern) if "target" not in path.parts)
