"""Customers as they are sent."""

from typing import TypedDict


class CustomerChanges(TypedDict, total=False):
    name: str | None
    timezone: str | None
    locale: str | None
