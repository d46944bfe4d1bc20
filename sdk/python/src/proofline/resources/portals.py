"""Portals: the dashboards that customers see."""

from typing import Unpack

from .._call import Call, Otherwise, Pages
from .._operation import Mode, Resource, operation, paged
from ..answers.portal_data import PortalData
from ..answers.portals import Portal, PortalListed, PortalPage, PortalPresets, PortalToken, Revocation
from ..params.portals import (
    NewPortal,
    NewPortalToken,
    PortalChanges,
    PortalDataQuery,
    PortalFilters,
    PortalQuery,
    PortalTokenRevocation,
    QuickPortal,
)

_ALL = "/v1/portal/configs"
_ONE = "/v1/portal/configs/{portal_id}"


class Portals(Resource[Mode]):
    """Portals: the dashboards that customers see."""

    @operation
    def create(self, *, idempotency_key: str | None = None, **body: Unpack[NewPortal]) -> Call[Portal]:
        """A new portal, as a draft; `metrics` or `preset_metrics` is needed."""
        return Call("POST", _ALL, Portal, body=body, idempotency_key=idempotency_key)

    @operation
    def create_quick(
        self, *, idempotency_key: str | None = None, **given: Unpack[QuickPortal]
    ) -> Call[Portal]:
        """A new portal of predefined cards; `presets` tells which there are."""
        rest = {"preset_metrics": ["standard_dashboard"], **given}
        body = {"branding": {"title": rest.pop("title")}, **rest}
        return Call("POST", _ALL, Portal, body=body, idempotency_key=idempotency_key)

    @operation
    def get(self, portal_id: str) -> Call[Portal]:
        """One portal with its configuration."""
        return Call("GET", _ONE, Portal, {"portal_id": portal_id})

    @operation
    def update(
        self, portal_id: str, *, if_match: str | None = None, **changes: Unpack[PortalChanges]
    ) -> Call[Portal]:
        """Changes what is given: objects are merged, lists replaced, None takes an optional field away."""
        return Call("PATCH", _ONE, Portal, {"portal_id": portal_id}, body=changes, if_match=if_match)

    @operation
    def activate(self, portal_id: str) -> Call[Portal]:
        """Opens a portal for those who have a token."""
        return Portals.update.build(self, portal_id, status="active")

    @operation
    def archive(self, portal_id: str) -> Call[Portal]:
        """Closes a portal for good."""
        return Portals.update.build(self, portal_id, status="archived")

    @operation
    def list(self, **query: Unpack[PortalQuery]) -> Call[PortalPage]:
        """One page of the portals that this key can see; `iterate` goes through all pages."""
        return Call("GET", _ALL, PortalPage, query=query)

    @paged
    def iterate(self, **query: Unpack[PortalFilters]) -> Pages[PortalListed]:
        """All portals that this key can see, page by page; `limit` is how many are fetched at once."""
        return Pages(Call("GET", _ALL, PortalPage, query=query), "data", PortalListed)

    @operation
    def create_token(
        self, portal_id: str, *, idempotency_key: str | None = None, **body: Unpack[NewPortalToken]
    ) -> Call[PortalToken]:
        """A token that opens the portal; `portal_url` is the link to send.

        A draft opens for tokens that are made for that, with `preview`; left out, it is what the portal needs.
        """
        return Call(
            "POST",
            f"{_ONE}/tokens",
            PortalToken,
            {"portal_id": portal_id},
            body=body,
            idempotency_key=idempotency_key,
            otherwise=Otherwise("PORTAL_NOT_ACTIVE", {"preview": True}),
        )

    @operation
    def revoke_tokens(
        self, portal_id: str, *, idempotency_key: str | None = None, **body: Unpack[PortalTokenRevocation]
    ) -> Call[Revocation]:
        """Takes back one token by its `jti`, or every one that was issued until now."""
        path = f"{_ONE}/tokens/revoke"
        at = {"portal_id": portal_id}
        return Call("POST", path, Revocation, at, body=body, idempotency_key=idempotency_key)

    @operation
    def data(self, portal_id: str, **query: Unpack[PortalDataQuery]) -> Call[PortalData]:
        """Every number of a portal over one range; left out, the 30 days until now."""
        return Call("GET", f"{_ONE}/data", PortalData, {"portal_id": portal_id}, query)

    @operation
    def presets(self) -> Call[PortalPresets]:
        """The predefined sets of cards."""
        return Call("GET", "/v1/portal/presets", PortalPresets)
