"""What a report is asked to be: of which portal, when, to whom, with what in it.

Whether one is sound is judged in `check`; when it is due is `schedule`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_RECIPIENTS = 50


class Frequency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class DeliveryMethod(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    BOTH = "both"


class ReportComparison(StrEnum):
    """What the report's period is compared with."""

    PREVIOUS = "previous"
    YEAR_TO_DATE = "ytd"


@dataclass(frozen=True)
class Schedule:
    """`time` is HH:MM on the clocks of `timezone`; without one it is UTC, and days are the customer's.

    `day_of_week` 0 is Sunday. `day_of_month` 29 to 31 is the last day of a shorter month.
    """

    frequency: Frequency
    time: str
    day_of_week: int | None = None
    day_of_month: int | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class ReportDelivery:
    """Header values may be secrets, so they are in no representation of it."""

    method: DeliveryMethod
    recipients: tuple[str, ...] = ()
    webhook_url: str | None = None
    webhook_headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def mailed_to(self) -> tuple[str, ...]:
        """Who is sent a mail."""
        return () if self.method is DeliveryMethod.WEBHOOK else self.recipients

    @property
    def called(self) -> str | None:
        """The address that is called."""
        return None if self.method is DeliveryMethod.EMAIL else self.webhook_url


@dataclass(frozen=True)
class ReportContent:
    include_summary: bool = True
    include_charts: bool = True
    include_raw_data: bool = False
    comparison_period: ReportComparison | None = None


@dataclass(frozen=True)
class ReportDefinition:
    report_id: str
    portal_id: str
    name: str
    schedule: Schedule
    delivery: ReportDelivery
    content: ReportContent = field(default_factory=ReportContent)
    is_active: bool = True
