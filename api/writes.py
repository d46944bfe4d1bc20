"""How routes write: one transaction, one answer, and for a repeated POST the answer it got the first time."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from api.answers import bytes_answer, etag_of, has_tag, to_json
from api.deps import Anyone, ServicesDep
from api.errors import PreconditionFailed
from api.services import Services
from core.errors import InvalidParameter
from core.idempotency import Attempt, Reply, earlier_reply, keep_reply
from core.store.control import ControlStore

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_TRIES = 2


@dataclass(frozen=True)
class Write:
    """One request's writing. `store` and `attempt` are the request's, `now` is its instant."""

    store: ControlStore
    attempt: Attempt | None
    services: Services

    def __call__(self, act: Callable[[Connection], Any], *, status: int = 200) -> Response:
        """Runs `act` in a transaction and answers with what it returns."""
        for remaining in reversed(range(_TRIES)):
            try:
                with self.store.writing() as connection:
                    return self._once(connection, act, status)
            except IntegrityError:
                # Somebody else was faster with the same id or key; the second look sees what they did.
                if not remaining:
                    raise
        raise AssertionError("the last try answers or raises")

    def remembered(self, find: Callable[[], Any], *, status: int = 200) -> Response:
        """Answers a POST that writes nothing; only a request with an Idempotency-Key touches the store."""
        if self.attempt is None:
            return bytes_answer(to_json(find()), status)
        with self.store.reading() as connection:
            earlier = earlier_reply(connection, self.attempt, now=self.services.now())
        # Found before the store is locked for writing: it may take a while.
        found = find() if earlier is None else None
        return self(lambda _connection: found, status=status)

    def _once(self, connection: Connection, act: Callable[[Connection], Any], status: int) -> Response:
        now = self.services.now()
        if self.attempt is None:
            return bytes_answer(to_json(act(connection)), status)
        earlier = earlier_reply(connection, self.attempt, now=now)
        if earlier is not None:
            answer = bytes_answer(earlier.body, earlier.status)
            answer.headers["Idempotency-Replayed"] = "true"
            return answer
        reply = Reply(status, to_json(act(connection)))
        keep_reply(connection, self.attempt, reply, now=now)
        return bytes_answer(reply.body, reply.status)


async def _write(request: Request, caller: Anyone, services: ServicesDep) -> Write:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return Write(services.store, None, services)
    if not _KEY.fullmatch(key):
        raise InvalidParameter("The key has 1 to 200 printable ASCII characters", param="Idempotency-Key")
    return Write(services.store, Attempt(caller.name, key, _digest(request)), services)


def _digest(request: Request) -> str:
    """What makes two requests the same: where they go and every byte of what they say.

    The caller's secret goes in too, which is kept nowhere: a body may hold a password, and nobody who reads the
    store shall be able to try words against what is kept of it.
    """
    secret = request.headers.get("authorization", "").partition(" ")[2].strip().encode()
    parts = (secret, request.scope["raw_path"], request.scope["query_string"], request.scope["state"]["body"])
    digest = hashlib.sha256(request.method.encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def check_if_match(request: Request, current: Any) -> None:
    """PreconditionFailed when If-Match does not name the thing as it is now."""
    header = request.headers.get("if-match")
    if header is not None and not has_tag(header, etag_of(to_json(current))):
        raise PreconditionFailed("It was changed since it was read", param="If-Match")


WriteDep = Annotated[Write, Depends(_write)]
