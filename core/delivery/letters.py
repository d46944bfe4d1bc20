"""What a mail is about, and what becomes of it: the words are written by `compose`, which whoever drains hands in,
because templates are none of core's business.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.reports.built import ReportBrief


@dataclass(frozen=True)
class ReportLetter:
    """A report, with its files attached. The link opens the portal until `link_until`."""

    brief: ReportBrief
    report_name: str
    has_csv: bool
    portal_link: str = field(repr=False)
    link_until: datetime
    stop_by: str
    restates: bool = False


@dataclass(frozen=True)
class LinkLetter:
    """A fresh link, for whoever had an older one."""

    portal_title: str
    portal_link: str = field(repr=False)
    link_until: datetime
    locale: str


@dataclass(frozen=True)
class AlertLetter:
    """A rule's change; `data` is what webhooks are told."""

    data: dict[str, Any]


@dataclass(frozen=True)
class OperatorLetter:
    subject: str
    text: str


Letter = ReportLetter | LinkLetter | AlertLetter | OperatorLetter


@dataclass(frozen=True)
class Words:
    """A mail's subject and its two parts; a mail without `html` is plain."""

    subject: str
    text: str
    html: str | None = None


Compose = Callable[[Letter], Words]
