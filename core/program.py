"""A program's process: what the interpreter would do at the end, and over and over meanwhile, for nothing.

A build holds some million objects when it ends. To take them apart one by one, and to look for circles among them
before, takes most of a second, and the process gives all its memory back by ending anyhow.
"""

import atexit
import gc
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress

# Loading a large library makes hundreds of thousands of objects that stay: to look for circles among them after every
# 700 takes a tenth of the time.
_THRESHOLD = (20_000, 20, 100)


def run(main: Callable[[], object]) -> None:
    """Runs `main` as all that this process does. It ends with the code that `main` asked for, after all threads and
    all that was registered for the end meanwhile (`atexit`): connections are closed and temporary files removed."""
    gc.set_threshold(*_THRESHOLD)
    code = 1

    def end() -> None:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # nobody reads it any more, or there is none
                stream.flush()
        os._exit(code)

    # What is registered first comes last.
    atexit.register(end)
    try:
        main()
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
        raise
