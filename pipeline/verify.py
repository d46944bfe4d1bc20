"""Reads a snapshot whole, every column of every table, and prints the row counts as JSON.

Run as a process of its own (`python -m pipeline.verify FILE`): the process that wrote the file would be answered
from its own memory.
"""

import json
import sys
from typing import Any

import duckdb


def read_whole(path: str) -> dict[str, int]:
    """Row counts by table; raises duckdb.Error where a block cannot be read."""
    config: dict[str, Any] = {
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        # Rows are only counted and hashed; nothing is to lie beside what is published.
        "temp_directory": "",
    }
    connection = duckdb.connect(path, read_only=True, config=config)
    names = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    counts = {}
    for (name,) in names:
        # Hashing a row needs each of its values.
        row = connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {name} AS t").fetchone()
        counts[name] = int(row[0]) if row else 0
    return counts


if __name__ == "__main__":
    try:
        print(json.dumps(read_whole(sys.argv[1])))
    except duckdb.Error as error:
        sys.exit(str(error).splitlines()[0])
