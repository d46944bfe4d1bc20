"""The signed record of an erasure: what was removed, where, when, and who asked for it; whom it does not say.

The signature is an HMAC-SHA256 with a key of the installation's key ring over the record's canonical JSON. It can be
verified as long as that key is in the ring.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.erasures import Erasure
from core.settings import Settings
from core.tokens.key_ring import KeyRing

_PURPOSE = b"proofline erasure record\0"


def signed(settings: Settings, erasure: Erasure, *, now: datetime) -> dict[str, Any]:
    """The record of this erasure as of now."""
    key = KeyRing(settings).signing_key(now=now)
    record = {
        "erasure_id": erasure.erasure_id,
        "customer_digest": erasure.customer_digest,
        "agent_digests": list(erasure.work.agent_digests),
        "requested_by": erasure.requested_by,
        "requested_at": erasure.requested_at.astimezone(UTC).isoformat(),
        "finished_at": now.astimezone(UTC).isoformat(),
        "removed": {place: count for place, count in sorted(erasure.work.removed.items()) if count},
        "kid": key.kid,
    }
    return record | {"signature": _signature(key.secret, record)}


def is_genuine(settings: Settings, record: Mapping[str, Any]) -> bool:
    """Whether this installation signed the record as it is; False too when its key has left the ring."""
    secret = KeyRing(settings).secrets().get(str(record.get("kid")))
    if secret is None:
        return False
    said = {name: value for name, value in record.items() if name != "signature"}
    return hmac.compare_digest(_signature(secret, said), str(record.get("signature")))


def _signature(secret: str, record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(secret.encode(), _PURPOSE + text.encode(), hashlib.sha256).hexdigest()
