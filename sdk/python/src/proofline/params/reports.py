"""Value reports as they are sent."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, Required, TypedDict

from ..answers import reports as told
from ..words import DeliveryMethod, ReportComparison, ReportFrequency
from .common import Instant


class ScheduleInput(TypedDict):
    frequency: ReportFrequency
    time: str
    day_of_week: NotRequired[int | None]
    day_of_month: NotRequired[int | None]
    timezone: NotRequired[str | None]


class ScheduleChanges(TypedDict, total=False):
    """Another frequency drops the day that the one before had."""

    frequency: ReportFrequency
    time: str
    day_of_week: int | None
    day_of_month: int | None
    timezone: str | None


class ReportDeliveryInput(TypedDict):
    method: DeliveryMethod
    recipients: NotRequired[Sequence[str] | None]
    webhook_url: NotRequired[str | None]
    webhook_headers: NotRequired[Mapping[str, str] | None]


class ReportDeliveryChanges(TypedDict, total=False):
    method: DeliveryMethod
    recipients: Sequence[str] | None
    webhook_url: str | None
    webhook_headers: Mapping[str, str | None] | None


class ReportContentInput(TypedDict, total=False):
    include_summary: bool
    include_charts: bool
    include_raw_data: bool
    comparison_period: ReportComparison | None


class NewReport(TypedDict, total=False):
    portal_id: Required[str]
    name: Required[str]
    schedule: Required[ScheduleInput | told.Schedule]
    delivery: Required[ReportDeliveryInput]
    content: ReportContentInput | told.ReportContent | None
    is_active: bool


class ReportChanges(TypedDict, total=False):
    name: str
    schedule: ScheduleChanges | told.Schedule
    delivery: ReportDeliveryChanges | told.ReportDelivery
    content: ReportContentInput | told.ReportContent | None
    is_active: bool


class ReportFilters(TypedDict, total=False):
    portal_id: str | None
    is_active: bool | None
    limit: int


class ReportQuery(ReportFilters, total=False):
    cursor: str | None


class SendNow(TypedDict, total=False):
    """Left out, a new report of the last complete period."""

    due_at: Instant | None
