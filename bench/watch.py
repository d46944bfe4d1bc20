"""One command watched from outside: by the clock, by the processor, and how much memory its processes take together."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import IO

_LOOK_SECONDS = 0.5
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Watched:
    """Seconds of the processor are those of the command and of every process that it waited for; `peak_mib` is the most
    that all of them took at once, in which pages that they share are counted once for each."""

    seconds: float
    cpu: float
    peak_mib: float
    processes: int
    told: str


def proofline(words: Sequence[str], environment: Mapping[str, str]) -> Watched:
    """Runs our command; SystemExit where it fails."""
    program = Path(sys.executable).with_name("proofline")
    begun = perf_counter()
    running = subprocess.Popen(  # noqa: S603  (our own command)
        [str(program), *words],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    heard: list[str] = []
    reader = threading.Thread(target=_hear, args=(running.stdout, heard))
    reader.start()
    peak, most = 0.0, 0
    while (ended := os.wait4(running.pid, os.WNOHANG))[0] == 0:
        sizes = _resident(running.pid)
        peak, most = max(peak, sum(sizes)), max(most, len(sizes))
        reader.join(_LOOK_SECONDS)
    reader.join()
    running.returncode = os.waitstatus_to_exitcode(ended[1])
    if running.returncode:
        raise SystemExit(f"proofline {' '.join(words)} failed:\n{heard[0][-2000:]}")
    cpu = ended[2].ru_utime + ended[2].ru_stime
    return Watched(perf_counter() - begun, cpu, peak / 2**20, most, heard[0])


def _hear(spoken: IO[str], heard: list[str]) -> None:
    with spoken:
        heard.append(spoken.read())


def _resident(root: int) -> list[int]:
    """Bytes in memory of a process and of every one below it."""
    parents, sizes = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            pid, after_name = int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()
            parents[pid] = int(after_name[1])
            sizes[pid] = int(after_name[21]) * _PAGE
        except (OSError, IndexError):
            continue  # it has ended meanwhile
    return [size for pid, size in sizes.items() if _is_below(pid, root, parents)]


def _is_below(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid not in (0, root):
        pid = parents.get(pid, 0)
    return pid == root
