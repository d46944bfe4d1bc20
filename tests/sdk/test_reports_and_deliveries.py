"""Reports, what was built of them, and what became of sending it: the Python client on the real service."""

from itertools import count

import pytest

from proofline import ConflictError, NotFoundError, PortalClient, PreconditionFailedError
from proofline.answers.reports import Report
from tests.sdk.service import Service
from tests.sdk.versions import CSV, PDF, keep_version

_number = count(1)


def made(client: PortalClient) -> Report:
    """A report of a portal of its own, which is active."""
    portal = client.portals.create_quick(title=f"Reported {next(_number)}", customer_id="cust_a")
    client.portals.activate(portal.portal_id)
    return client.reports.create(
        portal_id=portal.portal_id,
        name="Weekly",
        schedule={"frequency": "weekly", "day_of_week": 1, "time": "08:00"},
        delivery={
            "method": "both",
            "recipients": ["ceo@acme.com"],
            "webhook_url": "https://api.acme.com/reports",
            "webhook_headers": {"X-Word": "secret"},
        },
    )


def test_a_report_is_made_changed_and_deleted(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        report = made(client)
        assert report.delivery.webhook_headers == {"X-Word": "********"} and report.next_scheduled is not None
        read = client.reports.get(report.report_id)
        changed = client.reports.update(
            report.report_id,
            schedule={"frequency": "monthly", "day_of_month": 1},
            content={"include_raw_data": True},
            is_active=False,
            if_match=read.etag,
        )
        assert (changed.schedule.day_of_month, changed.schedule.day_of_week) == (1, None)
        assert changed.schedule.time == "08:00" and changed.next_scheduled is None
        with pytest.raises(PreconditionFailedError):
            client.reports.update(report.report_id, name="Mine", if_match=read.etag)
        assert client.reports.update(report.report_id, delivery=changed.delivery).delivery == changed.delivery
        listed = list(client.reports.iterate(portal_id=report.portal_id, is_active=False))
        assert [each.report_id for each in listed] == [report.report_id]
        assert client.reports.list(portal_id=report.portal_id, is_active=True).total == 0
        assert client.reports.delete(report.report_id).deleted
        with pytest.raises(NotFoundError):
            client.reports.get(report.report_id)


def test_a_report_is_looked_at_before_and_sent_by_hand(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        report = made(client)
        preview = client.reports.preview(report.report_id)
        assert preview.period.timezone and "usage.requests.total" in {card.metric_id for card in preview.data}
        queued = client.reports.send(report.report_id, idempotency_key="once")
        assert queued.status == "queued"
        assert client.reports.send(report.report_id, idempotency_key="once") == queued
        assert client.reports.get(report.report_id).occurrences[0].delivery_id == queued.delivery_id


def test_what_was_built_is_downloaded_as_it_was_sent(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        report = made(client)
        keep_version(sdk_service.settings, report)
        (version,) = client.reports.iterate_archive(report.report_id)
        assert (version.n, version.pdf.bytes, version.restates) == (1, len(PDF), None)
        assert client.reports.archive(report.report_id).pagination.total == 1
        assert client.reports.download_pdf(report.report_id, 1) == PDF
        assert client.reports.download_csv(report.report_id, 1) == CSV
        with pytest.raises(NotFoundError):
            client.reports.download_pdf(report.report_id, 2)


def test_a_delivery_is_seen_and_sent_again(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        report = made(client)
        delivery_id = keep_version(sdk_service.settings, report)
        (delivery,) = client.reports.iterate_deliveries(report.report_id)
        assert (delivery.delivery_id, delivery.recipient) == (delivery_id, "ceo@acme.com")
        assert (delivery.state, delivery.attempt_log) == ("pending", [])
        assert client.reports.resend(report.report_id, delivery_id).delivery_id == delivery_id
        first, second = (client.reports.rotate(report.report_id).signing_secret for _ in range(2))
        assert first.startswith("whsec_") and first != second


def test_a_webhook_is_tried(sdk_service: Service) -> None:
    with sdk_service.portals() as client:
        report = made(client)
        webhook = client.webhooks.create(
            portal_id=report.portal_id, url="https://api.acme.com/hooks", events=["report.delivered"]
        )
        queued = client.webhooks.test(webhook.webhook_id)
        (delivery,) = client.webhooks.iterate_deliveries(webhook.webhook_id, state="pending")
        assert (delivery.delivery_id, delivery.event) == (queued.delivery_id, "webhook.test")
        assert client.webhooks.deliveries(webhook.webhook_id, state="dead").data == []
        assert client.webhooks.resend(webhook.webhook_id, queued.delivery_id).status == "queued"
        client.webhooks.update(webhook.webhook_id, is_enabled=False)
        with pytest.raises(ConflictError):
            client.webhooks.test(webhook.webhook_id)
