"""What is asked and answered about portal tokens."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.schemas import Sent, Told
from core.tokens import MIN_SECONDS

_Permission = Literal["read:metrics", "export:data", "configure:portal"]


class TokenAsked(Sent):
    """All of it may be left out."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"expires_in": 3600, "permissions": ["read:metrics"]}}
    )
    expires_in: Annotated[int, Field(description="Seconds from now", ge=MIN_SECONDS)] | None = None
    permissions: (
        Annotated[
            list[_Permission],
            Field(
                min_length=1,
                max_length=3,
                description="Left out: read:metrics; configure:portal by admin keys",
            ),
        ]
        | None
    ) = None
    preview: Annotated[bool, Field(description="Opens the portal while it is a draft, too")] = False


class RevocationAsked(Sent):
    jti: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            pattern="^[A-Za-z0-9_.:-]+$",
            description="The token to take back; left out: every one that was issued until now",
        ),
    ] = ""


class TokenTold(Told):
    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…",
                "token_type": "Bearer",
                "portal_id": "portal_2hXq9sVd0aB7cR4kLm1TnZ",
                "customer_id": "cust_acme_123",
                "expires_at": "2025-01-06T12:00:00Z",
                "permissions": ["read:metrics"],
                "portal_url": "https://portal.example.com/p/portal_2hXq9sVd0aB7cR4kLm1TnZ?token=eyJhbG…",
                "jti": "t062b0e8c7f1a40_5d0e6e1f2c3b4a5968778695",
            }
        },
    )
    token: str = Field(description="Shown once; it is kept nowhere")
    token_type: str
    portal_id: str
    customer_id: str
    expires_at: str
    permissions: list[str]
    portal_url: str = Field(description="Opens the portal in a browser")
    jti: str = Field(description="Names the token, to take it back")


class RevocationTold(Told):
    revoked: bool
    portal_id: str
    jti: str | None = Field(description="Null: every token that was issued until then")
    revoked_at: str
