"""What the steps of one run share: settings, the request, the lock, and how they tell of progress.

One run is one process (in-process executor), so the lock taken by its first step holds until its last.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from core.settings import Settings, load
from pipeline import build
from pipeline.errors import AlreadyRunningError
from pipeline.home import Home

_told_to: list[Callable[[str, int, int], None]] = []


@contextmanager
def telling(told: Callable[[str, int, int], None]) -> Iterator[None]:
    """Lets `told` hear of the progress of runs in this process."""
    _told_to.append(told)
    try:
        yield
    finally:
        _told_to.remove(told)


class Pipeline(dg.ConfigurableResource[None]):
    """The pipeline as one run sees it."""

    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Frees the lock, whatever became of the run."""
        self._held.close()

    @property
    def settings(self) -> Settings:
        return load()

    @property
    def home(self) -> Home:
        return Home(self.settings.home)

    def try_lock(self) -> bool:
        """Takes the pipeline's lock for the rest of the run; false where another build holds it."""
        try:
            self._held.enter_context(build.lock(self.home))
        except AlreadyRunningError:
            return False
        return True

    def tell(self, what: str, done: int, total: int) -> None:
        """Tells whoever listens how far a step has come."""
        for told in _told_to:
            told(what, done, total)


class BuildConfig(dg.Config):
    """What a run may be asked for; empty means: load what is new."""

    landing: str = ""
    full: bool = False
    first_day: str = ""
    last_day: str = ""

    def request(self, settings: Settings) -> build.Request:
        """The request these fields describe."""
        landing = Path(self.landing) if self.landing else Home(settings.home).landing
        days = None
        if self.first_day:
            first = date.fromisoformat(self.first_day)
            days = (first, date.fromisoformat(self.last_day or self.first_day))
        return build.Request(landing, datetime.now(UTC), full=self.full, days=days)
