"""Dagster's storage in PostgreSQL: the class that dagster.yaml names, and what must be there before it is used.

The address comes from the settings of the process, so it is in no file, and in no run's description or arguments.
Importing this module takes dagster-postgres; where storage is SQLite nobody does.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import dagster as dg
from alembic.util import CommandError
from dagster._config.config_schema import UserConfigSchema
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy.exc import SQLAlchemyError

from core.settings import Settings, load
from core.settings_text import SettingsError
from core.store import dagster_storage
from core.store.dagster_storage import SETTING
from pipeline.errors import PipelineError

# Names the turn of whoever makes or changes Dagster's tables among the database's other advisory locks.
_TURN = 0x646167737465


class StorageUnavailableError(PipelineError):
    """PostgreSQL is to keep Dagster's runs and cannot; nothing was run."""


class PostgresStorage(DagsterPostgresStorage):
    """Dagster's own, at the address of PROOFLINE_DAGSTER_DATABASE_URL."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Mapping[str, Any],  # noqa: ARG003
    ) -> Self:
        return cls(_url(load()), inst_data=inst_data)


def prepare(settings: Settings, folder: Path) -> None:
    """Schema and tables as this version of Dagster needs them, for the instance that `folder` configures;
    StorageUnavailableError says why not. Processes that start at the same time wait for one another."""
    try:
        with dagster_storage.connected(settings) as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_TURN})")
            has = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
            if connection.exec_driver_sql(has, (dagster_storage.SCHEMA,)).scalar() is None:
                connection.exec_driver_sql(f"CREATE SCHEMA {dagster_storage.SCHEMA}")
            if not _is_newest(PostgresStorage(_url(settings)).run_storage.alembic_version()):
                with dg.DagsterInstance.from_config(str(folder)) as instance:
                    instance.upgrade()
    except SettingsError as problem:
        raise StorageUnavailableError(f"{problem}.") from None
    except CommandError:
        raise StorageUnavailableError(
            f"A newer Dagster has written the schema {dagster_storage.SCHEMA} that {SETTING} leads to. It was left as it"
            " is; start that version of Proofline."
        ) from None
    except SQLAlchemyError as problem:
        raise StorageUnavailableError(dagster_storage.why_not(settings, problem)) from problem


def _is_newest(found_and_newest: tuple[str | None, object] | None) -> bool:
    """Runs, events and schedules have one version."""
    return found_and_newest is not None and found_and_newest[0] == found_and_newest[1]


def _url(settings: Settings) -> str:
    return dagster_storage.address(settings).render_as_string(hide_password=False)
