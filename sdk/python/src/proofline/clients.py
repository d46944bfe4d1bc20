"""The clients: which resources each has. How they connect is `_clients`'."""

from typing import Generic

from ._clients import AwaitingClient, BlockingClient
from ._operation import Awaiting, Blocking, Mode, Sender
from .resources.alerts import Alerts
from .resources.customers import Customers
from .resources.metrics import Dashboard, Metrics
from .resources.portals import Portals
from .resources.reports import Reports
from .resources.webhooks import Webhooks


class _PortalResources(Generic[Mode]):
    portals: Portals[Mode]
    reports: Reports[Mode]
    webhooks: Webhooks[Mode]
    customers: Customers[Mode]

    def _attach(self, sender: Sender) -> None:
        self.portals = Portals(sender)
        self.reports = Reports(sender)
        self.webhooks = Webhooks(sender)
        self.customers = Customers(sender)


class _AnalyticsResources(Generic[Mode]):
    metrics: Metrics[Mode]
    dashboard: Dashboard[Mode]
    alerts: Alerts[Mode]

    def _attach(self, sender: Sender) -> None:
        self.metrics = Metrics(sender)
        self.dashboard = Dashboard(sender)
        self.alerts = Alerts(sender)


class PortalClient(_PortalResources[Blocking], BlockingClient):
    """Portals, reports, webhooks and customers."""


class AsyncPortalClient(_PortalResources[Awaiting], AwaitingClient):
    """Portals, reports, webhooks and customers, to be awaited."""


class AnalyticsClient(_AnalyticsResources[Blocking], BlockingClient):
    """Metrics, the dashboard's summary and alert rules."""


class AsyncAnalyticsClient(_AnalyticsResources[Awaiting], AwaitingClient):
    """Metrics, the dashboard's summary and alert rules, to be awaited."""
