"""Kills writers of a control store again and again: home, database URL or "", how often. Prints what came of it."""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from core import keys
from core.settings import Settings
from core.store.control import open_control_store
from tests.faults.zygote import killed_after, moments


def main(home: Path, url: str, kills: int) -> dict[str, int]:
    settings = Settings(home=home, database_url=url)
    open_control_store(settings).close()
    acknowledged: set[str] = set()
    untold = 0
    told = {"kills": 0, "acknowledged": 0, "lost": 0, "half": 0, "damaged": 0}

    def write(acknowledge: "object") -> None:
        store = open_control_store(settings)
        while True:
            name = f"n{len(acknowledged)}"
            key, _ = keys.create_key(
                store, name=name, role=keys.Role.READ, customer_id="c", now=datetime.now(UTC)
            )
            acknowledge(key.key_id)  # type: ignore[operator]

    for number, seconds in enumerate(moments(kills, 0.02, 0.5, seed=len(url) + 1)):
        # Every other one while it starts, if the machine is slow.
        lines, was_killed = killed_after(write, seconds, at_work=number % 2 == 1)
        acknowledged |= set(lines)
        store = open_control_store(settings)
        kept = {key.key_id for key in keys.list_keys(store)}
        store.close()
        told["kills"] += was_killed
        told["lost"] += len(acknowledged - kept)
        untold += len(kept - acknowledged)
        acknowledged |= kept
        told["damaged"] += not _is_sound(settings)
    # Each may have written one thing of which nobody was told, and that a server may end after its client; a second
    # one could not have begun.
    told["half"] = max(0, untold - told["kills"])
    told["acknowledged"] = len(acknowledged)
    return told


def _is_sound(settings: Settings) -> bool:
    if settings.database_url:
        return True
    with sqlite3.connect(settings.control_path) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found == [("ok",)]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
