"""Does what exchanges ask for, blocking or not: sends requests and pauses. What and when is decided in `_exchange`."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import httpx2

from ._call import Call, Pages
from ._exchange import Connection, Pause, Step, exchange
from ._retries import Outcome

T = TypeVar("T")


@dataclass(frozen=True)
class BlockingSender:
    http: httpx2.Client
    connection: Connection

    def send(self, call: Call[T]) -> T:
        steps = exchange(self.connection, call)
        outcome: Outcome | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as finished:
                answer: T = finished.value
                return answer
            outcome = self._do(step)

    def _do(self, step: Step) -> Outcome | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self.http.send(step)
        except httpx2.RequestError as failure:
            return failure

    def iterate(self, pages: Pages[T]) -> Iterator[T]:
        call: Call[Any] | None = pages.first
        while call is not None:
            page = self.send(call)
            yield from page[pages.field]
            call = pages.after(call, page)


@dataclass(frozen=True)
class AwaitingSender:
    http: httpx2.AsyncClient
    connection: Connection

    async def send(self, call: Call[T]) -> T:
        steps = exchange(self.connection, call)
        outcome: Outcome | None = None
        while True:
            try:
                step = steps.send(outcome)
            except StopIteration as finished:
                answer: T = finished.value
                return answer
            outcome = await self._do(step)

    async def _do(self, step: Step) -> Outcome | None:
        if isinstance(step, Pause):
            await anyio.sleep(step.seconds)
            return None
        try:
            return await self.http.send(step)
        except httpx2.RequestError as failure:
            return failure

    async def iterate(self, pages: Pages[T]) -> AsyncIterator[T]:
        call: Call[Any] | None = pages.first
        while call is not None:
            page = await self.send(call)
            for item in page[pages.field]:
                yield item
            call = pages.after(call, page)
