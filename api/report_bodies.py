"""Reports as bodies have them; how answers have them is `reports`.

What a body may hold is said here; whether that makes a sound report is `core.reports.check`'s to say.
"""

import secrets
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.report_examples import NEW_REPORT
from api.schemas import Line, Sent, Title, left_out
from core.reports.definition import (
    MAX_RECIPIENTS,
    DeliveryMethod,
    Frequency,
    ReportComparison,
    ReportDefinition,
)
from core.reports.plain import from_plain
from core.webhooks import MAX_HEADER_VALUE_CHARACTERS, MAX_HEADERS

_TIME = "HH:MM on the clocks of timezone; without one it is UTC"
_ZONE = "IANA zone; without one the time is UTC, and days are the customer's"
_URL = "https, on the public internet"
_HEADERS = (
    "Sent with every report, for receivers that look for a word they know; their values are never read back"
)

_Time = Annotated[str, Field(max_length=20, description=_TIME)]
_Zone = Annotated[str | None, Field(max_length=100, description=_ZONE)]
_Weekday = Annotated[int | None, Field(description="For weekly reports: 0 to 6, 0 is Sunday")]
_MonthDay = Annotated[
    int | None, Field(description="For monthly reports: 1 to 31, or a shorter month's last")
]
_Recipients = Annotated[
    list[str], Field(max_length=MAX_RECIPIENTS, description="Bare addresses, one an entry")
]
_Header = Annotated[str, Field(max_length=MAX_HEADER_VALUE_CHARACTERS)]
_Compared = Annotated[ReportComparison | None, Field(strict=False, description="Null: as each card says")]


class ScheduleSent(Sent):
    frequency: Frequency = Field(strict=False)
    time: _Time
    day_of_week: _Weekday = None
    day_of_month: _MonthDay = None
    timezone: _Zone = None


class SchedulePatch(Sent):
    """Another frequency drops the day that the one before had."""

    frequency: Frequency = left_out(strict=False)
    time: _Time = left_out()
    day_of_week: _Weekday = None
    day_of_month: _MonthDay = None
    timezone: _Zone = None


class DeliverySent(Sent):
    method: DeliveryMethod = Field(strict=False)
    recipients: _Recipients | None = Field(None, description="Required for the methods email and both")
    webhook_url: str | None = Field(None, description=f"Required for the methods webhook and both; {_URL}")
    webhook_headers: Annotated[dict[str, _Header], Field(max_length=MAX_HEADERS)] | None = Field(
        None, description=_HEADERS
    )


class DeliveryPatch(Sent):
    method: DeliveryMethod = left_out(strict=False)
    recipients: _Recipients | None = None
    webhook_url: str | None = Field(None, description=_URL)
    webhook_headers: dict[str, _Header | None] | None = Field(
        None, description="Merged; null, or a header's null, takes away; the mask leaves as it is"
    )


class ContentSent(Sent):
    include_summary: bool = True
    include_charts: bool = True
    include_raw_data: bool = Field(False, description="A CSV of the numbers beside the PDF")
    comparison_period: _Compared = None


class ContentPatch(Sent):
    include_summary: bool = left_out()
    include_charts: bool = left_out()
    include_raw_data: bool = left_out()
    comparison_period: _Compared = None


class NewReport(Sent):
    model_config = ConfigDict(json_schema_extra={"example": NEW_REPORT})
    portal_id: Line
    name: Title
    schedule: ScheduleSent
    delivery: DeliverySent
    content: ContentSent | None = None
    is_active: bool = True

    def to_definition(self) -> ReportDefinition:
        """A new report; nothing of its name or customer is in its id."""
        sent = self.model_dump(mode="json", exclude_none=True)
        return from_plain({"report_id": f"report_{secrets.token_hex(8)}", **sent})


class ReportPatch(Sent):
    """Objects are merged, lists are replaced, null takes an optional field away."""

    portal_id: str = left_out(description="It cannot be changed")
    name: Title = left_out()
    schedule: SchedulePatch = left_out()
    delivery: DeliveryPatch = left_out()
    content: ContentPatch | None = Field(None, description="null: everything as by default")
    is_active: bool = left_out(
        description="false pauses the schedule; what was missed is not sent afterwards"
    )

    def changes(self) -> dict[str, Any]:
        """What was sent, as plain values; null is what is to be taken away."""
        return self.model_dump(mode="json", exclude_unset=True, exclude={"portal_id"})


class SendAsked(Sent):
    due_at: str | None = Field(
        None,
        max_length=40,
        description="One of the report's due times that was not sent; left out, a new report",
    )
