"""Reports as a portal's page lists them. Processes that only build pages need no database for it."""

from dataclasses import dataclass
from datetime import datetime

from core.periods import Period, zone


@dataclass(frozen=True)
class ListedReport:
    """One version: `n` is its number in the portal, `restates` that of the version that it corrects, `corrected` the
    names of the numbers that are others."""

    report_id: str
    n: int
    name: str
    period_start: datetime
    period_end: datetime
    zone: str
    built_at: datetime
    pages: int
    restates: int | None = None
    corrected: tuple[str, ...] = ()

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, zone(self.zone))
