"""Signs messages as Standard Webhooks says: the id, the time and the body, once with each secret that counts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook as Signer


def signed_headers(
    secrets: Sequence[str], *, message_id: str, body: bytes, now: datetime
) -> Mapping[str, str]:
    """The three headers of a message. The time is the attempt's, the id the same for all of them."""
    at = datetime.fromtimestamp(int(now.timestamp()), UTC)
    signatures = [Signer(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
