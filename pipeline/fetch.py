"""Landing files from an object store: whatever is new or changed below an address is copied into the landing folder.

`fsspec` knows the stores; what one needs beside it (s3fs, gcsfs, adlfs) and its credentials belong to the
installation. Nothing is ever deleted here, on either side. Reading what was copied is `ingest`'s.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]

from pipeline.errors import PipelineError
from pipeline.ingest.landing import COMPLETE_TO, is_passed_over

_SEEN = ".fetched.json"
_AT_ONCE = 8
# What tells one content from another, by store; the first that there is.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified", "created")


class FetchError(PipelineError):
    """An object store that cannot be read; says why and what to do."""


@dataclass(frozen=True)
class Fetched:
    """How many files were copied, and how many were there already."""

    files: int
    bytes: int
    unchanged: int


@dataclass(frozen=True)
class _Remote:
    """A file of the store: where it goes below the landing folder, and what its content is known by."""

    path: str
    relative: str
    size: int
    mark: str


def fetch(url: str, landing: Path) -> Fetched:
    """Copies what is new. The instant of completeness comes last, after everything that it speaks for."""
    store, root = _opened(url)
    seen = _seen(landing)
    found = list(_listed(store, root, url))
    fresh = [file for file in found if seen.get(f"{url}/{file.relative}") != file.mark]
    last = [file for file in fresh if file.relative == COMPLETE_TO]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file in pool.map(lambda one: _copied(store, one, landing), (f for f in fresh if f not in last)):
            seen[f"{url}/{file.relative}"] = file.mark
    for file in last:
        seen[f"{url}/{_copied(store, file, landing).relative}"] = file.mark
    _remember(landing, seen)
    return Fetched(len(fresh), sum(file.size for file in fresh), len(found) - len(fresh))


def _opened(url: str) -> tuple[Any, str]:
    try:
        store, root = fsspec.core.url_to_fs(url)
    except ImportError as missing:
        raise FetchError(f"{url}: {missing}. Install it beside Proofline, in its .venv.") from None
    except ValueError as problem:
        raise FetchError(f"{url} is no address of a store: {problem}.") from None
    return store, str(root).rstrip("/")


def _listed(store: Any, root: str, url: str) -> Iterator[_Remote]:
    try:
        entries: Mapping[str, Mapping[str, Any]] = store.find(root, detail=True)
    except Exception as problem:
        reason = f"{url} cannot be listed ({type(problem).__name__})."
        raise FetchError(f"{reason} Check the address, and the credentials in the environment.") from problem
    for path, entry in sorted(entries.items()):
        relative = path.removeprefix(root).lstrip("/")
        if _is_wanted(relative):
            mark = next((str(entry[name]) for name in _MARKS if entry.get(name)), "")
            yield _Remote(path, relative, int(entry["size"]), f"{entry['size']} {mark}")


def _is_wanted(relative: str) -> bool:
    """Names that would lead out of the landing folder are nobody's events; markers of stores are none either."""
    parts = relative.split("/")
    if any(part in ("", ".", "..") or not part.isprintable() for part in parts):
        return False
    return relative == COMPLETE_TO or not any(is_passed_over(part) for part in parts)


def _copied(store: Any, file: _Remote, landing: Path) -> _Remote:
    """Under a name that is passed over until the file is whole."""
    target = landing / file.relative
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        store.get_file(file.path, str(beside))
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return file


def _seen(landing: Path) -> dict[str, str]:
    file = landing / _SEEN
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _remember(landing: Path, seen: Mapping[str, str]) -> None:
    landing.mkdir(parents=True, exist_ok=True)
    beside = landing / f"{_SEEN}.tmp"
    beside.write_text(json.dumps(seen, indent=0, sort_keys=True), encoding="utf-8")
    beside.replace(landing / _SEEN)
