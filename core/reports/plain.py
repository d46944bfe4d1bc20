"""A report's configuration as plain values, as JSON has them, and back; and one with what a partial update changes.

Whether plain values that a person sent make a sound report is judged in `check`.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from core.portals.merge import merge
from core.reports.definition import ReportDefinition

_DEFINITIONS = TypeAdapter(ReportDefinition)
_DAY_FIELDS = ("day_of_week", "day_of_month")


def to_plain(definition: ReportDefinition) -> dict[str, Any]:
    """The configuration with every field that says something, enums as their words, tuples as lists."""
    plain: dict[str, Any] = _DEFINITIONS.dump_python(definition, mode="json", exclude_none=True)
    return plain


def from_plain(plain: Mapping[str, Any]) -> ReportDefinition:
    """The configuration of what `to_plain` made, or of a body that the schemas let pass; ValueError."""
    return _DEFINITIONS.validate_python(plain)


def merged(before: ReportDefinition, change: Mapping[str, Any]) -> ReportDefinition:
    """The configuration after a change: objects are merged, lists replaced, null takes away.

    Another frequency drops the day that the one before had.
    """
    plain = to_plain(before)
    frequency = change.get("schedule", {}).get("frequency")
    if frequency is not None and frequency != before.schedule.frequency:
        plain["schedule"] = {k: v for k, v in plain["schedule"].items() if k not in _DAY_FIELDS}
    return from_plain(merge(plain, change))
