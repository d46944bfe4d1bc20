"""dbt as a child that does not outlive us.

A dbt whose parent was killed would go on writing, and to the database of the next run if that has begun. The kernel is
asked to end it with its parent; one whose parent died before that could be asked ends by itself. Installed as the
program `proofline-dbt`.
"""

import ctypes
import os
import signal
import sys

from core import program

# In the environment: the number of the process that starts dbt.
PARENT = "PROOFLINE_DBT_PARENT"
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Runs dbt's own command line in this process."""
    program.run(_dbt)


def _dbt() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.environ.get(PARENT, str(os.getppid())) != str(os.getppid()):
        sys.exit("The process that started dbt is gone, so nobody waits for what it would build.")
    # This process has the database to itself until it ends.
    os.environ["PROOFLINE_DBT_KEEP_OPEN"] = "True"
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
