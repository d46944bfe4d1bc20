"""Answers about a snapshot on their way out: kept for the next who asks the same, with ETag or as 304."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.answers import etag_of, tagged_answer, to_json
from api.cache import CachedQuestion
from api.services import Services
from core.store.readers import Reader


def data_answer(
    request: Request, services: Services, reader: Reader, told: dict[str, Any], *, is_settled: bool
) -> Response:
    """The answer; kept when it depends on nothing but the snapshot, the scope and the question."""
    body = to_json(told)
    tag = etag_of(body)
    question = request.scope["state"].get("question")
    if is_settled and isinstance(question, CachedQuestion):
        route = request.scope["route"].path
        services.answers.put(question, reader.snapshot_name, body=body, route=route, tag=tag)
    return tagged_answer(request, body, tag)
