"""The parts of a total that a picture can show: the largest, and the rest as one."""

from collections.abc import Sequence

from core.measures import BreakdownPart

OTHER = "Other"


def largest_parts(parts: Sequence[BreakdownPart], most: int) -> tuple[BreakdownPart, ...]:
    """At most so many parts, and one more of all others where there are others."""
    if len(parts) <= most + 1:
        return tuple(parts)
    rest = [part for part in parts[most:] if part.value is not None]
    shares = [part.share for part in rest if part.share is not None]
    total = sum((part.value for part in rest[1:]), start=rest[0].value) if rest else None  # type: ignore[arg-type,misc]
    return (*parts[:most], BreakdownPart(OTHER, total, sum(shares) if shares else None))
