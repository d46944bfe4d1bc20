"""dbt as a child that does not outlive us.

A dbt whose parent was killed would go on writing to a database nobody will publish. The kernel is asked to end
it with its parent. Installed as the program `proofline-dbt`.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Runs dbt's own command line in this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # This process has the database to itself until it ends.
    os.environ["PROOFLINE_DBT_KEEP_OPEN"] = "True"
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
