"""What is to be built: of which portal, over which period, with what in it."""

from dataclasses import dataclass
from datetime import datetime

from core.errors import ProoflineError
from core.periods import Period
from core.portal_data.inputs import PortalInputs
from core.reports.built import ReportBrief
from core.reports.definition import ReportContent


@dataclass(frozen=True)
class Restated:
    """The version that this one replaces: its number in the archive, when it was made, and what it said."""

    number: int
    built_at: datetime
    brief: ReportBrief | None = None


@dataclass(frozen=True)
class ReportJob:
    """`name` is the report's; the period is in the report's zone. `portal_url` is where the PDF's link leads."""

    inputs: PortalInputs
    name: str
    content: ReportContent
    period: Period
    now: datetime
    restates: Restated | None = None
    portal_url: str | None = None


class ReportNotBuilt(ProoflineError):  # noqa: N818  (a noun, as all refusals)
    """The report could not be made; the message says why, and nothing was kept. No answer of the API: reports are
    built where nobody waits for them."""
