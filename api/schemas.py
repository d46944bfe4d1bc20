"""What bodies and parameters may hold, and what every answer has in common.

Models of one resource live beside their routes. What is sent is read strictly: nothing is converted,
nothing unknown passes. What is answered is described here for the reference and built as plain values.
"""

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from starlette.requests import Request

from api.errors import from_validation
from core.text import MAX_NAME_CHARACTERS, MAX_PARAGRAPH_CHARACTERS, line, paragraph, title


class Sent(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Asked(BaseModel):
    """The query parameters of one operation."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def of(cls, request: Request) -> Self:
        """Reads them in one step. The framework's way looks anew at every field with every request, which takes
        longer than many an answer; where it is not used, `openapi.parameters` describes them in its place."""
        try:
            return cls.model_validate(request.scope["state"]["query"])
        except ValidationError as refused:
            faults = refused.errors(include_url=False)
            raise from_validation([{**f, "loc": ("query", *f["loc"])} for f in faults]) from None


class NothingAsked(Asked):
    """For operations without query parameters, so that an unknown one is still named."""


class Told(BaseModel):
    """An answer, or a part of one, for the reference."""

    model_config = ConfigDict(extra="allow")


def _without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


def left_out(**more: Any) -> Any:
    """A field of a partial update: it may be missing, but null is as wrong as in a new thing."""
    return Field(default=None, json_schema_extra=_without_default, **more)


def _text_schema(least: int, most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": least, "maxLength": most})


Line = Annotated[str, AfterValidator(line), _text_schema(1, MAX_NAME_CHARACTERS)]
# A name that people give, which may come to stand in the subject of a mail.
Title = Annotated[str, AfterValidator(title), _text_schema(1, MAX_NAME_CHARACTERS)]
Paragraph = Annotated[str, AfterValidator(paragraph), _text_schema(0, MAX_PARAGRAPH_CHARACTERS)]


def _whole(value: Any) -> Any:
    # `int` would read other scripts' digits, signs, spaces and underscores too.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        return int(value)
    if isinstance(value, int):
        return value
    raise ValueError("must be a whole number")


def _switch(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


# The last of a field's annotations, so that its bounds are described too.
WHOLE = BeforeValidator(_whole)
QueryBool = Annotated[bool, BeforeValidator(_switch)]


class RefusalDetail(Told):
    code: str
    param: str | None
    message: str


class RefusalBody(Told):
    type: str = Field(description="The kind of refusal, by its status")
    code: str = Field(description="The reason, for programs")
    message: str = Field(description="The reason, for people")
    param: str | None = Field(
        description="The path of the input at fault, such as formula.inputs[1].metric_id"
    )
    documentation_url: str = Field(description="What the code means and what to do")
    details: list[RefusalDetail] | None = Field(None, description="All faults, where there are several")


class Refusal(Told):
    """The one form of every answer that is not 2xx."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "error": {
                    "type": "invalid_request_error",
                    "code": "INVALID_TIME_RANGE",
                    "message": "Start time must be before end time",
                    "param": "start",
                    "documentation_url": "https://api.example.com/errors/INVALID_TIME_RANGE",
                }
            }
        }
    )
    error: RefusalBody
