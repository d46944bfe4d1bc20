"""What each site was built from, so that what has not changed is not built again."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from core.periods import format_instant
from core.portal_data.inputs import PortalInputs
from site_build.locate import TEMPLATES

_NAME = ".manifest.json"


@dataclass(frozen=True)
class Entry:
    """`key` says what a site was built from, `fingerprint` from which configuration, `assets` which shared files
    it links. The key of a site that could not be built anew is empty."""

    key: str
    fingerprint: str
    assets: tuple[str, ...]


def site_key(inputs: PortalInputs, snapshot: str, until: datetime, assets: frozenset[str]) -> str:
    """Another text whenever the site would be another one."""
    parts = (inputs.fingerprint, snapshot, format_instant(until), sorted(assets), _code())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """The templates and what fills them."""
    digest = hashlib.sha256()
    folders = (TEMPLATES, Path(__file__).parent, Path(__file__).parents[1] / "core" / "portal_data")
    for path in sorted(p for folder in folders for p in folder.rglob("*")):
        if path.suffix in (".py", ".html", ".css", ".js"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def read(sites: Path) -> dict[str, Entry]:
    """The entries by portal; none where there is no manifest that can be read, and then everything is built."""
    try:
        plain = json.loads((sites / _NAME).read_bytes())
        return {
            portal: Entry(str(e["key"]), str(e["fingerprint"]), tuple(e["assets"]))
            for portal, e in plain.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(sites: Path, entries: Mapping[str, Entry]) -> None:
    plain = {
        portal: {"key": e.key, "fingerprint": e.fingerprint, "assets": list(e.assets)}
        for portal, e in sorted(entries.items())
    }
    beside = sites / f"{_NAME}.{os.getpid()}"
    beside.write_text(json.dumps(plain), "utf-8")
    beside.replace(sites / _NAME)
