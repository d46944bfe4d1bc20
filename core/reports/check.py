"""Whether a report's configuration is sound: every fault at once, and the form in which it is kept.

The shape of what was sent (which fields, which types) is the schemas' business.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.addresses import ANYWHERE_PUBLIC, Reach, check_url
from core.errors import InvalidParameter
from core.periods import zone
from core.reports.definition import (
    MAX_RECIPIENTS,
    DeliveryMethod,
    Frequency,
    ReportDefinition,
    ReportDelivery,
    Schedule,
)
from core.reports.recipients import check_recipient, check_subject, each_once
from core.webhooks import MAX_HEADERS, check_header_name, check_header_value

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAYS = {
    "day_of_week": (Frequency.WEEKLY, 0, 6, "0 is Sunday"),
    "day_of_month": (
        Frequency.MONTHLY,
        1,
        31,
        "a shorter month's last day stands for those it does not have",
    ),
}


@dataclass(frozen=True)
class ReportFault:
    """One thing that is wrong; `param` is its path, `message` the end of a sentence that begins with it."""

    param: str
    message: str


@dataclass(frozen=True)
class CheckedReport:
    """The configuration in the form in which it is kept, and what is wrong with it."""

    definition: ReportDefinition
    faults: tuple[ReportFault, ...]


def check_report(definition: ReportDefinition, *, reach: Reach = ANYWHERE_PUBLIC) -> CheckedReport:
    """Checks a configuration. No fault repeats a header's value."""
    delivery, faults = _checked_delivery(definition.delivery, reach)
    found = [*_name_faults(definition.name), *_schedule_faults(definition.schedule), *faults]
    return CheckedReport(replace(definition, delivery=delivery), tuple(found))


def _name_faults(name: str) -> Iterator[ReportFault]:
    try:
        check_subject(name)
    except ValueError as reason:
        yield ReportFault("name", str(reason))


def _schedule_faults(schedule: Schedule) -> Iterator[ReportFault]:
    if not _TIME.fullmatch(schedule.time):
        yield ReportFault("schedule.time", "must be a time of day from 00:00 to 23:59, such as 09:00")
    for name, (frequency, least, most, words) in _DAYS.items():
        value: int | None = getattr(schedule, name)
        if value is None and schedule.frequency is frequency:
            yield ReportFault(f"schedule.{name}", f"is required for a {frequency} report; {words}")
        elif value is not None and schedule.frequency is not frequency:
            yield ReportFault(f"schedule.{name}", f"goes with {frequency} reports only; leave it out")
        elif value is not None and not least <= value <= most:
            yield ReportFault(f"schedule.{name}", f"must be from {least} to {most}; {words}")
    if schedule.timezone is not None:
        yield from _zone_faults(schedule.timezone)


def _zone_faults(name: str) -> Iterator[ReportFault]:
    try:
        zone(name)
    except InvalidParameter:
        yield ReportFault("schedule.timezone", "must be a known IANA time zone, such as Europe/Berlin or UTC")


def _checked_delivery(delivery: ReportDelivery, reach: Reach) -> tuple[ReportDelivery, list[ReportFault]]:
    kept, faults = list[str](), list[ReportFault]()
    for index, text in enumerate(delivery.recipients[:MAX_RECIPIENTS]):
        try:
            kept.append(check_recipient(text))
        except ValueError as reason:
            faults.append(ReportFault(f"delivery.recipients[{index}]", str(reason)))
    faults += [*_missing(delivery), *_webhook_faults(delivery, reach)]
    return replace(delivery, recipients=each_once(kept)), faults


def _missing(delivery: ReportDelivery) -> Iterator[ReportFault]:
    if delivery.method is not DeliveryMethod.WEBHOOK and not delivery.recipients:
        yield ReportFault("delivery.recipients", f"is required for the method {delivery.method}")
    if len(delivery.recipients) > MAX_RECIPIENTS:
        many = len(delivery.recipients)
        yield ReportFault(
            "delivery.recipients", f"must have at most {MAX_RECIPIENTS} entries; there are {many}"
        )
    if delivery.method is not DeliveryMethod.EMAIL and delivery.webhook_url is None:
        yield ReportFault("delivery.webhook_url", f"is required for the method {delivery.method}")


def _webhook_faults(delivery: ReportDelivery, reach: Reach) -> Iterator[ReportFault]:
    if delivery.webhook_url is not None:
        try:
            check_url(delivery.webhook_url, reach)
        except ValueError as reason:
            yield ReportFault("delivery.webhook_url", str(reason))
    yield from header_faults(delivery.webhook_headers.items(), "delivery.webhook_headers")


def header_faults(headers: Iterable[tuple[str, str]], path: str) -> Iterator[ReportFault]:
    """What is wrong with headers that a receiver is to be sent."""
    seen: set[str] = set()
    for name, value in headers:
        try:
            check_header_name(name)
            check_header_value(value)
            if name.lower() in seen:
                raise ValueError("is given twice; case makes no difference")
        except ValueError as reason:
            yield ReportFault(f"{path}.{_printable(name)}", str(reason))
        seen.add(name.lower())
    if len(seen) > MAX_HEADERS:
        yield ReportFault(path, f"must be at most {MAX_HEADERS}")


def _printable(name: str) -> str:
    """A name that a client made up, short and plain enough to say it back."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name[:80])
