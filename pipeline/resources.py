"""What DuckDB may take of the machine while the pipeline builds: memory, and disk for what does not fit in it.

Left to itself DuckDB spills beside the database, up to nearly the whole disk. Here every connection names its folder,
which goes with its run.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from core.settings import Settings

_MIB = 2**20


@dataclass(frozen=True)
class Resources:
    """`memory` and `spill_size` as DuckDB reads sizes; what does not fit in memory goes to the folder `spill`."""

    memory: str
    spill: Path
    spill_size: str

    @classmethod
    def of(cls, settings: Settings, spill: Path) -> "Resources":
        return cls(settings.build_memory, spill, spill_size(settings))

    def connect(self, database: Path, **config: str) -> duckdb.DuckDBPyConnection:
        """A connection that keeps to them, to be closed by whoever asked."""
        limits: dict[str, Any] = {"memory_limit": self.memory, "temp_directory": str(self.spill)}
        connection = duckdb.connect(str(database), config={**limits, **config})
        # DuckDB 2.0 takes this one at opening and does not keep to it: it has to be set on what is open.
        connection.execute(f"SET max_temp_directory_size = '{self.spill_size}'")
        return connection


def spill_size(settings: Settings) -> str:
    """How much may be spilled: as set, or at most half of what is free now, so that there is room to publish.

    It stands in dbt's profile, and dbt parses the whole project anew when that says another size than the last time,
    which costs a run three seconds. So it is a power of two, which seldom changes.
    """
    if settings.build_spill:
        return settings.build_spill
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    half = max(1, free // 2 // _MIB)
    return f"{1 << (half.bit_length() - 1)}MiB"
