"""Files of sites: opened without following links, remembered for as long as they are the same file.

A file that was replaced has another inode, time or size, so it is read anew; who may have it is decided before.
"""

import gzip
import hashlib
import logging
import os
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from core.site_files import is_as_built
from core.sites import CONTENT_TYPES, ENTRY, FOR_EXPORT, INDEX, seen_from_beside, suffix

_log = logging.getLogger(__name__)
PIECE_BYTES = 256 * 1024
MAX_KEPT_BYTES = 2 * 1024**2
_COMPRESSIBLE = frozenset(("html", "json", "csv", "svg", "js", "css"))
_SHORT_BYTES = 1024
_LEVEL = 6
# A build may put other files in their place between a look at one of them and at the list of them all.
_TRIES = 3
_STEP = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOR_EXPORT = re.compile(b".*?".join(re.escape(mark.encode()) for mark in FOR_EXPORT), re.DOTALL)
_Identity = tuple[int, int, int, int]


@dataclass(frozen=True)
class SiteFile:
    """A file as it is sent; `body` is None for one that is read while it is sent, `gzipped` where that saves nothing.

    Compressed once, when it is read. Nothing in a site is secret to whom it is sent to, and nothing that they send
    comes back in it, so its compressed length tells nobody anything.
    """

    folder: str
    name: str
    size: int
    tag: str
    content_type: bytes
    body: bytes | None
    gzipped: bytes | None = None
    without_export: "SiteFile | None" = None

    @property
    def kept_bytes(self) -> int:
        own = len(self.body or b"") + len(self.gzipped or b"")
        return own + (self.without_export.kept_bytes if self.without_export else 0)

    def shown_to(self, *, may_export: bool) -> "SiteFile":
        """The page as it is for who may take raw data with them, or may not."""
        return self if may_export or self.without_export is None else self.without_export


class SiteFiles:
    """Remembers the files that were asked for last, up to `max_bytes` of them."""

    def __init__(self, max_bytes: int = 64 * 1024**2) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, tuple[_Identity, SiteFile]] = OrderedDict()
        self._lock = threading.Lock()
        self._damaged: set[str] = set()

    async def find(self, folder: Path | str, name: str) -> SiteFile | None:
        """The file of this name in the folder; None where there is none, or it is no plain file or no whole one."""
        path = f"{folder}/{name}"
        return self._ready(path) or await run_in_threadpool(self._read, str(folder), name)

    def is_damaged(self, folder: Path | str, name: str) -> bool:
        """Whether the file was there when it was asked for last, and was not as it was built."""
        return f"{folder}/{name}" in self._damaged

    def _ready(self, path: str) -> SiteFile | None:
        kept = self._kept.get(path)
        if kept is None:
            return None
        _, found = kept
        try:
            is_same = kept[0] == _identity(os.lstat(f"{found.folder}/{_stored(found.name)}"))
        except OSError:
            return None
        return found if is_same else None

    def _read(self, folder: str, name: str) -> SiteFile | None:
        path = f"{folder}/{name}"
        for _ in range(_TRIES):
            try:
                status, body = _taken(folder, name)
            except (OSError, ValueError):
                return None
            if body is None or is_as_built(Path(folder), _stored(name), body):
                if body is not None and name == ENTRY:
                    body = seen_from_beside(body, Path(folder).name)
                found = _site_file(folder, name, status, body)
                if body is not None:
                    self._keep(path, _identity(status), found)
                self._damaged.discard(path)
                return found
        if path not in self._damaged:
            _log.warning("%s is not as it was built and is not shown; the next build mends it", path)
            self._damaged.add(path)
        return None

    def _keep(self, path: str, identity: _Identity, found: SiteFile) -> None:
        with self._lock:
            before = self._kept.pop(path, None)
            self._bytes += found.kept_bytes - (before[1].kept_bytes if before else 0)
            self._kept[path] = (identity, found)
            while self._bytes > self._max_bytes:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._bytes -= oldest.kept_bytes


def _stored(name: str) -> str:
    """The name of the file that is read for it."""
    return INDEX if name == ENTRY else name


def _taken(folder: str, name: str) -> tuple[os.stat_result, bytes | None]:
    with opened(folder, _stored(name)) as descriptor:
        status = os.fstat(descriptor)
        # The links of a page cannot be changed in what is read while it is sent.
        is_kept = name == ENTRY or status.st_size <= MAX_KEPT_BYTES
        return status, _whole(descriptor, status.st_size) if is_kept else None


@contextmanager
def opened(folder: str, name: str) -> Iterator[int]:
    """The plain file below the folder, reached step by step so that no step is a link. OSError."""
    *folders, last = name.split("/")
    directory = os.open(folder, _STEP | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, _STEP | os.O_DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = inner
        # A pipe would wait for whoever writes to it.
        descriptor = os.open(last, _STEP | os.O_NONBLOCK, dir_fd=directory)
    finally:
        os.close(directory)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(name)
        yield descriptor
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(size)


def _site_file(folder: str, name: str, status: os.stat_result, body: bytes | None) -> SiteFile:
    told = body if body is not None else repr((folder, name, *_identity(status))).encode()
    size = len(body) if body is not None else status.st_size
    tag = hashlib.blake2b(told, digest_size=16).hexdigest()
    kind = CONTENT_TYPES[suffix(name)].encode()
    rest = _FOR_EXPORT.sub(b"", body) if body is not None and suffix(name) == "html" else body
    other = None if rest == body else _site_file(folder, name, status, rest)
    return SiteFile(folder, name, size, tag, kind, body, _gzipped(name, body), other)


def _gzipped(name: str, body: bytes | None) -> bytes | None:
    if body is None or len(body) < _SHORT_BYTES or suffix(name) not in _COMPRESSIBLE:
        return None
    smaller = gzip.compress(body, _LEVEL, mtime=0)
    return smaller if len(smaller) < 0.9 * len(body) else None


def _identity(status: os.stat_result) -> _Identity:
    return (status.st_ino, status.st_dev, status.st_size, status.st_mtime_ns)
