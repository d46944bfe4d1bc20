"""Refusals that belong to HTTP and to nothing else, and the framework's own in our words.

The other reasons are `core.errors`; how all of them are answered lives in `envelope`, what each code means to
a person in `error_pages`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import duckdb
import structlog
from starlette.exceptions import HTTPException

from core.errors import (
    Invalid,
    InvalidLayout,
    InvalidParameter,
    MissingParameter,
    NotFound,
    ProoflineError,
    RateLimited,
    Unavailable,
)
from core.formula.faults import Fault

MAX_DETAILS = 100
MAX_MESSAGE_CHARACTERS = 10_000
# A damaged block, a time or memory limit: the store's trouble, and not for ever.
UNREADABLE = (
    duckdb.IOException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
)
# A place on a portal's grid is malformed as a whole, whichever way: its code is the layout's.
_LAYOUT = re.compile(r"(?:layout|(?:metrics|comparisons)\[\d+\]\.(?:position|size))(?:[.\[].*)?")


class RouteNotFound(NotFound):
    code = "NOT_FOUND"


class MethodNotAllowed(Invalid):
    code = "METHOD_NOT_ALLOWED"
    status = 405


class RequestTimedOut(Invalid):
    code = "REQUEST_TIMED_OUT"
    status = 408


class PreconditionFailed(Invalid):
    code = "PRECONDITION_FAILED"
    status = 412


class BodyTooLarge(Invalid):
    code = "BODY_TOO_LARGE"
    status = 413


class UriTooLong(Invalid):
    code = "URI_TOO_LONG"
    status = 414


class UnsupportedMediaType(Invalid):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class HeadersTooLarge(Invalid):
    code = "HEADERS_TOO_LARGE"
    status = 431


class InvalidFormula(Invalid):
    """A formula that cannot be used: all its faults are told; the first one gives the code."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message, param=faults[0].param)
        self.faults = faults


class InternalError(ProoflineError):
    code = "INTERNAL_ERROR"
    status = 500


@dataclass(frozen=True)
class FieldFault:
    """One field that is wrong: its path, the reason as the end of a sentence that begins with it, and a code."""

    param: str
    message: str
    code: str = InvalidParameter.code


class InvalidFields(InvalidParameter):
    """Several fields are wrong at once; the first one gives code and param, all are in the details."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        self.faults = faults[:MAX_DETAILS]
        words = "; ".join(f"{fault.param} {fault.message}" for fault in self.faults)
        super().__init__(words[:MAX_MESSAGE_CHARACTERS], param=faults[0].param)


def from_framework(problem: HTTPException) -> ProoflineError:
    """What the framework refuses by itself, in our words."""
    known: dict[int, ProoflineError] = {
        404: RouteNotFound("There is nothing at this address"),
        405: MethodNotAllowed("This address does not answer this method"),
        413: BodyTooLarge("The body is too large"),
    }
    if problem.status_code in known:
        return known[problem.status_code]
    phrase = HTTPStatus(problem.status_code).phrase
    if problem.status_code >= 500:
        return InternalError(phrase)
    return InvalidParameter(phrase)


def from_store(problem: Exception) -> Unavailable:
    """What DuckDB cannot read (one of UNREADABLE), in our words; its own may name files and are for the log."""
    structlog.get_logger("api").error("the snapshot cannot be read", exc_info=problem)
    return Unavailable("The numbers cannot be read right now, or in time; try again")


def too_many(seconds: int) -> RateLimited:
    return RateLimited(f"Too many requests; the next one is answered in {seconds} s")


def from_validation(problems: list[Any]) -> ProoflineError:
    """What a schema refuses, as paths and reasons."""
    found = dict.fromkeys(
        FieldFault(p, _reason(problem), _code(p, problem)) for p, problem in _paths(problems)
    )
    faults = list(found)
    if len(faults) > 1:
        return InvalidFields([_first(faults[0]), *faults[1:]])
    (fault,) = faults
    return _KINDS[fault.code](f"{fault.param} {fault.message}", param=fault.param)


def _paths(problems: list[Any]) -> list[tuple[str, Any]]:
    return [(path_of(problem["loc"]), problem) for problem in problems]


_KINDS = {kind.code: kind for kind in (InvalidParameter, MissingParameter, InvalidLayout)}


def _code(path: str, problem: Any) -> str:
    if _LAYOUT.fullmatch(path):
        return InvalidLayout.code
    return MissingParameter.code if problem["type"] == "missing" else InvalidParameter.code


def _first(fault: FieldFault) -> FieldFault:
    """Of several faults, that one is missing is not the whole story."""
    return replace(fault, code=InvalidParameter.code) if fault.code == MissingParameter.code else fault


def path_of(location: tuple[str | int, ...]) -> str:
    """`("body", "metrics", 2, "size", "width")` is `metrics[2].size.width`."""
    from api.json_body import join

    path = ""
    for part in location[1:]:
        path = join(path, part)
    return path or str(location[0])


_REASONS = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
}


# How the library begins a sentence about a value; ours begin with its path.
_SUBJECT = re.compile(r"^[A-Z][a-z]+ should ")


def _reason(problem: Any) -> str:
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if problem["type"] in _REASONS:
        return _REASONS[problem["type"]]
    if problem["type"] in ("too_long", "too_short"):
        bounds = problem["ctx"]
        bound = (
            f"at most {bounds['max_length']}" if "max_length" in bounds else f"{bounds['min_length']} or more"
        )
        # Of an object the library does not say how many it has.
        found = "more" if bounds.get("actual_length") is None else bounds["actual_length"]
        return f"must have {bound} entries; there are {found}"
    return _SUBJECT.sub("must ", str(problem["msg"]))
