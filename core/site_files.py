"""Whether the files of a site are those that were built: a list of their checksums lies beside them.

It tells of damage, not of malice: who can write a page can write the list. So a quick checksum does, and every build
can afford to read every page.

Shared files say in their names what is in them. Reports among a site's files come and go by themselves and are not
listed.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

# Begins with a dot, so the door serves it to nobody.
LIST = ".files.json"
_SHARED = re.compile(r".*\.([0-9a-f]{16})\.[a-z0-9]+", re.ASCII)


def checksum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"


def listed(files: Mapping[str, bytes]) -> bytes:
    """The list of these files, by their names."""
    return json.dumps({name: checksum(data) for name, data in sorted(files.items())}).encode()


def read_list(text: bytes) -> dict[str, str] | None:
    """The checksums by name; None where it is no list."""
    try:
        told = json.loads(text)
        return {str(name): str(built) for name, built in told.items()}
    except (ValueError, AttributeError):
        return None


def damaged(folder: Path) -> list[str]:
    """Listed files that are gone or are not as they were built, the list itself among them."""
    try:
        told = read_list((folder / LIST).read_bytes())
    except OSError:
        told = None
    if told is None:
        return [LIST]
    return [name for name, built in told.items() if not _is_whole(folder / name, built)]


def is_as_built(folder: Path, name: str, data: bytes) -> bool:
    """Whether a file with that in it is as it was built, as far as that is known."""
    try:
        told = read_list((folder / LIST).read_bytes())
    except OSError:
        told = None
    if told is None:
        return is_shared_file_whole(name, data)
    return name not in told or told[name] == checksum(data)


def is_shared_file_whole(name: str, data: bytes) -> bool:
    """Whether a shared file has what its name says; one whose name says nothing has."""
    found = _SHARED.fullmatch(name)
    return found is None or shared_digest(data) == found[1]


def shared_digest(data: bytes) -> str:
    """What the name of a shared file says of what is in it."""
    return hashlib.sha256(data).hexdigest()[:16]


def _is_whole(path: Path, built: str) -> bool:
    try:
        with path.open("rb", buffering=0) as file:
            return checksum(file.read()) == built
    except OSError:
        return False
