"""What Dagster keeps of runs, without erased customers.

Steps put no rows into metadata or logs; but the name of a file or a failed query may be a customer's id. A run whose
events mention somebody who was erased is forgotten as a whole.
"""

import dagster as dg

from core.settings import Settings
from core.tombstones import Tombstones
from pipeline import erasure


def forget_runs(instance: dg.DagsterInstance, settings: Settings, *, but: str) -> int:
    """Deletes the runs that mention an erased customer, and returns how many; `but` is the one that is running."""
    erased = erasure.read(settings).tombstones
    found = [run.run_id for run in instance.get_runs() if run.run_id != but]
    theirs = [run_id for run_id in found if _mentions(instance, run_id, erased)]
    for run_id in theirs:
        instance.delete_run(run_id)
    return len(theirs)


def _mentions(instance: dg.DagsterInstance, run_id: str, erased: Tombstones) -> bool:
    return any(erased.mentioned_in(dg.serialize_value(entry)) for entry in instance.all_logs(run_id))
