"""Installations for the doctor to look at."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from core.doctor import Case, Finding, State
from tests.builders import NOON

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
