"""From a Call to its answer, without a line that waits: what to send, how long to pause, what came of it.

`exchange` is a generator that yields what is to be done and is told what came of it, so that blocking and
asynchronous clients do the same.
"""

import itertools
import json
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import httpx2

from ._answer import Answer
from ._call import Call
from ._retries import Outcome, Retries
from ._version import API_VERSION, VERSION
from .errors import ConnectionFailedError, TimedOutError, UnreadableAnswerError, api_error

T = TypeVar("T")


@dataclass(frozen=True)
class Pause:
    seconds: float


Step = httpx2.Request | Pause


@dataclass(frozen=True)
class Connection:
    """Where the API is and with which key."""

    base_url: str
    api_key: str
    timeout: float | None
    retries: Retries

    def request(self, call: Call[Any], idempotency_key: str | None) -> httpx2.Request:
        headers = {
            "Authorization": f"Bearer {self.api_key}",
            "x-api-version": API_VERSION,
            "Accept-Encoding": "gzip",
            "User-Agent": f"proofline-python/{VERSION}",
            "Idempotency-Key": idempotency_key,
            "If-Match": call.if_match,
            "Content-Type": None if call.body is None else "application/json",
        }
        return httpx2.Request(
            call.method,
            self.base_url + _path(call),
            params=_query(call.query),
            headers={name: value for name, value in headers.items() if value is not None},
            content=None if call.body is None else _json(call.body),
            extensions={"timeout": httpx2.Timeout(self.timeout).as_dict()},
        )


def exchange(connection: Connection, call: Call[T]) -> Generator[Step, Outcome | None, T]:
    """Yields requests and pauses, takes what came of each request, and returns the answer or raises."""
    outcome = yield from _attempts(connection, call)
    instead = call.after_refusal(_code(outcome))
    if instead is not None:
        call, outcome = instead, (yield from _attempts(connection, instead))
    return _answer(call, outcome)


def _attempts(connection: Connection, call: Call[Any]) -> Generator[Step, Outcome | None, Outcome]:
    # One key for all attempts: whichever of them arrives first is the one that counts.
    key = (call.idempotency_key or str(uuid.uuid4())) if call.method == "POST" else None
    for made in itertools.count(1):
        outcome = yield connection.request(call, key)
        assert outcome is not None
        seconds = connection.retries.seconds_before_next(call, made, outcome)
        if seconds is None:
            return outcome
        yield Pause(seconds)
    raise AssertionError("the attempts end by themselves")


def _code(outcome: Outcome) -> str:
    """Why the API refused."""
    if isinstance(outcome, httpx2.RequestError) or outcome.is_success:
        return ""
    return api_error(outcome.status_code, _body(outcome), None).code


def _answer(call: Call[T], outcome: Outcome) -> T:
    if isinstance(outcome, httpx2.TimeoutException):
        raise TimedOutError(f"No answer to {call.method} {_path(call)} within the timeout") from outcome
    if isinstance(outcome, httpx2.RequestError):
        raise ConnectionFailedError(f"No answer to {call.method} {_path(call)}: {outcome}") from outcome
    if not outcome.is_success:
        raise api_error(outcome.status_code, _body(outcome), outcome.headers.get("x-request-id"))
    return _read(call.answer, outcome)


def _read(kind: type[T], response: httpx2.Response) -> T:
    made: Any
    if issubclass(kind, Answer):
        body = _body(response)
        if not isinstance(body, dict):
            raise UnreadableAnswerError(f"{response.request.url} did not answer with a JSON object")
        made = kind(body, etag=response.headers.get("etag"))
    else:
        made = response.content
    return made  # type: ignore[no-any-return]


def _body(response: httpx2.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _path(call: Call[Any]) -> str:
    return call.path.format_map({name: _quoted(name, value) for name, value in call.at.items()})


def _quoted(name: str, value: str | int) -> str:
    """An id as one piece of a path, whatever signs it has; without one the request would be another."""
    text = str(value)
    if not text.strip("."):
        raise ValueError(f"{name} must be an id, not {value!r}")
    return "".join(chr(b) if chr(b) in _PLAIN else f"%{b:02X}" for b in text.encode())


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _query(given: Mapping[str, object]) -> dict[str, str]:
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _json(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, default=_instant, ensure_ascii=False, allow_nan=False).encode()


def _instant(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be sent")
