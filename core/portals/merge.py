"""A configuration with what a partial update changes: objects are merged, lists replaced, null takes away.

That is JSON Merge Patch (RFC 7396) over plain values. Whether the result is sound is judged in `check`.
"""

from collections.abc import Mapping
from typing import Any

from core.errors import InvalidState
from core.portals.definition import PortalDefinition, PortalStatus
from core.portals.plain import from_plain, to_plain


def merged(
    before: PortalDefinition, change: Mapping[str, Any], *, is_other: bool = False
) -> PortalDefinition:
    """The configuration after the change; InvalidState when it is archived and would be another one.

    `is_other` says that something changes which a configuration does not hold, such as the password.
    """
    after = from_plain(merge(to_plain(before), change))
    if before.status is PortalStatus.ARCHIVED and (is_other or after != before):
        raise InvalidState("The portal is archived for good; make a new one", param="status")
    return after


def merge(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """The members of both; of one that both have, the change's."""
    after = dict(before)
    for name, value in change.items():
        if value is None:
            after.pop(name, None)
        elif isinstance(value, Mapping):
            inner = after.get(name)
            after[name] = merge(inner if isinstance(inner, Mapping) else {}, value)
        else:
            after[name] = _without_nulls(value)
    return after


def _without_nulls(value: Any) -> Any:
    """A list is replaced whole, so a null in one of its objects is a field that was left out."""
    return (
        [merge({}, v) if isinstance(v, Mapping) else v for v in value] if isinstance(value, list) else value
    )
