"""Records of erasures as files beside the warehouse: what they say outlives a control store put back from a backup.

One file an erasure, `erasure_<id>.json`; none names anybody. What a record holds is made by `pipeline.erasure`.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from core.erasures import all_erasures, reapply
from core.store.control import ControlStore
from core.tombstones import Tombstones

PATTERN = "erasure_*.json"


def read_records(folder: Path) -> Iterator[dict[str, Any]]:
    """Every record that can be read; one that was damaged is in the control store as well."""
    for path in sorted(folder.glob(PATTERN)):
        try:
            record = json.loads(path.read_text())
            if isinstance(record["customer_digest"], str) and isinstance(record["agent_digests"], list):
                yield record
        except (OSError, ValueError, KeyError, TypeError):
            continue


def tombstones_in(folder: Path) -> Tombstones:
    """Whom the records tell of."""
    records = list(read_records(folder))
    return Tombstones(
        frozenset(record["customer_digest"] for record in records),
        frozenset(agent for record in records for agent in record["agent_digests"]),
    )


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Keeps the record, on the disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{record['erasure_id']}.json"
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w") as writer:
        json.dump(dict(record), writer, indent=1, sort_keys=True)
        writer.flush()
        os.fsync(writer.fileno())
    temporary.replace(path)


def reapply_missing(store: ControlStore, folder: Path, *, now: datetime, again: bool = False) -> int:
    """Erases anew whoever a record tells of and the store does not: it was put back from before that. With `again`
    also whom the store knows, as after stored files were put back, too. Returns how many."""
    digests = tombstones_in(folder).customers
    if not digests and not again:
        return 0
    with store.reading() as connection:
        known = {one.customer_digest for one in all_erasures(connection)}
    wanted = (digests | known) if again else (digests - known)
    if wanted:
        with store.writing() as connection:
            for digest in sorted(wanted):
                reapply(connection, digest, by="a record beside the store", now=now)
    return len(wanted)
