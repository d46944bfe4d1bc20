"""Everything that can go wrong, as exceptions.

ProoflineError
  ApiError                     the API refused; has status, type, code, param, message, documentation_url
    InvalidRequestError        400, 413 to 416, 431: what was sent is wrong; `param` names what
    AuthenticationError        401: the key is missing, unknown or revoked
    PermissionDeniedError      403: this key may not do that
    NotFoundError              404: there is nothing that this key could see
    ConflictError              409: it does not fit what is stored
    PreconditionFailedError    412: it was changed since it was read
    RateLimitError             429: too many requests, also after the retries
    ServerError                5xx: the fault is not the caller's
  ConnectionFailedError        there was no answer, also after the retries
    TimedOutError              not within the timeout
  UnreadableAnswerError        what answered is no Proofline API
  WebhookVerificationError     a message that nobody who knows the secret has signed, or an old one
"""

from typing import Any


class ProoflineError(Exception):
    """The family of everything that this package raises on its own account."""


class ApiError(ProoflineError):
    """A refusal, with the reason for people (`message`) and for programs (`code`)."""

    def __init__(self, status: int, refusal: dict[str, Any], *, request_id: str | None = None) -> None:
        self.status = status
        self.type: str = refusal.get("type", "")
        self.code: str = refusal.get("code", "")
        self.message: str = refusal.get("message", "")
        self.param: str | None = refusal.get("param")
        self.documentation_url: str | None = refusal.get("documentation_url")
        self.details: list[dict[str, Any]] = refusal.get("details") or []
        self.request_id = request_id
        super().__init__(status, refusal, request_id)

    def __str__(self) -> str:
        where = f" ({self.param})" if self.param else ""
        return f"{self.status} {self.code}: {self.message}{where}"

    # With a keyword of its own, an exception does not find its way through pickle alone.
    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), *self.args)


class InvalidRequestError(ApiError):
    """400, 413 to 416, 431: what was sent is wrong; `param` names what, `details` everything."""


class AuthenticationError(ApiError):
    """401: the API key or portal token is missing, unknown, expired or revoked."""


class PermissionDeniedError(ApiError):
    """403: this key or token may not do that."""


class NotFoundError(ApiError):
    """404: there is nothing that this key could see."""


class ConflictError(ApiError):
    """409: it does not fit what is stored."""


class PreconditionFailedError(ApiError):
    """412: it was changed since it was read; read it again and decide anew."""


class RateLimitError(ApiError):
    """429: too many requests, also after the retries."""


class ServerError(ApiError):
    """5xx: the fault is not the caller's; `request_id` is what its operator can look up."""


class ConnectionFailedError(ProoflineError):
    """There was no answer, also after the retries; `__cause__` says why."""


class TimedOutError(ConnectionFailedError):
    """There was no answer within the timeout."""


class UnreadableAnswerError(ProoflineError):
    """What answered is no Proofline API: look at the base URL."""


class WebhookVerificationError(ProoflineError):
    """Nobody who knows the secret has signed this message, or too long ago: do not believe it."""


_BY_STATUS: dict[int, type[ApiError]] = {
    **dict.fromkeys((400, 413, 414, 415, 416, 431), InvalidRequestError),
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    412: PreconditionFailedError,
    429: RateLimitError,
}


def api_error(status: int, body: Any, request_id: str | None) -> ApiError:
    """The exception of an answer that is not 2xx; whatever stands before the API may answer without a reason."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = {"code": "UNKNOWN", "message": "The answer gives no reason; it may not be the API's own"}
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    return kind(status, error, request_id=request_id)


def _restored(kind: type[ApiError], status: int, refusal: dict[str, Any], request_id: str | None) -> ApiError:
    return kind(status, refusal, request_id=request_id)
