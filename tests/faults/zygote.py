"""Many processes that are killed, quickly: a parent that has everything imported forks them, so that a kill costs no
start-up. Run as a process of its own, since forking a test runner is asking for trouble."""

import os
import random
import select
import signal
import time
from collections.abc import Callable


def killed_after(
    work: Callable[[Callable[[str], None]], None], seconds: float, *, at_work: bool = False
) -> tuple[list[str], bool]:
    """Runs `work` in a child that is killed after `seconds`, which begin with it or, where it is to be killed `at_work`,
    with the first that it acknowledges; what it acknowledged by then, line by line, and whether it was killed (and did
    not end by itself, or by a kill point)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    received = os.read(reading, 65536) if at_work else b""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            piece = os.read(reading, 65536)
            if not piece:
                break
            received += piece
    os.kill(child, signal.SIGKILL)
    # What it had acknowledged before it died may still be in the pipe.
    while piece := os.read(reading, 65536):
        received += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    lines = received.decode().split("\n")[:-1]
    return lines, os.WIFSIGNALED(status)


def _work(work: Callable[[Callable[[str], None]], None], pipe: int) -> None:
    try:
        work(lambda text: os.write(pipe, f"{text}\n".encode()) and None)
        os._exit(0)
    except BaseException as problem:
        os.write(2, f"{type(problem).__name__}: {problem}\n".encode())
        os._exit(1)


def moments(count: int, least: float, most: float, seed: int) -> list[float]:
    """When to kill: spread over the whole of what is done, short and long alike."""
    chance = random.Random(seed)
    return [least + (most - least) * chance.random() ** 2 for _ in range(count)]
