"""What a portal's numbers depend on, read with every request; where the store is locked, what was read a moment ago.

The same rule as for keys and standings: a file that is locked is locked for those as well who would change something,
so for a minute what was known still holds.
"""

import time
from collections.abc import Callable

from core.errors import PortalNotActive, PortalNotFound
from core.portal_data.stored import PortalInputs, portal_inputs
from core.portals.definition import PortalStatus
from core.store.control import ControlStore, StoreUnavailable
from core.store.control.portals import find_portal

# Who has just waited for the lock, as for the key of the same request, saves the next ones that wait.
BELIEVED_SECONDS = 0.5
# For so long a store that is locked for everybody stops nobody.
LOCKED_SECONDS = 60.0
_MAX_KNOWN = 1000
_Who = tuple[str, str | None]


class KnownPortals:
    """Portals' inputs by their id and by who may see them; shared by all requests of one process."""

    def __init__(self, store: ControlStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[_Who, tuple[PortalInputs, float]] = {}

    def of(self, portal_id: str, customer_id: str | None) -> PortalInputs:
        """For whoever sees this customer only (None: everybody). PortalNotFound, PortalNotActive, StoreUnavailable."""
        who = (portal_id, customer_id)
        began, last_known = self._clock(), self._last_known(who)
        is_locked = began - self._store.unavailable_at < BELIEVED_SECONDS
        if is_locked and last_known:
            return last_known
        try:
            found = self._read(*who, hasty=last_known is not None)
        except StoreUnavailable:
            # Another request may have learned meanwhile that it is shown no more.
            if last_known := self._last_known(who):
                return last_known
            raise
        except (PortalNotFound, PortalNotActive):
            self._known.pop(who, None)
            raise
        self._keep(who, found, began)
        return found

    def _keep(self, who: _Who, found: PortalInputs, began: float) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[who] = (found, began)

    def _last_known(self, who: _Who) -> PortalInputs | None:
        found, read_at = self._known.get(who, (None, float("-inf")))
        is_recent = read_at > self._clock() - LOCKED_SECONDS
        return found if is_recent and self._store.changes_only_while_readable else None

    def _read(self, portal_id: str, customer_id: str | None, *, hasty: bool) -> PortalInputs:
        with self._store.reading(hasty=hasty) as connection:
            stored = find_portal(connection, portal_id, customer_id)
            if stored is None:
                raise PortalNotFound("There is no such portal", param="portal_id")
            if stored.definition.status is PortalStatus.ARCHIVED:
                raise PortalNotActive("The portal is archived and shows nothing any more", param="portal_id")
            return portal_inputs(connection, stored.definition)
