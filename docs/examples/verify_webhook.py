import base64
import hashlib
import hmac
import time


def verified(body: bytes, headers: dict[str, str], secret: str) -> bool:
    """Whether this body came from whoever knows the secret, within the last five minutes."""
    message_id, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = headers["webhook-signature"].split(" ")  # two while a secret is being replaced
    return any(hmac.compare_digest(expected, each) for each in signatures)
