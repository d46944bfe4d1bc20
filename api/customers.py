"""Customers as bodies and answers have them."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from api.paging import Pagination
from api.schemas import WHOLE, Asked, Line, Sent, Told
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
    name: Line | None = None
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


def told(customer: KnownCustomer) -> dict[str, Any]:
    """A customer as answers have it."""
    return vars(customer)
