"""A home with portals of two customers and their sites, served by the program itself; nothing here asserts anything.

One portal with weeks of everything, one with hardly anything, one with nothing yet, in each theme one; and one whose
owner has written markup wherever there is room for text.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from core.portals.definition import Access, Branding, PortalDefinition, Position, Size, Target, Theme
from core.settings import Settings
from core.store.control import open_control_store
from core.tokens import Permission, SigningKey, new_claims, sign
from site_build.sites import build_sites
from tests.builders import Events, call, card, customer, keep_portal, portal, publish, session
from tests.builders.ports import free_port
from tests.builders.tokens import KEYS
from tests.site_build.conftest import NOW, events, everything
from tests.site_build.payloads import MARKUP

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAGES = ("", "/", "/activity.html", "/reports.html", "/definitions.html")
FULL, LITTLE, NONE, HOSTILE = "portal_Full1", "portal_Little1", "portal_None1", "portal_Hostile1"
CUSTOMERS = {FULL: "cust_a", LITTLE: "cust_b", NONE: "cust_b", HOSTILE: "cust_a"}
_PROGRAM = Path(sys.executable).with_name("proofline")
_SECONDS_TO_START = 180


@dataclass(frozen=True)
class PortalHome:
    """`embedder` is the host that may show the portal with everything in a frame."""

    settings: Settings
    port: int
    embedder: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, portal_id: str = FULL, *permissions: Permission) -> str:
        """A token for the portal; without permissions named, one that may read and export."""
        granted = list(permissions or (Permission.READ_METRICS, Permission.EXPORT_DATA))
        claims = new_claims(portal_id, CUSTOMERS[portal_id], granted, seconds=3600, now=datetime.now(UTC))
        return sign(claims, SigningKey(*KEYS[0]))

    def page(self, portal_id: str = FULL, page: str = "") -> str:
        return f"{self.address}/p/{portal_id}{page}"

    def link(self, portal_id: str = FULL, *permissions: Permission) -> str:
        """The address that somebody is sent."""
        return f"{self.page(portal_id)}?token={self.token(portal_id, *permissions)}"


@contextmanager
def portal_home(home: Path, *, embedder_port: int = 9) -> Iterator[PortalHome]:
    """Builds the home in this folder and serves it."""
    settings, embedder = Settings(home=home), f"localhost:{embedder_port}"
    publish(home, _events())
    store = open_control_store(settings)
    for one in _portals(embedder):
        keep_portal(store, one)
    store.close()
    report = build_sites(settings, now=NOW)
    if not report.is_complete:
        raise RuntimeError(f"The sites could not be built: {report}")
    with _served(home) as port:
        yield PortalHome(settings, port, embedder)


def _events() -> Events:
    """Weeks of the first customer; of the second, one morning with two sessions."""
    made = events()
    for rows in (made.llm_requests, made.sessions, made.outcomes, made.customers):
        rows[:] = [row for row in rows if row["customer_id"] != "cust_b"]
    made.customers.append(customer(customer_id="cust_b", name="Globex", timezone="Asia/Kathmandu"))
    start = made.llm_requests[20]["started_at"]
    for number in range(2):
        more = {"customer_id": "cust_b", "agent_id": "desk", "started_at": start}
        made.sessions.append(session(**more, session_id=f"b_{number}"))
        made.llm_requests.append(call(**more, session_id=f"b_{number}", cost_usd="0.25"))
    return made


def _portals(embedder: str) -> tuple[PortalDefinition, ...]:
    full = everything("cust_a", FULL)
    access = Access(embed_enabled=True, allowed_domains=(embedder,))
    # Tools, evaluations and budgets are what the second customer has never sent.
    none = portal(
        card("quality.tool_success_rate", "line", display_name="Tools", compare="previous"),
        card("quality.hallucination_rate", display_name="Hallucinations"),
        card("cost.burn_rate", display_name="Budget"),
        customer_id="cust_b",
        portal_id=NONE,
        name=NONE,
    )
    return (
        replace(full, access=access),
        _themed(everything("cust_b", LITTLE, "Two sessions"), Theme.LIGHT),
        _themed(none, Theme.DARK),
        _hostile(),
    )


def _hostile() -> PortalDefinition:
    """Charts with markup for names, and for the names of their targets."""
    kinds = [("cost.total", "line"), ("usage.sessions.total", "bar"), ("perf.latency.distribution", "bar")]
    cards = [
        card(
            *kinds[number % len(kinds)],
            display_name=text,
            target=Target(3, text) if number % len(kinds) < 2 else None,
            position=Position(number * 4, 0),
            size=Size(6, 4),
        )
        for number, text in enumerate(MARKUP)
    ]
    made = portal(*cards, customer_id="cust_a", portal_id=HOSTILE, name=HOSTILE)
    return replace(made, branding=Branding(MARKUP[0]))


def _themed(definition: PortalDefinition, theme: Theme) -> PortalDefinition:
    return replace(definition, branding=replace(definition.branding, theme=theme))


@contextmanager
def _served(home: Path) -> Iterator[int]:
    port = free_port()
    environment = os.environ | {
        "PROOFLINE_HOME": str(home),
        "PROOFLINE_RATE_LIMITS": "off",
        "PROOFLINE_SIGNING_KEYS": ",".join(f"{name}:{secret}" for name, secret in KEYS),
    }
    command = [str(_PROGRAM), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(_SECONDS_TO_START)


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        asking = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asking.request("GET", "/health")
            if asking.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            asking.close()
    raise RuntimeError("The server did not start")
