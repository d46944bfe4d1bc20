"""The page of error codes, in the words of the pages that `documentation_url` leads to."""

import json

import api.main
from api.envelope import envelope, type_of
from api.error_pages import MEANINGS, codes
from core.errors import InvalidTimeRange
from docs.markdown import code, fenced, page, table

# Codes are found by looking through all classes of refusals, and the application imports every one.
_ALL_ARE_LOADED = api.main

_INTRO = """\
Every refusal has the same shape, whatever refused. `code` is for programs, `message` for people; `param` is the path of
what is wrong, such as `metrics[2].size.width`; `documentation_url` leads to what is written here."""
_AGAIN = """\
Only 429, 500 and 503 are worth repeating as they are, after the seconds in `Retry-After` where there are any. A POST
with an `Idempotency-Key` may be repeated safely for 24 hours."""


def errors() -> str:
    rows = [
        (code(name), status, _type(status), MEANINGS[name].what, MEANINGS[name].then)
        for name, status in codes().items()
    ]
    heads = ("Code", "Status", "Type", "What happened", "What to do")
    return page("Error codes", _INTRO, _example(), _AGAIN, table(heads, rows))


def _example() -> str:
    refusal = InvalidTimeRange("start must lie before end", param="start")
    said = envelope(refusal, path="/v1/analytics/", base_url="https://api.example.com")
    return fenced("json", json.dumps(said, indent=2))


def _type(status: int) -> str:
    kinds = dict.fromkeys(type_of(status, path) for path in ("/v1/analytics/", "/v1/portal/"))
    return ", for portals ".join(code(kind) for kind in kinds)
