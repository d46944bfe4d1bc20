"""The real service on a port of this machine, with what the documented examples ask about; nothing is asserted here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.settings import Settings
from proofline import AnalyticsClient, PortalClient
from tests.builders import Events, publish
from tests.builders.api import Installation, two_customers
from tests.builders.events import call, customer, outcome, session
from tests.builders.served import served

_ACME = {"customer_id": "cust_acme_123", "agent_id": "support-bot"}
_MODELS = ("model-large", "model-small")


def events() -> Events:
    """Those of two customers, and two weeks of January 2025 of the one whom the documents name."""
    made = two_customers()
    made.customers.append(customer(customer_id="cust_acme_123", name="Acme Corp"))
    for day in range(14):
        at = datetime(2025, 1, 1, 9, tzinfo=UTC) + timedelta(days=day)
        for number, model in enumerate(_MODELS):
            cost = f"0.{25 * (number + 1)}"
            made.llm_requests.append(
                call(**_ACME, model=model, started_at=at, cost_usd=cost, latency_ms=100.0 + day)
            )
        made.sessions.append(session(**_ACME, started_at=at, agent_steps=4))
    made.outcomes.append(
        outcome(**_ACME, occurred_at=datetime(2025, 1, 3, tzinfo=UTC), name="tickets", unit="count")
    )
    return made


@dataclass(frozen=True)
class Service:
    """Where it is, and the keys of its callers."""

    base_url: str
    keys: dict[str, str]
    settings: Settings

    def portals(self, who: str = "admin") -> PortalClient:
        return PortalClient(self.keys[who], base_url=self.base_url)

    def analytics(self, who: str = "admin") -> AnalyticsClient:
        return AnalyticsClient(self.keys[who], base_url=self.base_url)


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    """Published numbers and keys in this folder, served; without rate limits, because tests share the keys."""
    template, home = folder / "template", folder / "home"
    template.mkdir()
    home.mkdir()
    publish(template, events())
    installation = Installation.make(template)
    settings = replace(installation.copy_to(home), rate_limits=False)
    with served(settings) as port:
        yield Service(f"http://127.0.0.1:{port}", installation.texts, settings)
