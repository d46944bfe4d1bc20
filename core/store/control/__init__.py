"""The control store: what people decide, in SQLite or PostgreSQL, forward from every earlier schema."""

from core.store.control.store import (
    ControlStore,
    StoreUnavailable,
    existing_control_store,
    open_control_store,
)
from core.store.control.upgrade import ControlStoreDamagedError

__all__ = [
    "ControlStore",
    "ControlStoreDamagedError",
    "StoreUnavailable",
    "existing_control_store",
    "open_control_store",
]
