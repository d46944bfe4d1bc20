"""Portal configurations as bodies have them; how answers have them is `portals`.

What a body may hold is said here, and in `portal_parts`; whether that makes a sound portal is
`core.portals.check`'s to say.
"""

import secrets
import string
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, WithJsonSchema

from api.portal_examples import NEW_PORTAL
from api.portal_parts import BeforeAfterSent, LayoutSent, PortalMetricSent
from api.schemas import Sent, Title, left_out
from core.errors import MissingParameter
from core.portals.check import MAX_COMPARISONS
from core.portals.definition import (
    MAX_METRICS,
    PortalDefinition,
    PortalStatus,
    Theme,
)
from core.portals.domains import MAX_DOMAINS
from core.portals.merge import merge
from core.portals.passwords import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from core.portals.plain import from_plain
from core.portals.preset import filled
from core.portals.presets import PRESETS

_Password = Annotated[
    SecretStr,
    WithJsonSchema(
        {
            "type": "string",
            "format": "password",
            "minLength": MIN_PASSWORD_CHARACTERS,
            "maxLength": MAX_PASSWORD_CHARACTERS,
            "writeOnly": True,
        }
    ),
]


def _preset(value: str) -> str:
    if value not in PRESETS:
        raise ValueError(f"is no preset; there are {', '.join(PRESETS)}")
    return value


_Preset = Annotated[str, AfterValidator(_preset), WithJsonSchema({"type": "string", "enum": list(PRESETS)})]
# 22 characters of base 62 are 131 bits.
_ID_CHARACTERS = 22
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
# What a configuration does not hold: whose it is comes from the caller, the password has a column of its own.
_NOT_KEPT: Any = {"customer_id": True, "preset_metrics": True, "access": {"password", "public_link"}}
_LOGO = "https address of an image on the public internet"
_COLOUR = "#RGB or #RRGGBB"
_DOMAINS = "Hosts that may embed it: acme.com, *.acme.com (not acme.com itself), localhost:3000"
_LINK = "Made here; it may be sent back as it is"


_Metrics = Annotated[list[PortalMetricSent], Field(max_length=MAX_METRICS)]
_Comparisons = Annotated[list[BeforeAfterSent], Field(max_length=MAX_COMPARISONS)]
_Domains = Annotated[list[str], Field(max_length=MAX_DOMAINS, description=_DOMAINS)]


class BrandingSent(Sent):
    title: Title
    logo_url: str | None = Field(None, description=_LOGO)
    primary_color: str | None = Field(None, description=_COLOUR)
    theme: Theme | None = Field(None, strict=False)


class BrandingPatch(Sent):
    title: Title = left_out()
    logo_url: str | None = Field(None, description=_LOGO)
    primary_color: str | None = Field(None, description=_COLOUR)
    theme: Theme | None = Field(None, strict=False)


class AccessSent(Sent):
    embed_enabled: bool = False
    allowed_domains: _Domains | None = None
    public: bool | None = Field(None, description="Opens without a token")
    password_protected: bool | None = None
    password: _Password | None = Field(None, description="Never read back; given, it protects")


class AccessPatch(Sent):
    embed_enabled: bool = left_out()
    allowed_domains: _Domains | None = None
    public: bool | None = Field(None, description="Opens without a token")
    password_protected: bool | None = None
    password: _Password | None = Field(None, description="Never read back; null takes it away")
    public_link: str | None = Field(None, description=_LINK)


class NewPortal(Sent):
    model_config = ConfigDict(json_schema_extra={"example": NEW_PORTAL})
    name: Title | None = Field(None, description="For your eyes; left out, it is the title")
    customer_id: str | None = Field(None, description="Whose numbers; a key of one customer may leave it out")
    branding: BrandingSent
    metrics: _Metrics | None = Field(None, description="Required without preset_metrics")
    preset_metrics: Annotated[list[_Preset], Field(max_length=len(PRESETS))] | None = Field(
        None, description="Sets of cards that /v1/portal/presets lists; they lie below metrics"
    )
    layout: LayoutSent | None = None
    comparisons: _Comparisons | None = None
    access: AccessSent | None = None

    @property
    def password(self) -> str | None:
        return _secret(self.access)

    def to_definition(self, customer_id: str) -> PortalDefinition:
        """A draft of this customer's; MissingParameter when it would have no cards at all."""
        if self.metrics is None and not self.preset_metrics:
            raise MissingParameter("metrics is required, or preset_metrics", param="metrics")
        begun: dict[str, Any] = {
            "portal_id": new_portal_id(),
            "name": self.branding.title,
            "status": PortalStatus.DRAFT.value,
            "metrics": [],
            "customer_id": customer_id,
        }
        definition = from_plain(merge(begun, merge({}, _sent(self))))
        return _filled(definition, self.preset_metrics or [])


def _filled(definition: PortalDefinition, preset_ids: list[str]) -> PortalDefinition:
    layout = definition.layout
    presets = [PRESETS[preset_id] for preset_id in dict.fromkeys(preset_ids)]
    metrics, sections = filled(presets, layout.grid_columns, definition.metrics)
    if presets and not layout.sections:
        layout = replace(layout, sections=sections)
    return replace(definition, metrics=metrics, layout=layout)


def new_portal_id() -> str:
    """Nothing of the name or the customer is in it, so that nobody can guess it."""
    return "portal_" + "".join(secrets.choice(_BASE62) for _ in range(_ID_CHARACTERS))


class PortalPatch(Sent):
    """Objects are merged, lists are replaced, null takes an optional field away."""

    name: Title = left_out()
    customer_id: str = left_out(description="It cannot be changed")
    status: PortalStatus = left_out(strict=False)
    branding: BrandingPatch = left_out()
    metrics: _Metrics = left_out()
    layout: LayoutSent | None = None
    comparisons: _Comparisons | None = None
    access: AccessPatch = left_out()

    @property
    def password(self) -> str | None:
        return _secret(self.access)

    @property
    def is_about_password(self) -> bool:
        """Whether it sets a password, or takes it away."""
        return self.access is not None and "password" in self.access.model_fields_set

    def changes(self) -> dict[str, Any]:
        """What was sent, as plain values; null is what is to be taken away."""
        return _sent(self)


def _sent(body: NewPortal | PortalPatch) -> dict[str, Any]:
    """What was sent of the configuration. A password that comes without a word is meant to protect."""
    sent = body.model_dump(mode="json", exclude_unset=True, exclude=_NOT_KEPT)
    if body.password is not None and sent["access"].get("password_protected") is None:
        sent["access"]["password_protected"] = True
    return sent


def _secret(access: AccessSent | AccessPatch | None) -> str | None:
    password = None if access is None else access.password
    return None if password is None else password.get_secret_value()
