"""Portal configurations as answers have them, and what may be asked of their list. Bodies are `portal_bodies`."""

import html
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.paging import Pagination
from api.portal_examples import PORTAL, PORTALS
from api.schemas import WHOLE, Asked, Told
from core.portals.definition import PortalDefinition, PortalStatus
from core.portals.plain import to_plain
from core.store.control.portals import StoredPortal


class PortalsAsked(Asked):
    customer_id: str | None = Field(None, description="Only this customer's portals")
    status: PortalStatus | None = Field(None, strict=False, description="Only portals of this status")
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    cursor: str | None = Field(None, description="`next_cursor` of the page before")


class PortalTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": PORTAL})
    portal_id: str
    name: str
    customer_id: str
    status: str
    public_link: str
    embed_code: str
    branding: dict[str, Any]
    metrics: list[dict[str, Any]]
    layout: dict[str, Any]
    comparisons: list[dict[str, Any]]
    access: dict[str, Any]
    created_at: str
    updated_at: str


class PortalListed(Told):
    portal_id: str
    name: str
    customer_id: str
    status: str
    metrics_count: int
    last_accessed: str | None = Field(description="Null until somebody has looked at it")


class PortalsTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": PORTALS})
    data: list[PortalListed]
    pagination: Pagination


def told(stored: StoredPortal, page_url: str) -> dict[str, Any]:
    """A portal as answers have it; never its password."""
    plain = to_plain(stored.definition)
    portal_id = stored.definition.portal_id
    link = public_link(page_url, portal_id)
    return {
        **{name: plain.pop(name) for name in ("portal_id", "name", "customer_id", "status")},
        "public_link": link,
        "embed_code": embed_code(page_url, portal_id),
        **plain,
        "layout": _layout(stored.definition),
        "access": {**plain["access"], "public_link": link},
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def told_briefly(stored: StoredPortal) -> dict[str, Any]:
    """A portal in a list."""
    definition = stored.definition
    return {
        "portal_id": definition.portal_id,
        "name": definition.name,
        "customer_id": definition.customer_id,
        "status": definition.status.value,
        "metrics_count": len(definition.metrics),
        "last_accessed": stored.last_accessed_at,
    }


def public_link(page_url: str, portal_id: str) -> str:
    """Where the portal's pages begin."""
    return f"{page_url}/p/{portal_id}"


def embed_code(page_url: str, portal_id: str) -> str:
    """What a page pastes to show the portal inside itself."""
    source = html.escape(f"{page_url}/embed/{portal_id}", quote=True)
    return f'<iframe src="{source}" width="100%" height="800" frameborder="0"></iframe>'


def _layout(definition: PortalDefinition) -> dict[str, Any]:
    """With the sections that a page has, also those that nobody asked for."""
    sections = [
        {
            **({"title": section.title} if section.title else {}),
            "collapsible": section.collapsible,
            "metrics": list(section.metrics),
        }
        for section in definition.sections
    ]
    return {"grid_columns": definition.layout.grid_columns, "sections": sections}
