"""Logging: one JSON object a line, written by a thread of its own so that a stuck reader stops nobody.

A line has ids, routes, statuses and times; never a header, a query string or a body, because those carry
keys and tokens.
"""

import atexit
import logging
import queue
import sys
import threading
from typing import IO, Any

import orjson
import structlog

_MAX_WAITING_LINES = 10_000
_SECONDS_TO_FINISH = 2.0
_SECONDS_TO_GATHER = 0.05


class LineWriter:
    """Takes lines without waiting; when too many wait, new ones are dropped and counted.

    The thread wakes for many lines at once: one that woke for each would take the interpreter from the requests
    twice for every answer.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        if self._lines.qsize() < _MAX_WAITING_LINES:
            self._lines.put(text)
        else:
            self._dropped += 1
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread flushes what it writes."""

    def close(self) -> None:
        """Writes what waits, for as long as the stream takes it."""
        self._is_closing.set()
        self._lines.put(None)
        self._thread.join(_SECONDS_TO_FINISH)

    def _write(self) -> None:
        while (first := self._lines.get()) is not None:
            self._is_closing.wait(_SECONDS_TO_GATHER)
            try:
                self._stream.write(first + self._waiting())
                self._stream.flush()
            except (OSError, ValueError):
                # A full disk or a closed stream; the service goes on without its log.
                self._dropped += 1

    def _waiting(self) -> str:
        """What has gathered; the end stays for the loop to see."""
        lines = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is None:
                self._lines.put(None)
                break
            lines.append(line)
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            lines.append(f'{{"event": "log lines dropped", "count": {dropped}}}\n')
        return "".join(lines)


class _ToStructlog(logging.Handler):
    """Lines of libraries in the same form as our own."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


class _WithoutQuery(logging.Filter):
    """The server's own access log writes whole addresses; a query may hold a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                value.partition("?")[0] if isinstance(value, str) else value for value in record.args
            )
        return True


_without_query = _WithoutQuery()


def _line(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(level: str, stream: IO[str] | None = None) -> None:
    """For a process that serves: lines go through a thread, and libraries' lines become ours."""
    writer = LineWriter(stream or sys.stdout)
    atexit.register(writer.close)
    _configure(level, structlog.WriteLoggerFactory(writer), is_cached=True)  # type: ignore[arg-type]
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)


def ensure_configured(level: str) -> None:
    """For an application inside somebody else's process: our form, their standard output."""
    logging.getLogger("uvicorn.access").addFilter(_without_query)
    if not structlog.is_configured():
        _configure(level, structlog.WriteLoggerFactory(), is_cached=False)


def _configure(level: str, factory: structlog.WriteLoggerFactory, *, is_cached: bool) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the values of variables: they hold keys.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=factory,
        cache_logger_on_first_use=is_cached,
    )
