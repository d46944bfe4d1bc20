"""How far a long command has come: a moving line in a terminal, one line per step where nobody watches."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

Told = Callable[[str, int, int], None]


class Progress(AbstractContextManager[Told]):
    """Entered, it gives a function that is told (what, done, total) as often as one likes."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._step = ""
        self._task = self._bar.add_task("", start=False, visible=False)
        self._started = time.monotonic()

    def __enter__(self) -> Told:
        if self._console.is_terminal:
            self._bar.start()
        return self._tell

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._console.is_terminal:
            if what != self._step:
                self._bar.reset(self._task)
            self._bar.update(self._task, description=what, completed=done, total=total, visible=True)
        elif what != self._step:
            print(f"{time.monotonic() - self._started:6.1f} s  {what}", file=sys.stderr, flush=True)
        self._step = what
