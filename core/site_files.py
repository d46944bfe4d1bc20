"""Whether the files of a site are those that were built: a list of their digests lies beside them.

Shared files say in their names what is in them. Reports among a site's files come and go by themselves and are not
listed.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

# Begins with a dot, so the door serves it to nobody.
LIST = ".files.json"
_SHARED = re.compile(r".*\.([0-9a-f]{16})\.[a-z0-9]+", re.ASCII)


def digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def listed(files: Mapping[str, bytes]) -> bytes:
    """The list of these files, by their names."""
    return json.dumps({name: digest_of(data) for name, data in sorted(files.items())}, indent=0).encode()


def read_list(text: bytes) -> dict[str, str] | None:
    """The digests by name; None where it is no list."""
    try:
        told = json.loads(text)
        return {str(name): str(digest) for name, digest in told.items()}
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
    return [name for name, digest in told.items() if not _is_whole(folder / name, digest)]


def is_as_built(folder: Path, name: str, data: bytes) -> bool:
    """Whether a file with that in it is as it was built, as far as that is known."""
    try:
        told = read_list((folder / LIST).read_bytes())
    except OSError:
        told = None
    if told is None:
        return is_shared_file_whole(name, data)
    return told.get(name, digest := digest_of(data)) == digest


def is_shared_file_whole(name: str, data: bytes) -> bool:
    """Whether a shared file has what its name says; one whose name says nothing has."""
    found = _SHARED.fullmatch(name)
    return found is None or shared_digest(data) == found[1]


def shared_digest(data: bytes) -> str:
    """What the name of a shared file says of what is in it."""
    return hashlib.sha256(data).hexdigest()[:16]


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return digest_of(path.read_bytes()) == digest
    except OSError:
        return False
