"""Value reports: a portal's numbers over a period, on paper, at set times."""

from typing import Unpack

from .._call import Call, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.deliveries import Delivery, DeliveryPage, DeliveryQueued
from ..answers.reports import (
    ArchivedReport,
    Report,
    ReportArchivePage,
    ReportDeleted,
    ReportListed,
    ReportPage,
    ReportPreview,
    ReportQueued,
    RotatedReportSecret,
)
from ..params.common import PageQuery, PageSize
from ..params.reports import NewReport, ReportChanges, ReportFilters, ReportQuery, SendNow

_ALL = "/v1/portal/reports"
_ONE = "/v1/portal/reports/{report_id}"


class Reports(Resource[Mode]):
    """Value reports: a portal's numbers over a period, on paper, at set times."""

    @operation
    def create(self, *, idempotency_key: str | None = None, **body: Unpack[NewReport]) -> Call[Report]:
        """A new report of a portal; it is first sent when it is next due."""
        return Call("POST", _ALL, Report, body=body, idempotency_key=idempotency_key)

    @operation
    def get(self, report_id: str) -> Call[Report]:
        """One report, when it is due next, and what became of the last times that it was due."""
        return Call("GET", _ONE, Report, {"report_id": report_id})

    @operation
    def list(self, **query: Unpack[ReportQuery]) -> Call[ReportPage]:
        """One page of the reports that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, ReportPage, query=query)

    @paged
    def iterate(self, **query: Unpack[ReportFilters]) -> Pages[ReportListed]:
        """All reports that this key can see, page by page."""
        return Pages(Call("GET", _ALL, ReportPage, query=query), "data", ReportListed)

    @operation
    def update(
        self, report_id: str, *, if_match: str | None = None, **changes: Unpack[ReportChanges]
    ) -> Call[Report]:
        """Changes what is given: objects are merged, lists replaced, None takes an optional field away."""
        return Call("PATCH", _ONE, Report, {"report_id": report_id}, body=changes, if_match=if_match)

    @operation
    def delete(self, report_id: str, *, if_match: str | None = None) -> Call[ReportDeleted]:
        """Deletes a report: nothing of it is sent any more. What was built of it stays in the archive."""
        return Call("DELETE", _ONE, ReportDeleted, {"report_id": report_id}, if_match=if_match)

    @operation
    def send(
        self, report_id: str, *, idempotency_key: str | None = None, **body: Unpack[SendNow]
    ) -> Call[ReportQueued]:
        """Sends the last complete period now, or one that was due and was not sent."""
        path = f"{_ONE}/send"
        at = {"report_id": report_id}
        return Call("POST", path, ReportQueued, at, body=body, idempotency_key=idempotency_key)

    @operation
    def preview(self, report_id: str) -> Call[ReportPreview]:
        """The numbers that the report would show if it were sent now."""
        return Call("GET", f"{_ONE}/preview", ReportPreview, {"report_id": report_id})

    @operation
    def archive(self, report_id: str, **query: Unpack[PageQuery]) -> Call[ReportArchivePage]:
        """One page of what was built, oldest first; also after the report was deleted."""
        return Call("GET", f"{_ONE}/archive", ReportArchivePage, {"report_id": report_id}, query)

    @paged
    def iterate_archive(self, report_id: str, **query: Unpack[PageSize]) -> Pages[ArchivedReport]:
        """Everything that was built, page by page."""
        first = Call("GET", f"{_ONE}/archive", ReportArchivePage, {"report_id": report_id}, query)
        return Pages(first, "data", ArchivedReport)

    @operation
    def download_pdf(self, report_id: str, n: int) -> Call[bytes]:
        """A version as it was sent, byte for byte."""
        return Call("GET", f"{_ONE}/archive/{{n}}.pdf", bytes, {"report_id": report_id, "n": n})

    @operation
    def download_csv(self, report_id: str, n: int) -> Call[bytes]:
        """Its numbers, where the report was to have them beside it."""
        return Call("GET", f"{_ONE}/archive/{{n}}.csv", bytes, {"report_id": report_id, "n": n})

    @operation
    def deliveries(self, report_id: str, **query: Unpack[PageQuery]) -> Call[DeliveryPage]:
        """One page of whom each version was sent, oldest first, with every attempt."""
        return Call("GET", f"{_ONE}/deliveries", DeliveryPage, {"report_id": report_id}, query)

    @paged
    def iterate_deliveries(self, report_id: str, **query: Unpack[PageSize]) -> Pages[Delivery]:
        """Everybody to whom a version was sent, page by page."""
        first = Call("GET", f"{_ONE}/deliveries", DeliveryPage, {"report_id": report_id}, query)
        return Pages(first, "data", Delivery)

    @operation
    def resend(
        self, report_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> Call[DeliveryQueued]:
        """Sends that version to that receiver again, delivered or dead, under the same id."""
        path = f"{_ONE}/deliveries/{{delivery_id}}/resend"
        at = {"report_id": report_id, "delivery_id": delivery_id}
        return Call("POST", path, DeliveryQueued, at, idempotency_key=idempotency_key)

    @operation
    def rotate(self, report_id: str, *, idempotency_key: str | None = None) -> Call[RotatedReportSecret]:
        """Another secret that signs what the report's webhook is sent, told only now; once to learn the first."""
        path = f"{_ONE}/rotate"
        at = {"report_id": report_id}
        return Call("POST", path, RotatedReportSecret, at, idempotency_key=idempotency_key)
