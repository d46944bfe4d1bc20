"""Where cards lie: inside the grid, apart from one another, and in sections that name them.

Rows and columns are counted from 0. The page may show a section's cards folded away; on the grid they keep
their place all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from core.portals.definition import GRID_COLUMNS, PortalDefinition, Position, Size
from core.portals.faults import Code, Fault

MAX_ROWS = 1000
MAX_HEIGHT = 50
MAX_SECTIONS = 50


@dataclass(frozen=True)
class Placed:
    """A card's corners on the grid, and where in the configuration it stands."""

    path: str
    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, path: str, position: Position, size: Size) -> "Placed":
        bottom, right = position.row + size.height, position.col + size.width
        return cls(path, position.row, position.col, bottom, right)

    def overlaps(self, other: "Placed") -> bool:
        apart_in_rows = self.bottom <= other.top or other.bottom <= self.top
        apart_in_columns = self.right <= other.left or other.right <= self.left
        return not apart_in_rows and not apart_in_columns


def layout_faults(definition: PortalDefinition) -> Iterator[Fault]:
    """Everything that is wrong with the grid, the cards' places and the sections."""
    columns = definition.layout.grid_columns
    if columns not in GRID_COLUMNS:
        yield _fault("must be 12, 16 or 24", "layout.grid_columns")
        # The widest there could be, so that only what fits nowhere is told beside it.
        columns = max(GRID_COLUMNS)
    placed = list[Placed]()
    for path, position, size in _cards(definition):
        faults = list(_card_faults(path, position, size, columns))
        yield from faults
        if not faults:
            placed.append(Placed.of(path, position, size))
    yield from _overlaps(placed)
    yield from _half_placed(definition)
    yield from _section_faults(definition)


def _cards(definition: PortalDefinition) -> Iterator[tuple[str, Position, Size]]:
    for index, metric in enumerate(definition.metrics):
        yield f"metrics[{index}]", metric.position, metric.size
    for index, card in enumerate(definition.comparisons):
        if card.position is not None and card.size is not None:
            yield f"comparisons[{index}]", card.position, card.size


def _card_faults(path: str, position: Position, size: Size, columns: int) -> Iterator[Fault]:
    if position.row < 0:
        yield _fault("must be 0 or more", f"{path}.position.row")
    if not 0 <= position.col < columns:
        yield _fault(f"must be from 0 to {columns - 1}", f"{path}.position.col")
    if not 1 <= size.width <= columns:
        yield _fault(f"must be from 1 to {columns}", f"{path}.size.width")
    elif 0 <= position.col < columns < position.col + size.width:
        yield _fault(f"must end within the {columns} columns of the grid", f"{path}.size.width")
    if not 1 <= size.height <= MAX_HEIGHT:
        yield _fault(f"must be from 1 to {MAX_HEIGHT}", f"{path}.size.height")
    elif position.row + size.height > MAX_ROWS:
        yield _fault(f"must end within the first {MAX_ROWS} rows", f"{path}.position.row")


def _overlaps(placed: list[Placed]) -> Iterator[Fault]:
    for index, card in enumerate(placed):
        other = next((before for before in placed[:index] if before.overlaps(card)), None)
        if other is not None:
            yield _fault(f"must not lie on {other.path}", f"{card.path}.position")


def _half_placed(definition: PortalDefinition) -> Iterator[Fault]:
    for index, card in enumerate(definition.comparisons):
        if (card.position is None) is not (card.size is None):
            missing = "position" if card.position is None else "size"
            yield _fault("must come with the other: position and size", f"comparisons[{index}].{missing}")


def _section_faults(definition: PortalDefinition) -> Iterator[Fault]:
    sections = definition.layout.sections
    if len(sections) > MAX_SECTIONS:
        yield _fault(f"must be at most {MAX_SECTIONS}", "layout.sections")
    placed = set(definition.placed_ids)
    seen: dict[str, str] = {}
    for number, section in enumerate(sections[:MAX_SECTIONS]):
        for place, metric_id in enumerate(section.metrics):
            path = f"layout.sections[{number}].metrics[{place}]"
            if metric_id not in placed:
                yield _fault("must be the id of a metric that has a card", path)
            elif metric_id in seen:
                yield _fault(f"must not stand here and in {seen[metric_id]}", path)
            seen.setdefault(metric_id, path)


def _fault(message: str, param: str) -> Fault:
    return Fault(Code.INVALID_LAYOUT, message, param)
