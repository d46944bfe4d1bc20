"""Presets: the sets of cards that a new portal can be filled with."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.answers import tagged_answer, to_json
from api.deps import AnyCaller
from api.openapi import refusals
from api.presets import PresetsTold, told
from api.schemas import NothingAsked
from core.portals.presets import PRESETS

router = APIRouter(prefix="/v1/portal/presets", tags=["Portals"])


@router.get("", response_model=PresetsTold, responses=refusals(403))
def list_presets(request: Request, _caller: AnyCaller, _asked: Annotated[NothingAsked, Query()]) -> Response:
    """Every preset, laid out on twelve columns: take one as it is, or its cards as a beginning."""
    answer: dict[str, Any] = {"data": [told(preset) for preset in PRESETS.values()], "total": len(PRESETS)}
    return tagged_answer(request, to_json(answer))
