"""Portals of two customers with small sites, and browsers to visit them; what is cust_b's holds 777."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from core.portals.definition import Access, PortalStatus
from core.portals.passwords import hash_password
from core.settings import Settings
from core.store.control import ControlStore
from core.store.control.portals import change_portal, find_portal, set_password
from tests.builders.api import Api
from tests.builders.portals import card, keep_portal, portal
from tests.builders.tokens import bearer, issued

A, B, DRAFT = "portal_a0a0a0", "portal_b777b7", "portal_d1d1d1"
UNKNOWN = "portal_0000000000000000000000"
PASSWORD = "correct horse battery"


def keep_portals(store: ControlStore) -> None:
    keep_portal(store, portal(card("cost.total"), portal_id=A))
    keep_portal(store, portal(card("cost.total"), portal_id=B, customer_id="cust_b", name="Globex 777"))
    keep_portal(store, portal(card("cost.total"), portal_id=DRAFT, name="draft", status=PortalStatus.DRAFT))


def make_sites(settings: Settings) -> None:
    for portal_id, mark in ((A, "acme"), (B, "globex 777"), (DRAFT, "draft")):
        site(settings, portal_id, mark)


def site(settings: Settings, portal_id: str, mark: str) -> Path:
    """A small site whose every file holds this mark."""
    folder = settings.sites_dir / portal_id
    (folder / "reports").mkdir(parents=True)
    for name in ("index.html", "activity.html"):
        (folder / name).write_text(f"<!doctype html><p>{name} of {mark}</p>")
    (folder / "data.json").write_text(f'{{"mark": "{mark}"}}')
    (folder / "export.csv").write_text(f"mark\n{mark}\n")
    (folder / "reports" / "3.pdf").write_bytes(b"%PDF-1.7 " + mark.encode())
    return folder


@dataclass(frozen=True)
class Doors:
    """The application with two customers' portals and their sites, and browsers to visit them."""

    api: Api
    settings: Settings

    @classmethod
    def over(cls, api: Api) -> "Doors":
        """Portals and sites for an application that has none yet."""
        keep_portals(api.services.store)
        make_sites(api.services.settings)
        return cls(api, api.services.settings)

    def browser(self, base: str = "https://testserver", **more: Any) -> TestClient:
        """A client with cookies of its own that follows no redirect by itself."""
        return TestClient(self.api.client.app, base_url=base, follow_redirects=False, **more)

    def get(self, path: str, text: str | None = None, **headers: str) -> Any:
        return self.browser().get(path, headers={**(bearer(text) if text else {}), **headers})

    def token(self, portal_id: str = A, *permissions: str, **more: Any) -> str:
        return issued(self.api, portal_id, *permissions, **more)

    def change(self, portal_id: str, **more: Any) -> None:
        with self.api.services.store.writing() as connection:
            stored = find_portal(connection, portal_id, None)
            assert stored is not None
            change_portal(connection, stored, replace(stored.definition, **more), now=datetime.now(UTC))
        self.api.services.standings.forget(portal_id)

    def lock(self, portal_id: str, password: str, **access: Any) -> None:
        with self.api.services.store.writing() as connection:
            stored = find_portal(connection, portal_id, None)
            assert stored is not None
            set_password(connection, stored, hash_password(password), now=datetime.now(UTC))
        self.change(portal_id, access=Access(password_protected=True, **access))


def told(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but what each answer has of its own."""
    own = ("x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset")
    return answer.status_code, answer.content, {k: v for k, v in answer.headers.items() if k not in own}
