"""A portal's configuration as plain values, as JSON has them, and back.

What was left out stays out. Whether plain values that a person sent make a sound portal is judged in `check`.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from core.portals.definition import PortalDefinition

_DEFINITIONS = TypeAdapter(PortalDefinition)


def to_plain(definition: PortalDefinition) -> dict[str, Any]:
    """The configuration with every field that says something, enums as their words, tuples as lists."""
    plain: dict[str, Any] = _DEFINITIONS.dump_python(definition, mode="json", exclude_none=True)
    return plain


def from_plain(plain: Mapping[str, Any]) -> PortalDefinition:
    """The configuration of what `to_plain` made, or of a body that the schemas let pass; ValueError."""
    return _DEFINITIONS.validate_python(plain)
