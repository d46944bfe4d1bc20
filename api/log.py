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


class LineWriter:
    """Takes lines without waiting; when too many wait, new ones are dropped and counted."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_WAITING_LINES)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1
        return len(text)

    def flush(self) -> None:
        """Nothing to do: the thread flushes when nothing waits."""

    def close(self) -> None:
        """Writes what waits, for as long as the stream takes it."""
        self.write("")
        self._lines.put(None, timeout=_SECONDS_TO_FINISH)
        self._thread.join(_SECONDS_TO_FINISH)

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                text += f'{{"event": "log lines dropped", "count": {dropped}}}\n'
            try:
                self._stream.write(text)
                if self._lines.empty():
                    self._stream.flush()
            except (OSError, ValueError):
                # A full disk or a closed stream; the service goes on without its log.
                self._dropped += 1


class _ToStructlog(logging.Handler):
    """Lines of libraries in the same form as our own."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


def _line(event: Any, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(level: str, stream: IO[str] | None = None) -> None:
    """For a process that serves: lines go through a thread, and libraries' lines become ours."""
    writer = LineWriter(stream or sys.stdout)
    atexit.register(writer.close)
    _configure(level, structlog.PrintLoggerFactory(writer), is_cached=True)  # type: ignore[arg-type]
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)


def ensure_configured(level: str) -> None:
    """For an application inside somebody else's process: our form, their standard output."""
    if not structlog.is_configured():
        _configure(level, structlog.PrintLoggerFactory(), is_cached=False)


def _configure(level: str, factory: structlog.PrintLoggerFactory, *, is_cached: bool) -> None:
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
