"""Every refusal as the one envelope: what a status is called, and the headers that belong to it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from api.answers import JSON, to_json
from api.errors import InvalidFields, InvalidFormula
from core.errors import ProoflineError, Unauthorized, Unavailable
from core.formula.faults import Fault

SECONDS_TO_RETRY = 5
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    429: "rate_limit_error",
}


def type_of(status: int, path: str) -> str:
    """The envelope's `type`; the portal documents call a malformed request by another name."""
    if status >= 500:
        return "api_error"
    malformed = "validation_error" if path.startswith("/v1/portal/") else "invalid_request_error"
    return _TYPES.get(status, malformed)


def envelope(error: ProoflineError, *, path: str, base_url: str) -> dict[str, Any]:
    """The body of every answer that refuses."""
    code = _code_of(error)
    said: dict[str, Any] = {
        "type": type_of(error.status, path),
        "code": code,
        "message": error.message,
        "param": error.param,
        "documentation_url": f"{base_url}/errors/{code}",
    }
    if isinstance(error, InvalidFields):
        said["details"] = [asdict(fault) for fault in error.faults]
    elif isinstance(error, InvalidFormula):
        said["details"] = faults_to_plain(error.faults)
    return {"error": said}


def _code_of(error: ProoflineError) -> str:
    if isinstance(error, InvalidFormula):
        return error.faults[0].code.value
    return error.faults[0].code if isinstance(error, InvalidFields) else error.code


def faults_to_plain(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Findings about a formula as answers have them: what, where, and about which variable."""
    return [
        {
            "code": fault.code.value,
            "message": fault.message,
            "param": fault.param,
            "variable": fault.variable,
            "position": fault.position,
        }
        for fault in faults
    ]


def refusal(error: ProoflineError, *, path: str, base_url: str) -> Response:
    """The whole answer: envelope, status, and the headers that belong to the status."""
    body = to_json(envelope(error, path=path, base_url=base_url))
    headers = {"Cache-Control": "no-store", **_headers(error)}
    return Response(body, error.status, headers=headers, media_type=JSON)


def _headers(error: ProoflineError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="proofline"'}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(SECONDS_TO_RETRY)}
    return {}
