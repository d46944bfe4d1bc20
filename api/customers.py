"""Customers as bodies and answers have them."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from api.paging import Pagination
from api.schemas import WHOLE, Asked, Sent, Title, Told
from core.erasures import Erasure
from core.errors import ProoflineError
from core.known_customers import KnownCustomer
from core.locales import check_locale
from core.periods import zone

_EXAMPLE: dict[str, Any] = {
    "customer_id": "cust_acme_123",
    "name": "Acme Corp",
    "timezone": "America/New_York",
    "locale": "en-US",
    "has_events": True,
    "updated_at": "2025-01-06T10:00:00Z",
}


def _zone(name: str) -> str:
    try:
        return zone(name).key
    except ProoflineError:
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None


class CustomerPatch(Sent):
    """What is left out stays as it is; null goes back to what events say."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"timezone": "America/New_York", "locale": "en-US"}}
    )
    name: Title | None = None
    timezone: Annotated[str, AfterValidator(_zone)] | None = Field(None, description="IANA zone")
    locale: Annotated[str, AfterValidator(check_locale)] | None = Field(None, description="BCP 47, as en-US")

    def changes(self) -> dict[str, str | None]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class CustomersAsked(Asked):
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = 50
    cursor: str | None = Field(None, description="`next_cursor` of the page before")


class CustomerTold(Told):
    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})
    customer_id: str
    name: str
    timezone: str = Field(description="IANA zone of its days")
    locale: str = Field(description="How its numbers and dates are written, BCP 47")
    has_events: bool = Field(description="Whether published events know it")
    updated_at: str | None = Field(description="When something was last set here; null for never")


class CustomersTold(Told):
    data: list[CustomerTold]
    pagination: Pagination


class ErasureTold(Told):
    """A job: `done` when nothing is left anywhere. `removed` are counts by place; `record` is the signed record."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "erasure_id": "erasure_5f0c2a7e9d1b4c38",
                "state": "requested",
                "requested_at": "2025-01-06T10:00:00Z",
                "finished_at": None,
                "removed": {"control store: portals": 2},
                "record": None,
            }
        }
    )
    erasure_id: str
    state: Literal["requested", "done"]
    requested_at: str
    finished_at: str | None
    removed: dict[str, int]
    record: dict[str, Any] | None


def told_of_erasure(erasure: Erasure) -> dict[str, Any]:
    """An erasure as answers have it; whose it is they do not say."""
    return {
        "erasure_id": erasure.erasure_id,
        "state": erasure.state,
        "requested_at": erasure.requested_at,
        "finished_at": erasure.finished_at,
        "removed": dict(erasure.work.removed),
        "record": None if erasure.record is None else dict(erasure.record),
    }


def told(customer: KnownCustomer) -> dict[str, Any]:
    """A customer as answers have it."""
    return vars(customer)
