"""Presets as answers have them."""

from typing import Any

from pydantic import TypeAdapter

from api.schemas import Told
from core.portals.definition import PortalMetric, Section
from core.portals.preset import Preset

GRID_COLUMNS = 12
_CARDS = TypeAdapter(list[PortalMetric])
_SECTIONS = TypeAdapter(list[Section])


class PresetTold(Told):
    id: str
    name: str
    description: str
    metrics: list[dict[str, Any]]
    layout: dict[str, Any]


class PresetsTold(Told):
    data: list[PresetTold]
    total: int


def told(preset: Preset) -> dict[str, Any]:
    """A preset with its cards as a portal's configuration has them."""
    cards = list(preset.cards(GRID_COLUMNS))
    sections = list(preset.sections())
    return {
        "id": preset.id,
        "name": preset.name,
        "description": preset.description,
        "metrics": _CARDS.dump_python(cards, mode="json", exclude_none=True),
        "layout": {
            "grid_columns": GRID_COLUMNS,
            "sections": _SECTIONS.dump_python(sections, mode="json", exclude_none=True),
        },
    }
