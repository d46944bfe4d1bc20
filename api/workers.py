"""The threads that answer questions: as many at a time as there are cores, since more only take the interpreter from
each other; yet a quick question never waits long for slow ones.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
_FEW = max(2, os.cpu_count() or 1)
# As many as the framework has.
_MANY = 40
PATIENCE_SECONDS = 0.05


class Workers:
    """Few threads for all questions, and many beside them for as long as slow questions have the few."""

    def __init__(self) -> None:
        self._few = ThreadPoolExecutor(_FEW, thread_name_prefix="question")
        self._many = ThreadPoolExecutor(_MANY, thread_name_prefix="question-beside")
        # How many of the few are known to be at a slow question.
        self._held = 0

    async def run(self, question: Callable[[], _Answer]) -> _Answer:
        """What the question gives, worked out in a thread."""
        loop = asyncio.get_running_loop()
        if self._held >= _FEW:
            return await loop.run_in_executor(self._many, question)
        first = self._few.submit(question)
        waiting = loop.call_later(PATIENCE_SECONDS, self._lose_patience, loop, first)
        try:
            return await asyncio.wrap_future(first)
        except asyncio.CancelledError:
            asking = asyncio.current_task()
            if not first.cancelled() or (asking is not None and asking.cancelling()):
                raise
        finally:
            if first.done():
                waiting.cancel()
        return await loop.run_in_executor(self._many, question)

    def _lose_patience(self, loop: asyncio.AbstractEventLoop, first: Future[Any]) -> None:
        """Takes back a question that still waits. One that is being worked on has its thread until it is done."""
        if first.cancel() or first.done():
            return
        self._held += 1
        first.add_done_callback(lambda _: self._free(loop))

    def _free(self, loop: asyncio.AbstractEventLoop) -> None:
        # Called by the thread, which may outlive the loop.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._count_free)

    def _count_free(self) -> None:
        self._held -= 1

    def close(self) -> None:
        self._few.shutdown(wait=False)
        self._many.shutdown(wait=False)
