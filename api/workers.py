"""The threads that answer questions: as many at a time as there are cores, since more only take the interpreter from
each other; yet nobody waits long behind questions that take long.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Answer = TypeVar("_Answer")
_FEW = max(2, os.cpu_count() or 1)
# As many as the framework has.
_MANY = 40
PATIENCE_SECONDS = 0.05


class Workers:
    """Few threads for all questions, and many for those that would wait too long for one of the few."""

    def __init__(self) -> None:
        self._few = ThreadPoolExecutor(_FEW, thread_name_prefix="question")
        self._many = ThreadPoolExecutor(_MANY, thread_name_prefix="question-behind")

    async def run(self, question: Callable[[], _Answer]) -> _Answer:
        """What the question gives, worked out in a thread."""
        loop = asyncio.get_running_loop()
        first = self._few.submit(question)
        # What has begun cannot be cancelled, and goes on.
        waiting = loop.call_later(PATIENCE_SECONDS, first.cancel)
        try:
            return await asyncio.wrap_future(first)
        except asyncio.CancelledError:
            asking = asyncio.current_task()
            if not first.cancelled() or (asking is not None and asking.cancelling()):
                raise
        finally:
            waiting.cancel()
        return await loop.run_in_executor(self._many, question)

    def close(self) -> None:
        self._few.shutdown(wait=False)
        self._many.shutdown(wait=False)
