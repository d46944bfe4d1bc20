"""Stores of both kinds, as the tests of the control store have them."""

from tests.core.conftest import postgres, store, store_settings

__all__ = ["postgres", "store", "store_settings"]
