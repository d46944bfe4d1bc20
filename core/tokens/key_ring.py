"""The keys that one process signs and verifies with: those of the settings, or those of the installation's file.

The file is looked at again after half a second, so a key that was added or taken away counts within a second
in every process. A file that is there but must not be used stops everything: no key is better than a wrong one.
"""

import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from core.settings import Settings
from core.settings_text import SettingsError
from core.tokens.issue import SigningKey
from core.tokens.key_file import MIN_SECRET_CHARACTERS, KeptKey, first_keys, key_path, read_keys

BELIEVED_SECONDS = 0.5
_State = tuple[int, int, int, int, int]


class KeyRing:
    """`secrets` verify, `signing_key` signs, `generation` changes with them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        for _, secret in settings.signing_keys:
            if len(secret) < MIN_SECRET_CHARACTERS:
                raise SettingsError(
                    "PROOFLINE_SIGNING_KEYS", f"needs at least {MIN_SECRET_CHARACTERS} characters a key"
                )
        self._set = tuple(SigningKey(kid, secret) for kid, secret in settings.signing_keys)
        self._path = key_path(settings)
        self._clock = clock
        self._keys = self._set
        self._secrets = {key.kid: key.secret for key in self._set}
        self._state: _State | None = None
        self._looked_at = float("-inf")
        self.generation = 0

    def secrets(self) -> Mapping[str, str]:
        """Every secret that verifies, by kid; none before the first token. SigningKeysError."""
        self._look()
        return self._secrets

    def signing_key(self, *, now: datetime) -> SigningKey:
        """The key that signs; the very first one is made here. SigningKeysError."""
        self._look()
        if not self._keys:
            first_keys(self._path, now=now)
            self.look_again()
        return self._keys[0]

    def look_again(self) -> bool:
        """Looks at the file whatever is believed; True when it has other keys now. SigningKeysError."""
        before = self.generation
        self._looked_at = float("-inf")
        self._look()
        return self.generation != before

    def _look(self) -> None:
        if self._set or self._clock() - self._looked_at < BELIEVED_SECONDS:
            return
        state = _state_of(self._path)
        if state != self._state:
            self._take(read_keys(self._path))
            self._state = state
        self._looked_at = self._clock()

    def _take(self, keys: tuple[KeptKey, ...]) -> None:
        self._keys = tuple(key.signing_key for key in keys)
        self._secrets = {key.kid: key.secret for key in self._keys}
        self.generation += 1


def _state_of(path: Path) -> _State | None:
    """What changes when the file, or who may read it, changes."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode, found.st_uid)
