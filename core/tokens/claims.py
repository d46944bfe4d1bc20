"""What a token says, and the strict reading of it: exactly these claims, each of exactly this type.

The signature is not looked at here but in `verify`. Stricter than the library that checks it, which takes a float
for an instant, any `kid` and `typ`, claims that stand twice, and tokens for the next million years.
"""

import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from core.customers import check_customer_id
from core.errors import InvalidCustomerId

ISSUER = "proofline"
MIN_SECONDS = 60
DEFAULT_SECONDS = 3600
NOT_YET_LEEWAY_SECONDS = 30

_PORTAL_ID = re.compile(r"portal_[A-Za-z0-9_]{1,100}", re.ASCII)
_JTI = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)
_MARK = re.compile(r"[0-9a-f]{32}", re.ASCII)
# A jti of our own begins with its microsecond, so that what was issued within one second has an order too.
_OWN_JTI = re.compile(r"t([0-9a-f]{14})_[0-9a-f]{24}", re.ASCII)
_MAX_INSTANT = 2**53
_REQUIRED = frozenset(("iss", "aud", "sub", "jti", "iat", "nbf", "exp", "permissions"))


class Permission(StrEnum):
    """What a token may do with its portal."""

    READ_METRICS = "read:metrics"
    EXPORT_DATA = "export:data"
    CONFIGURE_PORTAL = "configure:portal"


class Kind(StrEnum):
    """The `typ` of what we sign. A session stands in a cookie and is good for pages only."""

    TOKEN = "JWT"  # noqa: S105
    SESSION = "portal-session+jwt"


@dataclass(frozen=True)
class Claims:
    """Instants in whole seconds since 1970. A session has the identity and the end of the token that it came from.

    `is_preview` opens drafts too. Of a session: `session_id` is one visit, and `password_mark` says which password
    was given for it; `is_public` came without a token, and is good only while the portal opens without one.
    """

    portal_id: str
    customer_id: str
    jti: str
    issued_at: int
    expires_at: int
    permissions: frozenset[Permission]
    is_preview: bool = False
    session_id: str | None = None
    password_mark: str | None = None
    is_public: bool = False

    @property
    def issued_microsecond(self) -> int:
        """When exactly it was issued; at the second's beginning where the jti does not tell."""
        own = _OWN_JTI.fullmatch(self.jti)
        exact = int(own[1], 16) if own else 0
        return exact if exact // 1_000_000 == self.issued_at else self.issued_at * 1_000_000

    @property
    def expiry(self) -> datetime:
        return datetime.fromtimestamp(self.expires_at, UTC)

    def to_plain(self) -> dict[str, Any]:
        """The claims as they are signed."""
        plain: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self.portal_id,
            "sub": self.customer_id,
            "jti": self.jti,
            "iat": self.issued_at,
            "nbf": self.issued_at,
            "exp": self.expires_at,
            "permissions": [p.value for p in Permission if p in self.permissions],
        }
        if self.is_preview:
            plain["preview"] = True
        if self.session_id is not None:
            plain["sid"] = self.session_id
        if self.password_mark is not None:
            plain["pwd"] = self.password_mark
        if self.is_public:
            plain["public"] = True
        return plain


def new_jti(now: datetime) -> str:
    """An id that nobody can guess and that tells the microsecond in which it was made."""
    return f"t{microsecond(now):014x}_{secrets.token_hex(12)}"


def microsecond(instant: datetime) -> int:
    """Microseconds since 1970, exact."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def read_object(encoded: bytes) -> dict[str, Any] | None:
    """A JSON object in which no name stands twice and no number is more than JSON has; None for anything else."""
    try:
        value = json.loads(encoded.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_claims(plain: dict[str, Any], kind: Kind) -> Claims | None:
    """The claims in our form; None when one is missing, unknown, or not of its very type."""
    optional = {"preview", "sid", "pwd", "public"} if kind is Kind.SESSION else {"preview"}
    if not plain.keys() >= _REQUIRED or not plain.keys() <= _REQUIRED | optional:
        return None
    permissions = _permissions(plain["permissions"])
    instants = [plain[name] for name in ("iat", "nbf", "exp")]
    if permissions is None or not all(_is_instant(value) for value in instants):
        return None
    if not _are_names(plain) or not _are_extras(plain, kind):
        return None
    return Claims(
        portal_id=plain["aud"],
        customer_id=plain["sub"],
        jti=plain["jti"],
        issued_at=plain["iat"],
        expires_at=plain["exp"],
        permissions=permissions,
        is_preview="preview" in plain,
        session_id=plain.get("sid"),
        password_mark=plain.get("pwd"),
        is_public="public" in plain,
    )


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_number(_name: str) -> None:
    raise ValueError("this is not a JSON number")


def _is_instant(value: object) -> bool:
    # A bool is an int to the language.
    return type(value) is int and 0 < value <= _MAX_INSTANT


def _permissions(value: object) -> frozenset[Permission] | None:
    if type(value) is not list or not value or len(value) > len(Permission):
        return None
    if not all(type(name) is str and name in set(Permission) for name in value):
        return None
    found = frozenset(Permission(name) for name in value)
    return found if len(found) == len(value) else None


def _are_names(plain: dict[str, Any]) -> bool:
    return (
        type(plain["aud"]) is str
        and bool(_PORTAL_ID.fullmatch(plain["aud"]))
        and type(plain["jti"]) is str
        and bool(_JTI.fullmatch(plain["jti"]))
        and type(plain["sub"]) is str
        and _is_customer_id(plain["sub"])
    )


def _is_customer_id(text: str) -> bool:
    try:
        return check_customer_id(text) == text
    except InvalidCustomerId:
        return False


def _are_extras(plain: dict[str, Any], kind: Kind) -> bool:
    marks = [plain[name] for name in ("sid", "pwd") if name in plain]
    return (
        all(plain.get(name, True) is True for name in ("preview", "public"))
        and all(type(mark) is str and bool(_MARK.fullmatch(mark)) for mark in marks)
        and (kind is Kind.TOKEN or "sid" in plain)
    )
