"""Ready answers about one snapshot: the same question from the same scope gets the same bytes again.

A published snapshot never changes, so an answer that depends on nothing else is true for as long as the
snapshot is the current one. What one customer's key asked is never found by another's: the scope is part of
the question, as are path and parameters, never a text that a client made up as a whole.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from api.answers import etag_of


@dataclass(frozen=True)
class CachedQuestion:
    """Who may see what (`customer_id` None: everything), and what was asked."""

    customer_id: str | None
    path: str
    parameters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, customer_id: str | None, path: str, query: Mapping[str, str]) -> "CachedQuestion":
        """The question of a request, whatever the order of its parameters."""
        return cls(customer_id, path, tuple(sorted(query.items())))

    @property
    def size(self) -> int:
        return len(self.path) + sum(len(name) + len(value) for name, value in self.parameters)


@dataclass(frozen=True)
class ReadyAnswer:
    body: bytes
    etag: str
    route: str


class AnswerCache:
    """Answers about the newest snapshot that was asked about, the longest unused go first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._snapshot: str | None = None
        self._answers: OrderedDict[CachedQuestion, ReadyAnswer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: CachedQuestion, snapshot: str | None) -> ReadyAnswer | None:
        with self._lock:
            self._turn_to(snapshot)
            found = self._answers.get(question)
            if found is not None:
                self._answers.move_to_end(question)
            return found

    def put(
        self, question: CachedQuestion, snapshot: str, *, body: bytes, route: str, tag: str | None = None
    ) -> None:
        """Keeps an answer that was made from this snapshot, unless another one is current by now.

        `tag` is `etag_of` its body, where somebody knows it already.
        """
        with self._lock:
            if snapshot != self._snapshot or question in self._answers:
                return
            answer = ReadyAnswer(body, etag_of(body) if tag is None else tag, route)
            if _size(question, answer) > self._max_bytes:
                return
            self._answers[question] = answer
            self._bytes += _size(question, answer)
            while self._bytes > self._max_bytes:
                oldest = self._answers.popitem(last=False)
                self._bytes -= _size(*oldest)

    def _turn_to(self, snapshot: str | None) -> None:
        if snapshot != self._snapshot:
            self._answers.clear()
            self._bytes = 0
            self._snapshot = snapshot


def _size(question: CachedQuestion, answer: ReadyAnswer) -> int:
    # About what the objects around the bytes take; measured within a third for short answers.
    return len(answer.body) + question.size + 1000
