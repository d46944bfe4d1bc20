"""What a portal's numbers depend on besides events: its configuration, custom metrics, the customer.

Reading it from the control store is `core.portal_data.stored`; processes that only build need no database for it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from core.custom_metrics import CustomMetricDefinition
from core.portal_data.customer import Overrides
from core.portals.definition import PortalDefinition
from core.reports.listed import ListedReport

Definitions = Mapping[str, CustomMetricDefinition]


@dataclass(frozen=True, eq=False)
class PortalInputs:
    """`definitions` are those of custom metrics that the portal shows, and those that these use. `reports` are those
    that its pages list, where pages are what is made."""

    portal: PortalDefinition
    definitions: Definitions
    overrides: Overrides
    reports: tuple[ListedReport, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Another text whenever any of it is another; the same for the same."""
        parts = (self.portal, sorted(self.definitions.items()), self.overrides, self.reports)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
