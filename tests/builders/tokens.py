"""Tokens for tests: by the door's own way, or signed with whatever a test wants to have said."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.builders.api import Api

SECRET = "Zq8vR2mX5tLw9KcB3nHs7JdF6gYp4TaE"
OLD_SECRET = "aT4pYg6FdJ7sHn3BcK9wLt5Xm2Rv8qZz"
KEYS = (("k1", SECRET), ("k0", OLD_SECRET))
HEADER = {"alg": "HS256", "kid": "k1", "typ": "JWT"}


def issued(api: Api, portal_id: str, *permissions: str, who: str = "admin", **more: Any) -> str:
    """The text of a token that the API issues."""
    body = {**({"permissions": list(permissions)} if permissions else {}), **more}
    answer = api.post(f"/v1/portal/configs/{portal_id}/tokens", body, who)
    assert answer.status_code == 201, answer.text
    text: str = answer.json()["token"]
    return text


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def encoded(part: Any) -> str:
    plain = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def decoded(text: str, part: int = 1) -> dict[str, Any]:
    segment = text.split(".")[part]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return found


def signed(header: Any, claims: Any, secret: str = SECRET) -> str:
    """Whatever is asked for, with a signature that fits."""
    signing_input = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.new(secret.encode(), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{encoded(signature)}"
