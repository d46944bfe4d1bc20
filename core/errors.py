# ruff: noqa: N818  (errors are nouns that carry the API's code)
"""The one family of refusals: what was wrong, in words a person can act on, with the API's code.

    ProoflineError
    ├── Invalid (400)          INVALID_PARAMETER, INVALID_TIME_RANGE, UNSUPPORTED_AGGREGATION, …
    ├── Unauthorized (401), Forbidden (403)
    ├── NotFound (404)         METRIC_NOT_FOUND, CUSTOMER_NOT_FOUND, …
    ├── Conflict (409)         DUPLICATE_ID, INVALID_STATE, PORTAL_ALREADY_EXISTS, …
    ├── RateLimited (429)
    └── Unavailable (503)      nothing is published yet

`code` and `status` are data here; turning them into an answer is the API's business. A formula's own
findings (SYNTAX_ERROR, CYCLE, …) come as a list and live in `core.formula`.
"""

from typing import ClassVar


class ProoflineError(Exception):
    """Base of every refusal. `param` is the path of the input at fault, e.g. `metrics[2].size.width`."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class Invalid(ProoflineError):
    """The request itself is wrong; the same request will never succeed."""

    code = "INVALID_PARAMETER"
    status = 400


class InvalidParameter(Invalid):
    code = "INVALID_PARAMETER"


class MissingParameter(Invalid):
    code = "MISSING_PARAMETER"


class InvalidTimeRange(Invalid):
    code = "INVALID_TIME_RANGE"


class InvalidGranularity(Invalid):
    code = "INVALID_GRANULARITY"


class InvalidCustomerId(Invalid):
    code = "INVALID_CUSTOMER_ID"


class InvalidMetricId(Invalid):
    code = "INVALID_METRIC_ID"


class InvalidLayout(Invalid):
    code = "INVALID_LAYOUT"


class UnsupportedAggregation(Invalid):
    code = "UNSUPPORTED_AGGREGATION"


class UnsupportedDimension(Invalid):
    code = "UNSUPPORTED_DIMENSION"


class UnsupportedGranularity(Invalid):
    code = "UNSUPPORTED_GRANULARITY"


class UnsupportedMetric(Invalid):
    code = "UNSUPPORTED_METRIC"


class UnsupportedApiVersion(Invalid):
    code = "UNSUPPORTED_API_VERSION"


class Unauthorized(ProoflineError):
    code = "UNAUTHORIZED"
    status = 401


class Forbidden(ProoflineError):
    code = "FORBIDDEN"
    status = 403


class NotFound(ProoflineError):
    """Unknown and foreign ids answer alike, so the message never says which of the two it is."""

    code = "NOT_FOUND"
    status = 404


class MetricNotFound(NotFound):
    code = "METRIC_NOT_FOUND"


class CustomerNotFound(NotFound):
    code = "CUSTOMER_NOT_FOUND"


class PortalNotFound(NotFound):
    code = "PORTAL_NOT_FOUND"


class ReportNotFound(NotFound):
    code = "REPORT_NOT_FOUND"


class WebhookNotFound(NotFound):
    code = "WEBHOOK_NOT_FOUND"


class DeliveryNotFound(NotFound):
    code = "DELIVERY_NOT_FOUND"


class AlertNotFound(NotFound):
    code = "ALERT_NOT_FOUND"


class Conflict(ProoflineError):
    """The request is well formed but does not fit what is stored."""

    code = "INVALID_STATE"
    status = 409


class InvalidState(Conflict):
    code = "INVALID_STATE"


class DuplicateId(Conflict):
    code = "DUPLICATE_ID"


class IdempotencyConflict(Conflict):
    code = "IDEMPOTENCY_CONFLICT"


class PortalAlreadyExists(Conflict):
    code = "PORTAL_ALREADY_EXISTS"


class PortalNotActive(Conflict):
    code = "PORTAL_NOT_ACTIVE"


class RateLimited(ProoflineError):
    code = "RATE_LIMITED"
    status = 429


class Unavailable(ProoflineError):
    """It will work later, with nothing to change in the request."""

    code = "UNAVAILABLE"
    status = 503


class NothingPublished(Unavailable):
    """No snapshot has been published, or none of those there can be read."""

    code = "NOTHING_PUBLISHED"
