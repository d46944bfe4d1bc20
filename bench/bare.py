"""What the API is compared with: the same server and framework with nothing of ours between request and answer.

`python -m bench.bare PORT [SNAPSHOT]` has four routes: `/series` and `/value` ask DuckDB what our API asks it and
answer with the rows as they come, `/bytes/{size}` answers with that many bytes that were ready before, and
`/checked/{size}` does so for who has a key, with as many headers as our answers have. Without a snapshot there are
only the last two.
"""

import hashlib
import hmac
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
import orjson
import uvicorn
from fastapi import Depends, FastAPI, Header
from starlette.responses import Response

from api.server import config
from bench.questions import bound, statement
from core.settings import Settings

_JSON = "application/json"
# What our answers say of themselves besides their type and length.
_HEADERS = {
    "cache-control": "private, no-cache",
    "etag": '"a8b9f4312a75c4d1c390693eccac8461"',
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-request-id": "acf89ea9e7310afb",
    "x-ratelimit-limit": "300",
    "x-ratelimit-remaining": "299",
    "x-ratelimit-reset": "1795346695",
}


def bare_app(snapshot: Path | None) -> FastAPI:
    app = FastAPI(openapi_url=None)
    ready: dict[int, bytes] = {}
    digests: dict[str, bytes] = {}

    async def checked(authorization: Annotated[str, Header()]) -> bool:
        """As a service that keeps digests of its keys; the first time it sees one, it is given out."""
        key = authorization.removeprefix("Bearer ")
        digest = hashlib.sha256(key.encode()).digest()
        return hmac.compare_digest(digests.setdefault(key[:12], digest), digest)

    @app.get("/bytes/{size}")
    async def get_bytes(size: int) -> Response:
        return Response(ready.setdefault(size, b"7" * size), media_type=_JSON)

    @app.get("/checked/{size}")
    async def get_checked(size: int, is_known: Annotated[bool, Depends(checked)]) -> Response:
        body = ready.setdefault(size, b"7" * size)
        return Response(body, 200 if is_known else 401, headers=_HEADERS, media_type=_JSON)

    if snapshot is not None:
        _add_questions(app, snapshot)
    return app


def _add_questions(app: FastAPI, snapshot: Path) -> None:
    """One connection with one thread a query, and a cursor a request."""
    connection = duckdb.connect(snapshot, read_only=True, config={"threads": 1})
    series, value = statement(is_series=True), statement(is_series=False)

    def answered(text: str, values: dict[str, object]) -> Response:
        with connection.cursor() as cursor:
            rows = cursor.execute(text, values).fetchall()
        return Response(orjson.dumps(rows, default=float), media_type=_JSON)

    @app.get("/series")
    def get_series(customer_id: str, start: datetime, end: datetime) -> Response:
        return answered(series, bound(customer_id, start, end, is_series=True))

    @app.get("/value")
    def get_value(customer_id: str, start: datetime, end: datetime) -> Response:
        return answered(value, bound(customer_id, start, end, is_series=False))


def main() -> None:
    port = int(sys.argv[1])
    snapshot = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    # The server itself is set up as ours is, its protocol class included.
    serving: Any = config("127.0.0.1", port, Settings())
    serving.app = bare_app(snapshot)
    uvicorn.Server(serving).run()


if __name__ == "__main__":
    main()
