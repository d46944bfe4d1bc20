"""What each error code means and what to do about it: the pages that `documentation_url` names.

The codes themselves are the classes of `core.errors` and `errors`; a test holds that each has its words.
"""

from dataclasses import dataclass

from starlette.responses import Response

from api.envelope import type_of
from api.html import link, page, table, tag
from core.errors import ProoflineError


@dataclass(frozen=True)
class Meaning:
    """What happened, and what a person does next."""

    what: str
    then: str


MEANINGS: dict[str, Meaning] = {
    "INVALID_PARAMETER": Meaning(
        "A field, parameter or header has a value that it cannot have, or is not known here.",
        "Look at `param` and `message`; names are spelt as in the reference and each may stand once.",
    ),
    "MISSING_PARAMETER": Meaning("Something required was left out.", "Send what `param` names."),
    "INVALID_TIME_RANGE": Meaning(
        "The range is empty, turned around, too long for its granularity, or not a time.",
        "Let start lie before end: at most 10 years, 92 days by hour, 7 days by minute.",
    ),
    "INVALID_GRANULARITY": Meaning(
        "There is no such granularity.", "Use auto, minute, hour, day, week or month."
    ),
    "INVALID_CUSTOMER_ID": Meaning(
        "This can be no customer's id.", "Send one customer's id; leave the parameter out for all."
    ),
    "INVALID_METRIC_ID": Meaning(
        "A metric that was named does not exist or cannot be used here.",
        "The catalogue at /v1/analytics/metrics lists what there is.",
    ),
    "INVALID_LAYOUT": Meaning(
        "The cards do not fit the grid, or a section names one that is not there.",
        "Keep cards inside 12, 16 or 24 columns and apart; a change of metrics may need its sections with it.",
    ),
    "UNSUPPORTED_AGGREGATION": Meaning(
        "This aggregation has no meaning for this metric, such as the sum of a rate.",
        "Leave it out for the natural one, or use one that the catalogue lists for the metric.",
    ),
    "UNSUPPORTED_DIMENSION": Meaning(
        "The metric's rows do not have this dimension, such as the model of a session.",
        "Filter and group by a dimension that the catalogue lists for the metric.",
    ),
    "UNSUPPORTED_GRANULARITY": Meaning(
        "The metric has no values this fine; the rows of a daily metric are days.", "Ask for day or more."
    ),
    "UNSUPPORTED_METRIC": Meaning(
        "The metric's rows have no value that could spread.", "Ask for a latency, cost or token metric."
    ),
    "UNSUPPORTED_API_VERSION": Meaning(
        "The header x-api-version names a version that does not exist.", "Send 2025-01-06, or leave it out."
    ),
    "UNAUTHORIZED": Meaning(
        "The request has no API key and no portal token, or one that is unknown, expired or revoked.",
        "Send the header Authorization: Bearer pl_live_…; an operator makes keys on the command line, and a key"
        " makes portal tokens.",
    ),
    "FORBIDDEN": Meaning("The key may not do this.", "Use a key with the role that `message` names."),
    "NOT_FOUND": Meaning("There is nothing at this address.", "Compare the address with the reference."),
    "METRIC_NOT_FOUND": Meaning(
        "This key can see no metric with this id.",
        "The catalogue at /v1/analytics/metrics lists what there is.",
    ),
    "CUSTOMER_NOT_FOUND": Meaning(
        "This key can see no such customer.",
        "Check the id and the key; before its first event, set it by PATCH /v1/portal/customers/{id}.",
    ),
    "PORTAL_NOT_FOUND": Meaning("This key can see no such portal.", "Check the id and the key."),
    "REPORT_NOT_FOUND": Meaning("This key can see no such report.", "Check the id and the key."),
    "WEBHOOK_NOT_FOUND": Meaning("This key can see no such webhook.", "Check the id and the key."),
    "DELIVERY_NOT_FOUND": Meaning(
        "This report or webhook has no such delivery.",
        "List its deliveries; those of webhooks are forgotten 30 days after their end.",
    ),
    "ALERT_NOT_FOUND": Meaning("This key can see no such alert.", "Check the id and the key."),
    "DUPLICATE_ID": Meaning("The id is taken.", "Choose another id, or change what has it."),
    "INVALID_STATE": Meaning(
        "What the request asks for does not fit the state things are in.",
        "Read `message`; change that first.",
    ),
    "IDEMPOTENCY_CONFLICT": Meaning(
        "The Idempotency-Key was used for another request in the last 24 hours.",
        "Use a new key for a new request; repeat a request with its very bytes.",
    ),
    "PORTAL_ALREADY_EXISTS": Meaning(
        "The customer has a portal of this name.", "Choose another name or archive that portal."
    ),
    "PORTAL_NOT_ACTIVE": Meaning("The portal is a draft or archived.", "Make it active first."),
    "METHOD_NOT_ALLOWED": Meaning(
        "The address exists, but not for this method.", "Compare with the reference."
    ),
    "REQUEST_TIMED_OUT": Meaning("The request did not arrive in time.", "Send it again in one go."),
    "PRECONDITION_FAILED": Meaning(
        "It was changed since you read it, so If-Match does not fit.", "Read it again and decide anew."
    ),
    "BODY_TOO_LARGE": Meaning("The body is longer than 256 KiB.", "Send less at once."),
    "URI_TOO_LONG": Meaning("The address is longer than 8 KiB.", "Send less in the query."),
    "UNSUPPORTED_MEDIA_TYPE": Meaning(
        "The body is not plain JSON.", "Send Content-Type: application/json and no Content-Encoding."
    ),
    "HEADERS_TOO_LARGE": Meaning("The headers are longer than 16 KiB.", "Send fewer or shorter ones."),
    "RATE_LIMITED": Meaning(
        "More requests than the limit in the last 60 seconds.",
        "Wait for as many seconds as Retry-After says; X-RateLimit-* tell where you stand.",
    ),
    "INTERNAL_ERROR": Meaning(
        "Something went wrong here, not in the request.",
        "Try again; if it stays, tell the operator the X-Request-Id of the answer.",
    ),
    "UNAVAILABLE": Meaning(
        "It cannot be answered right now; nothing was changed.", "Try again after Retry-After seconds."
    ),
    "ARCHIVE_DAMAGED": Meaning(
        "A file of the archive is missing or is not what was kept.",
        "Let the operator put the backup of PROOFLINE_HOME/reports in place.",
    ),
    "NOTHING_PUBLISHED": Meaning(
        "No numbers have been published yet.", "Let the pipeline run once: proofline build."
    ),
}


_FORMULA: dict[str, Meaning] = {
    "SYNTAX_ERROR": Meaning(
        "The formula cannot be read.", "`position` counts the characters before the fault."
    ),
    "UNDEFINED_VARIABLE": Meaning(
        "The formula uses a variable that is no input.", "Add an input with this variable, $ included."
    ),
    "DUPLICATE_VARIABLE": Meaning("Two inputs have the same variable.", "Name each input once."),
    "UNKNOWN_FUNCTION": Meaning(
        "There is no such function.", "There are abs, min, max, round, if and coalesce."
    ),
    "WRONG_ARITY": Meaning("A function has too many or too few arguments.", "Compare with the reference."),
    "INVALID_METRIC_REFERENCE": Meaning(
        "An input names a metric that does not exist.", "The catalogue lists what there is."
    ),
    "CYCLE": Meaning("The metric would use itself.", "Break the circle that `message` shows."),
    "FORMULA_TOO_COMPLEX": Meaning(
        "The formula has over 2,000 characters, 32 levels, 200 nodes, 20 inputs or 5 metrics in a chain.",
        "Divide it into several custom metrics.",
    ),
}
MEANINGS.update(_FORMULA)


def codes() -> dict[str, int]:
    """Every code that an answer can have, with its status."""
    found: dict[str, int] = {}
    waiting: list[type[ProoflineError]] = [ProoflineError]
    while waiting:
        kind = waiting.pop()
        found.setdefault(kind.code, kind.status)
        waiting += kind.__subclasses__()
    return dict(sorted({**found, **dict.fromkeys(_FORMULA, 400)}.items()))


def index() -> Response:
    """All codes in one table."""
    rows = [
        (link(f"/errors/{code}", code), str(status), tag("span", MEANINGS[code].what))
        for code, status in codes().items()
    ]
    return page("Errors", table(("Code", "Status", "What happened"), rows))


def of_code(code: str) -> Response | None:
    """The page of one code; None when there is no such code."""
    if code not in MEANINGS or code not in codes():
        return None
    status = codes()[code]
    kinds = dict.fromkeys(type_of(status, path) for path in ("/v1/analytics/", "/v1/portal/"))
    facts = f"HTTP status {status}, type {', under /v1/portal/ '.join(kinds)}."
    return page(code, tag("p", MEANINGS[code].what), tag("p", MEANINGS[code].then), tag("p", facts))
