"""Promise: questions share few threads, and one that is quick never waits for one that is slow."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from api import workers
from api.workers import Workers
from tests.builders.waiting import LONG

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def few() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


@asynccontextmanager
async def _slow_ones(few: Workers, count: int) -> AsyncIterator[list["asyncio.Task[bool]"]]:
    """So many questions that are being worked on, or wait for that, until the end."""
    is_over = threading.Event()
    asked = [asyncio.create_task(few.run(lambda: is_over.wait(LONG))) for _ in range(count)]
    await asyncio.sleep(0)
    try:
        yield asked
    finally:
        is_over.set()
    assert await asyncio.gather(*asked) == [True] * count


async def test_questions_share_few_threads(few: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE_SECONDS", LONG)

    def asked() -> int:
        time.sleep(0.001)
        return threading.get_ident()

    threads = await asyncio.gather(*(few.run(asked) for _ in range(100)))
    assert len(set(threads)) <= workers._FEW


async def test_a_quick_question_passes_slow_ones_that_have_every_thread(few: Workers) -> None:
    async with _slow_ones(few, workers._FEW + 1) as slow:
        assert await asyncio.wait_for(few.run(lambda: 7), LONG / 2) == 7
        assert not any(task.done() for task in slow)


async def test_while_slow_ones_have_the_few_nobody_waits_for_those_at_all(
    few: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _slow_ones(few, workers._FEW):
        while few._held < workers._FEW:
            await asyncio.sleep(0.01)
        # Taken back only when this test is over: whoever is not past them by then has waited.
        monkeypatch.setattr(workers, "PATIENCE_SECONDS", LONG)
        for _ in range(3):
            asked = few.run(lambda: threading.current_thread().name)
            assert (await asyncio.wait_for(asked, LONG / 8)).startswith("question-beside")
    while few._held:
        await asyncio.sleep(0.01)
    assert not (await few.run(lambda: threading.current_thread().name)).startswith("question-beside")


async def test_a_slow_question_that_nobody_waits_for_any_more_still_counts(few: Workers) -> None:
    has_begun, is_over = threading.Event(), threading.Event()

    def question() -> None:
        has_begun.set()
        is_over.wait(LONG)

    gone = asyncio.create_task(few.run(question))
    while not has_begun.is_set():
        await asyncio.sleep(0.01)
    gone.cancel()
    while not few._held:
        await asyncio.sleep(0.01)
    is_over.set()
    while few._held:
        await asyncio.sleep(0.01)
    assert gone.cancelled()


async def test_each_question_is_worked_out_once(few: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE_SECONDS", 0.002)
    asked: list[int] = []

    def question(number: int) -> int:
        time.sleep(0.001)
        asked.append(number)
        return number

    numbers = range(200)
    answers = await asyncio.gather(*(few.run(lambda number=number: question(number)) for number in numbers))
    assert answers == [*numbers]
    assert sorted(asked) == [*numbers]


async def test_a_refusal_reaches_whoever_asked(few: Workers) -> None:
    def refused() -> None:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        await few.run(refused)


async def test_who_goes_away_while_waiting_is_not_answered_by_another_thread(few: Workers) -> None:
    asked: list[int] = []
    async with _slow_ones(few, workers._FEW):
        gone = asyncio.create_task(few.run(lambda: asked.append(1)))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    assert asked == []
