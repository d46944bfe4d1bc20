"""Sending what is due, with the words of `site_build.mails`: what the orchestrator, the command line and tests call."""

from collections.abc import Callable
from datetime import UTC, datetime

from core.delivery.drain import DrainReport, drain
from core.delivery.due import is_anything_due
from core.settings import Settings
from core.store.control import existing_control_store
from site_build.mails import compose


def utc_now() -> datetime:
    return datetime.now(UTC)


def send_due(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> DrainReport:
    """Sends all that is due; nothing where nobody has a control store yet. Raises what opening the store raises."""
    store = existing_control_store(settings)
    if store is None:
        return DrainReport()
    try:
        return drain(store, settings, now=now, compose=compose)
    finally:
        store.close()


def anything_due(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> bool:
    """Whether `send_due` would do anything."""
    store = existing_control_store(settings)
    if store is None:
        return False
    try:
        return is_anything_due(store, settings, now=now())
    finally:
        store.close()
