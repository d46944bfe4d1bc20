"""Two customers' portals, gathered and built for real; everything of the second one holds 777."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.portals.definition import (
    Branding,
    Layout,
    PortalDefinition,
    Position,
    RangeName,
    Section,
    Size,
    Target,
    Theme,
    TimeRange,
)
from core.settings import Settings
from core.store.control import open_control_store
from core.store.control.portals import add_portal
from site_build.sites import Report, build_sites
from site_build.views import AssetLinks
from tests.builders import (
    NOON,
    Events,
    agent,
    before_after,
    call,
    card,
    customer,
    outcome,
    portal,
    publish,
    session,
)

NOW = NOON + timedelta(hours=1)
ASSETS = AssetLinks(
    ("/assets/portal.0.css",), "/assets/portal.0.js", "/assets/charts.0.js", "/assets/vega.0.js"
)


def events() -> Events:
    """Some weeks of two customers, without chance."""
    hours = [NOON - timedelta(hours=6 * n) for n in range(260)]
    made = Events(
        customers=[
            customer(name="Acme & Sons", timezone="Europe/Berlin", locale="de-DE"),
            customer(customer_id="cust_b", name="Globex 777", timezone="Asia/Kathmandu"),
        ]
    )
    made.agents.append(agent(agent_id="support", name="Support desk"))
    made.agents.append(agent(agent_id="agent-777", name="Foreign desk 777"))
    for number, at in enumerate(hours):
        name = f"ses_{number}"
        ended = ["goal_met", "goal_met", "failed", None][number % 4]
        made.sessions.append(
            session(
                session_id=name, started_at=at, outcome=ended, handoff=number % 5 == 0, agent_id="support"
            )
        )
        made.llm_requests.append(
            call(
                session_id=name,
                started_at=at,
                agent_id="support",
                model=f"model-{number % 3}",
                cost_usd=f"{1 + number % 3}.5",
                latency_ms=200.0 + number,
            )
        )
        foreign = {"customer_id": "cust_b", "agent_id": "agent-777", "started_at": at}
        made.llm_requests.append(call(**foreign, model="model-777", cost_usd="7.77", latency_ms=777.0))
        made.sessions.append(session(**foreign, session_id=f"b777_{number}"))
        made.outcomes.append(
            outcome(
                customer_id="cust_b", agent_id="agent-777", name="hours_777", unit="hours", occurred_at=at
            )
        )
    return made


def everything(
    customer_id: str = "cust_a", portal_id: str = "portal_A", title: str = "Your agents"
) -> PortalDefinition:
    """A portal with a card of every kind."""
    placed = {
        "usage.requests.total": (0, 0, 4, 2),
        "autonomy.goal_completion_rate": (0, 4, 4, 2),
        "cost.daily": (0, 8, 4, 2),
        "cost.total": (2, 0, 12, 4),
        "usage.sessions.total": (6, 0, 6, 4),
        "cost.by_model": (6, 6, 6, 4),
        "perf.latency.distribution": (10, 0, 6, 4),
        "usage.tokens.total": (10, 6, 6, 4),
        "cost.burn_rate": (14, 0, 6, 2),
        "quality.hallucination_rate": (14, 6, 6, 2),
    }
    charts = {
        "cost.total": "line",
        "usage.sessions.total": "bar",
        "cost.by_model": "pie",
        "perf.latency.distribution": "bar",
        "usage.tokens.total": "table",
    }
    cards = [
        card(
            metric_id,
            charts.get(metric_id, "number"),
            display_name=f"Card {number}",
            position=Position(row, col),
            size=Size(width, height),
            compare="previous" if number % 2 == 0 else None,
            target=Target(80, "Goal 80") if metric_id == "autonomy.goal_completion_rate" else None,
            time_range=TimeRange(RangeName.WEEK, allow_user_selection=False)
            if metric_id == "cost.daily"
            else None,
        )
        for number, (metric_id, (row, col, width, height)) in enumerate(placed.items())
    ]
    made = portal(customer_id=customer_id, portal_id=portal_id, name=portal_id, comparisons=(before_after(),))
    return replace(
        made,
        metrics=tuple(cards),
        branding=Branding(title, primary_color="#2563EB", theme=Theme.AUTO),
        layout=Layout(12, (Section(("usage.requests.total", "cost.daily"), "Overview", collapsible=True),)),
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sites")
    publish(home, events())
    # Shared files take seconds to make; every test begins with the same ones.
    (home / "sites").mkdir()
    build_sites(Settings(home=home), now=NOW)
    return home


Build = Callable[..., Report]


@pytest.fixture
def settings(tmp_path: Path, published: Path) -> Iterator[Settings]:
    import shutil

    shutil.copytree(published / "sites", tmp_path / "sites")
    (tmp_path / "published").symlink_to(published / "published")
    yield Settings(home=tmp_path)


@pytest.fixture
def keep(settings: Settings) -> Callable[..., None]:
    """Keeps portals as they are now, in place of what was kept under their ids."""

    def keep_all(*portals: PortalDefinition) -> None:
        from sqlalchemy import delete

        from core.store.control.tables import PORTALS

        store = open_control_store(settings)
        with store.writing() as connection:
            for one in portals:
                connection.execute(delete(PORTALS).where(PORTALS.c.portal_id == one.portal_id))
                add_portal(connection, one, now=datetime(2026, 11, 1, tzinfo=UTC))
        store.close()

    return keep_all
