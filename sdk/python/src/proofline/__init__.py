"""Proofline's API for Python: what the agents did for their customers, and the portals that show it.

Types of answers are in `proofline.answers`, of what is sent in `proofline.params`.
"""

from ._answer import Answer
from ._version import API_VERSION, VERSION
from .clients import AnalyticsClient, AsyncAnalyticsClient, AsyncPortalClient, PortalClient
from .errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionFailedError,
    ProoflineError,
    RateLimitError,
    ServerError,
    TimedOutError,
    UnreadableAnswerError,
    WebhookVerificationError,
)
from .webhook_messages import WebhookMessage, verify_webhook

__version__ = VERSION
__all__ = [
    "API_VERSION",
    "AnalyticsClient",
    "Answer",
    "ApiError",
    "AsyncAnalyticsClient",
    "AsyncPortalClient",
    "AuthenticationError",
    "ConflictError",
    "ConnectionFailedError",
    "InvalidRequestError",
    "NotFoundError",
    "PermissionDeniedError",
    "PortalClient",
    "PreconditionFailedError",
    "ProoflineError",
    "RateLimitError",
    "ServerError",
    "TimedOutError",
    "UnreadableAnswerError",
    "WebhookMessage",
    "WebhookVerificationError",
    "verify_webhook",
]
