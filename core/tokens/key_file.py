"""The file of signing keys that an installation on one machine makes for itself.

    {"keys": [{"kid": "k_…", "secret": "…", "since": "2026-11-01T12:00:00Z"}, …]}

The first key signs, all verify. `since` is when a key began to sign, so the one after it stopped then. Readers
take no lock: the file is only ever replaced as a whole. Whether it is used at all is decided in `key_ring`.
"""

import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.settings import Settings
from core.settings_text import SettingsError
from core.tokens.issue import SigningKey

MIN_SECRET_CHARACTERS = 32
# For servers that have not seen yet that there is a new first key, and for clocks that differ.
MARGIN = timedelta(hours=1)

_KID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_FOR_US_ONLY = 0o600


class SigningKeysError(SettingsError):
    """The file of signing keys is there but must not be used; says why and what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__("PROOFLINE_HOME", f"the signing keys in {path} {reason}")


@dataclass(frozen=True)
class KeptKey:
    """A key in the file; it signs, or signed, from `since` on."""

    kid: str
    since: datetime
    secret: str = field(repr=False)

    @property
    def signing_key(self) -> SigningKey:
        return SigningKey(self.kid, self.secret)


def key_path(settings: Settings) -> Path:
    return settings.home / "signing_keys.json"


def read_keys(path: Path) -> tuple[KeptKey, ...]:
    """The keys, the one that signs first; none where there is no file. SigningKeysError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return ()
    except OSError as problem:
        raise SigningKeysError(path, f"cannot be read: {problem.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        _require_private(path, os.fstat(descriptor))
        return _parse(path, file.read())


def first_keys(path: Path, *, now: datetime) -> tuple[KeptKey, ...]:
    """The keys; where there are none yet the first one is made, and of several processes all get the same."""
    return read_keys(path) or _change(path, lambda keys: keys or (_new(now),))


def rotate(path: Path, *, now: datetime, token_life: timedelta, keep_old: bool = True) -> tuple[KeptKey, ...]:
    """Puts a new key first. Those before it stay for as long as their tokens can live; without `keep_old` they go
    at once, and with them every token."""

    def rotated(keys: tuple[KeptKey, ...]) -> tuple[KeptKey, ...]:
        new = _new(now)
        return (new, *(_needed((new, *keys), now - token_life - MARGIN) if keep_old else ()))

    return _change(path, rotated)


def _needed(keys: tuple[KeptKey, ...], ended_before: datetime) -> tuple[KeptKey, ...]:
    """The keys after the first one that stopped signing late enough."""
    return tuple(key for successor, key in pairwise(keys) if successor.since > ended_before)


def _new(now: datetime) -> KeptKey:
    return KeptKey(kid=f"k_{secrets.token_hex(6)}", since=now, secret=secrets.token_urlsafe(48))


def _change(path: Path, change: Any) -> tuple[KeptKey, ...]:
    with _locked(path):
        keys: tuple[KeptKey, ...] = change(read_keys(path))
        _write(path, keys)
    return keys


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _FOR_US_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, keys: tuple[KeptKey, ...]) -> None:
    told = [{"kid": k.kid, "secret": k.secret, "since": k.since.astimezone(UTC).isoformat()} for k in keys]
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FOR_US_ONLY)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump({"keys": told}, file, indent=1)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _require_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SigningKeysError(path, "are no regular file")
    if status.st_uid not in (os.geteuid(), 0):
        raise SigningKeysError(path, "belong to another user; give the file to the user that serves")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise SigningKeysError(path, f"can be read or written by others; run: chmod 600 {path}")


def _parse(path: Path, content: bytes) -> tuple[KeptKey, ...]:
    try:
        keys = tuple(
            KeptKey(kid=entry["kid"], since=datetime.fromisoformat(entry["since"]), secret=entry["secret"])
            for entry in json.loads(content)["keys"]
        )
        sound = all(_KID.fullmatch(k.kid) and len(k.secret) >= MIN_SECRET_CHARACTERS for k in keys)
        distinct = len({k.kid for k in keys}) == len(keys)
        if not (keys and sound and distinct and all(k.since.tzinfo for k in keys)):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the reason: it could repeat a part of a secret.
        raise SigningKeysError(
            path, "are damaged; put a backup in their place, or move the file away and every link ends"
        ) from None
    return keys
