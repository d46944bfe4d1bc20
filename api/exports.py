"""What a file of raw data that somebody took along says of itself: which metrics, over what time, how many rows."""

import csv
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.delivery.announce import Export

_NEEDED = ("metric_id", "start", "end")


@dataclass(frozen=True)
class Taken:
    """A file as it left, or where it lies if it is too long to be kept in memory."""

    portal_id: str
    customer_id: str
    at: datetime
    path: Path
    body: bytes | None = field(default=None, repr=False)
    export_id: str = field(default_factory=lambda: f"exp_{secrets.token_hex(8)}")


def export_of(taken: Taken) -> Export:
    """Read when nobody waits for it; a file that is gone by then was taken all the same."""
    try:
        text = (taken.path.read_bytes() if taken.body is None else taken.body).decode("utf-8-sig", "replace")
    except OSError:
        text = ""
    rows = [row for row in csv.DictReader(text.splitlines()) if all(row.get(name) for name in _NEEDED)]
    instants = [datetime.fromisoformat(row[name]) for row in rows for name in ("start", "end")]
    return Export(
        export_id=taken.export_id,
        portal_id=taken.portal_id,
        customer_id=taken.customer_id,
        format="csv",
        metric_ids=tuple(dict.fromkeys(row["metric_id"].lstrip("'") for row in rows)),
        start=min(instants, default=None),
        end=max(instants, default=None),
        rows=len(rows) if text else None,
        at=taken.at,
    )
