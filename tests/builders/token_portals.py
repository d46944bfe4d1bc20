"""Portals that tokens are tried on, and what is asked about and with such tokens; what is cust_b's holds 777."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.portals.definition import PortalStatus
from core.store.control import ControlStore
from core.store.control.portals import change_portal, find_portal
from tests.builders.api import Api
from tests.builders.doors import DRAFT, A, B
from tests.builders.portals import card, keep_portal, portal
from tests.builders.tokens import bearer

GONE = "portal_c2c2c2"


def keep_portals(store: ControlStore) -> None:
    """Two customers' portals, a draft and an archived one."""
    cards = card("cost.total"), card("usage.requests.total")
    keep_portal(store, portal(*cards, portal_id=A))
    keep_portal(store, portal(*cards, portal_id=B, customer_id="cust_b", name="Globex 777"))
    keep_portal(store, portal(*cards, portal_id=DRAFT, name="draft", status=PortalStatus.DRAFT))
    keep_portal(store, portal(*cards, portal_id=GONE, name="gone", status=PortalStatus.ARCHIVED))


def ask(door: Api, body: Any = None, who: str = "a", portal_id: str = A, **more: Any) -> Any:
    """What is answered to whoever asks for a token."""
    return door.call("POST", f"/v1/portal/configs/{portal_id}/tokens", who, json=body, **more)


def data(door: Api, text: str, portal_id: str = A, **more: Any) -> Any:
    """A portal's data for whoever brings this token."""
    headers = bearer(text) | more.pop("headers", {})
    return door.get(f"/v1/portal/configs/{portal_id}/data", None, headers=headers, **more)


def change(door: Api, portal_id: str, **more: Any) -> None:
    """Changes a portal in the store, past the API."""
    with door.services.store.writing() as connection:
        stored = find_portal(connection, portal_id, None)
        assert stored is not None
        change_portal(connection, stored, replace(stored.definition, **more), now=datetime.now(UTC))
