"""Portal tokens as requests bring them: verified once, remembered until they end, judged anew each time.

What is remembered is that a text is a token that was signed here; whether it is revoked and its portal active is
asked of `standings` with every request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from api.standings import Standings
from core.errors import Unavailable
from core.tokens import Claims, Kind, Permission, Reason, Refused, SigningKey, verify
from core.tokens.key_file import SigningKeysError
from core.tokens.key_ring import KeyRing
from core.tokens.standing import Standing, fault_of

_MAX_REMEMBERED = 10_000
_log = structlog.get_logger("api")


@dataclass(frozen=True)
class Admitted:
    """A token that is good here and now, and how its portal stands."""

    claims: Claims
    standing: Standing

    def may(self, permission: Permission) -> bool:
        return permission in self.claims.permissions


class KeysUnavailable(Unavailable):
    """The signing keys are there but must not be used; the log says why."""

    def __init__(self) -> None:
        super().__init__("Tokens cannot be signed or verified right now")


class PortalTokens:
    """Reads tokens and sessions; shared by all requests of one event loop."""

    def __init__(
        self, ring: KeyRing, standings: Standings, clock: Callable[[], datetime], *, max_seconds: int
    ) -> None:
        self._ring = ring
        self._standings = standings
        self._clock = clock
        self._max_seconds = max_seconds
        self._remembered: dict[tuple[str, Kind], Claims] = {}
        self._generation = -1

    @property
    def is_usable(self) -> bool:
        """Whether tokens can be verified at all."""
        try:
            self._secrets()
        except KeysUnavailable:
            return False
        return True

    def read(self, text: str, kind: Kind = Kind.TOKEN) -> Claims | Refused:
        """The token by itself, as good as its signature and its time. KeysUnavailable."""
        secrets, now = self._secrets(), self._clock()
        if self._ring.generation != self._generation:
            self._remembered.clear()
            self._generation = self._ring.generation
        known = self._remembered.get((text, kind))
        if known is not None and known.expires_at > now.timestamp():
            return known
        found = verify(text, secrets, kind=kind, now=now, max_seconds=self._max_seconds)
        if isinstance(found, Refused) and found.reason is Reason.UNKNOWN_KEY and self._has_new_keys():
            return self.read(text, kind)
        self._remembered.pop((text, kind), None)
        if isinstance(found, Claims):
            self._remember(text, kind, found)
        return found

    async def admit(self, text: str, kind: Kind = Kind.TOKEN) -> Admitted | Refused:
        """The token as its portal lets it in now. KeysUnavailable, StoreUnavailable."""
        found = self.read(text, kind)
        if isinstance(found, Refused):
            return found
        standing = await self._standings.of(found.portal_id)
        fault = fault_of(found, standing)
        if fault is not None or standing is None:
            return Refused(fault or Reason.NO_PORTAL)
        return Admitted(found, standing)

    def signing_key(self) -> SigningKey:
        """The key that signs now. KeysUnavailable."""
        try:
            return self._ring.signing_key(now=self._clock())
        except (SigningKeysError, OSError) as problem:
            raise _unusable(problem) from problem

    def key(self, kid: str) -> SigningKey | None:
        """The key of this name, while tokens of it are good. KeysUnavailable."""
        secret = self._secrets().get(kid)
        return None if secret is None else SigningKey(kid, secret)

    def _has_new_keys(self) -> bool:
        """Another process may sign with a key that this one has not seen yet."""
        try:
            return self._ring.look_again()
        except SigningKeysError as problem:
            raise _unusable(problem) from problem

    def _secrets(self) -> Mapping[str, str]:
        try:
            return self._ring.secrets()
        except SigningKeysError as problem:
            raise _unusable(problem) from problem

    def _remember(self, text: str, kind: Kind, claims: Claims) -> None:
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[text, kind] = claims


def _unusable(problem: Exception) -> KeysUnavailable:
    _log.error("the signing keys cannot be used", reason=str(problem))
    return KeysUnavailable()
