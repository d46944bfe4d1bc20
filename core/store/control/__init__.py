"""The control store: what people decide, in SQLite or PostgreSQL, forward from every earlier schema."""

from core.store.control.store import ControlStore, StoreUnavailable, open_control_store
from core.store.control.upgrade import ControlStoreDamagedError

__all__ = ["ControlStore", "ControlStoreDamagedError", "StoreUnavailable", "open_control_store"]
