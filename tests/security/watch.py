"""Sees what the service in this process opens, where it connects to, and what it asks of its stores.

A hook of the interpreter cannot be taken away again, so it is put there once and looks only while told to.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from core.store.metric_store import MetricStore


@dataclass
class Seen:
    """`opened` are paths as they were opened, `connected` addresses; `statements` went to the control store and
    `readers` were handed out by the metric store. What is written about earlier visits is no statement: it comes
    when it comes, whatever is asked meanwhile."""

    opened: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    readers: int = 0

    @property
    def outside(self) -> list[str]:
        """Connections that leave this machine."""
        return [address for address in self.connected if not _is_here(address)]

    def but(self, port: int) -> list[str]:
        """Connections to anything but this port, at which the test itself asks."""
        return [address for address, one in zip(self.connected, self.ports, strict=True) if one != port]


_WATCHING: list[Seen] = []
_LOCK = threading.Lock()
_IS_HOOKED = False


@contextmanager
def watching() -> Iterator[Seen]:
    """What happens in this process meanwhile, in all of its threads."""
    _hook()
    seen = Seen()
    _WATCHING.append(seen)
    try:
        yield seen
    finally:
        _WATCHING.remove(seen)


def _hook() -> None:
    global _IS_HOOKED
    with _LOCK:
        if _IS_HOOKED:
            return
        _IS_HOOKED = True
    sys.addaudithook(_audit)
    event.listen(Engine, "before_cursor_execute", _statement)
    real = MetricStore._pinned

    def counted(store: MetricStore) -> Any:
        for seen in _WATCHING:
            seen.readers += 1
        return real(store)

    MetricStore._pinned = counted  # type: ignore[method-assign]


def _audit(name: str, details: tuple[Any, ...]) -> None:
    if not _WATCHING:
        return
    if name == "open" and isinstance(details[0], str | bytes):
        for seen in _WATCHING:
            seen.opened.append(os.fsdecode(details[0]))
    elif name == "socket.connect":
        for seen in _WATCHING:
            address = details[1] if isinstance(details[1], tuple) else (repr(details[1]), 0)
            seen.connected.append(str(address[0]))
            seen.ports.append(int(address[1]))


def _statement(*about: Any) -> None:
    if threading.current_thread().name == "views":
        return
    for seen in _WATCHING:
        seen.statements.append(str(about[2]))


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        # A socket of this machine's own.
        return address.startswith("'/") or address == "localhost"
