"""The logos of portals: fetched once each, kept beside the sites, and put into each site under a hashed name."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from core.addresses import Reach
from site_build.logo_fetch import LogoRefused, Picture, fetch

_FOLDER, _NAMES = ".logos", "names.json"
_AT_ONCE = 8


@dataclass(frozen=True)
class Logo:
    """A file of a site; its name says what is in it."""

    name: str
    data: bytes


class Logos:
    """Those that a build needs. One that was fetched before is not fetched again; one that failed is."""

    def __init__(self, sites: Path, reach: Reach) -> None:
        self._folder, self._reach = sites / _FOLDER, reach
        self._names = _read_names(self._folder)
        self.refused: dict[str, str] = {}

    def fetch(self, urls: Iterable[str]) -> None:
        """Gets those that are not here yet, several at once."""
        missing = [url for url in dict.fromkeys(urls) if self.of(url) is None]
        if not missing:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_AT_ONCE) as workers:
            for url, found in zip(missing, workers.map(self._fetched, missing), strict=True):
                if isinstance(found, Picture):
                    self._keep(url, found)
                else:
                    self.refused[url] = str(found)
        _write(self._folder / _NAMES, json.dumps(self._names, sort_keys=True, indent=0).encode())

    def of(self, url: str | None) -> Logo | None:
        """The logo of that address, if it is here and as it was fetched."""
        name = self._names.get(url or "")
        try:
            data = (self._folder / name).read_bytes() if name else b""
        except OSError:
            return None
        return Logo(name, data) if name and _name_of(data, Path(name).suffix) == name else None

    def forget_others(self, urls: Iterable[str]) -> None:
        """Removes what no portal shows any more."""
        wanted = set(urls)
        if self._names.keys() <= wanted:
            return
        self._names = {url: name for url, name in self._names.items() if url in wanted}
        if not self._names:
            shutil.rmtree(self._folder, ignore_errors=True)
            return
        for path in self._folder.iterdir():
            if path.name not in {*self._names.values(), _NAMES}:
                path.unlink(missing_ok=True)
        _write(self._folder / _NAMES, json.dumps(self._names, sort_keys=True, indent=0).encode())

    def _fetched(self, url: str) -> Picture | Exception:
        # One that fails in a way that nobody has thought of costs a monogram, never a build.
        try:
            return fetch(url, self._reach)
        except LogoRefused as reason:
            return reason
        except Exception as error:
            return LogoRefused(f"it could not be fetched: {type(error).__name__}")

    def _keep(self, url: str, picture: Picture) -> None:
        name = _name_of(picture.data, f".{picture.suffix}")
        _write(self._folder / name, picture.data)
        self._names[url] = name


def _name_of(data: bytes, suffix: str) -> str:
    return f"logo.{hashlib.sha256(data).hexdigest()[:16]}{suffix}"


def _read_names(folder: Path) -> dict[str, str]:
    try:
        plain = json.loads((folder / _NAMES).read_bytes())
        return {str(url): Path(str(name)).name for url, name in plain.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)
