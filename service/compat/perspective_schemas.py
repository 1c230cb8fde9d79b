"""What Perspective's methods take and answer, in both spellings that Google's JSON allows: camelCase and snake_case.

What must be there, and which names there are, the views check: Perspective has error types of its own for that. The
OpenAPI document says it all the same.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from models.text import SUPPORTED_LANGUAGES
from service.compat.perspective_attributes import ATTRIBUTES
from store.interactive import LONGEST_TEXT

_LONGEST_NAME = 1_000
_DECIMAL = r"-?[0-9]+(\.[0-9]+)?"


def _check_number(value: Any) -> Any:
    """Google's JSON allows a number as a string too, but no true for 1."""
    if isinstance(value, bool) or (isinstance(value, str) and not re.fullmatch(_DECIMAL, value)):
        raise PydanticCustomError("number", "Must be a number.")
    return value


def _number(**limits: float) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "number", **limits}, {"type": "string", "pattern": f"^{_DECIMAL}$"}]})


_Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
_Float = Annotated[float, Field(strict=False, allow_inf_nan=False), BeforeValidator(_check_number)]
_Text = Annotated[str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": r"\S"})]
_Language = Annotated[
    _Name,
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": _LONGEST_NAME,
            "pattern": f"^({'|'.join(sorted(SUPPORTED_LANGUAGES))})([-_].*)?$",
        }
    ),
]


def _needs(field: str) -> Callable[[dict[str, Any]], None]:
    """A comment, and at least one attribute in *field*."""

    def say(schema: dict[str, Any]) -> None:
        schema["required"] = ["comment", field]
        schema["properties"][field]["anyOf"][0] |= {"minProperties": 1, "propertyNames": {"enum": [*ATTRIBUTES]}}

    return say


class _Message(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, hide_input_in_errors=True
    )


def _need_text(schema: dict[str, Any]) -> None:
    schema["required"] = ["text"]
    del schema["properties"]["text"]["default"]


class TextEntry(_Message):
    model_config = ConfigDict(json_schema_extra=_need_text)

    text: _Text = ""
    type: Literal["PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"] | None = Field(
        None, description="How to read it; `HTML` is not read here."
    )
    lang: _Name | None = None


class AttributeParameters(_Message):
    score_type: (
        Annotated[_Name, WithJsonSchema({"type": "string", "enum": ["PROBABILITY", "SCORE_TYPE_UNSPECIFIED"]})] | None
    ) = None
    score_threshold: Annotated[_Float, _number()] | None = Field(None, description="Scores below it are left out.")


class _Comment(_Message):
    """What both methods have in common."""

    comment: TextEntry | None = None
    languages: Annotated[list[_Language], Field(max_length=50)] | None = Field(
        None, description="Of the comment. What is found in the text comes first."
    )
    client_token: _Name | None = Field(None, description="Comes back in the answer.")
    session_id: _Name | None = Field(None, description="Taken and not used.")
    community_id: _Name | None = Field(None, description="Where the comment is from; kept with a suggestion.")
    context: dict[str, Any] | None = Field(None, description="Taken and not read.")


class AnalyzeCommentRequest(_Comment):
    """A comment to be scored now; unknown fields are refused."""

    model_config = ConfigDict(json_schema_extra=_needs("requestedAttributes"))

    requested_attributes: dict[_Name, AttributeParameters] | None = Field(None, description="By name.")
    span_annotations: bool | None = Field(None, description="A score of each sentence, or of the words that count.")
    drop_unsupported_attributes: bool | None = Field(
        None, description="Leave out what is not scored, rather than answer with an error."
    )
    do_not_store: bool | None = Field(None, description="Has no effect: nothing is stored.")


class Score(_Message):
    value: Annotated[_Float, Field(ge=0, le=1), _number(minimum=0, maximum=1)]
    type: _Name | None = Field(None, description="Here always `PROBABILITY`.")


class SpanScore(_Message):
    begin: Annotated[int, Field(ge=0)] | None = Field(None, description="The first UTF-16 code unit.")
    end: Annotated[int, Field(ge=0)] | None = Field(None, description="One past the last.")
    score: Score


class AttributeScores(_Message):
    """Of one attribute: a summary, or spans, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["summaryScore"], "properties": {"summaryScore": {"type": "object"}}},
                {"required": ["spanScores"], "properties": {"spanScores": {"type": "array", "minItems": 1}}},
            ]
        }
    )

    summary_score: Score | None = Field(None, description="Of the whole text.")
    span_scores: Annotated[list[SpanScore], Field(max_length=1_000)] | None = None


class SuggestCommentScoreRequest(_Comment):
    """What the scores of a comment should have been; unknown fields are refused."""

    model_config = ConfigDict(json_schema_extra=_needs("attributeScores"))

    attribute_scores: dict[_Name, AttributeScores] | None = Field(None, description="By name.")
    do_not_store: bool | None = Field(None, description="Keep the hash of the text in its place.")


# --- answers --------------------------------------------------------------------------------------


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class NotScored(BaseModel):
    """What only we have to say; absent where all was scored."""

    not_scored: list[str]


class AnalyzeCommentResponse(_Answer):
    attribute_scores: dict[str, AttributeScores] = Field(description="By name, without what is below its threshold.")
    languages: list[str] = Field(description="As they were sent, or found.")
    detected_languages: list[str] = Field(description="In which it was read.")
    client_token: str | None = Field(None, description="As it was sent; absent where none was.")
    obelus: NotScored | None = None


class SuggestCommentScoreResponse(_Answer):
    requested_languages: list[str]
    detected_languages: list[str] = Field([], description="Absent: a suggestion is not read.")
    client_token: str | None = Field(None, description="As it was sent; absent where none was.")


class DiscoveryQuery(BaseModel):
    """Other parameters are left alone: clients add their own."""

    version: str = Field("v1alpha1", description="There is no other.", json_schema_extra={"enum": ["v1alpha1"]})


class DiscoveryDocument(BaseModel):
    """A description after Google's API Discovery Service."""

    model_config = ConfigDict(alias_generator=to_camel)

    kind: Literal["discovery#restDescription"]
    id: str
    name: str
    version: str
    revision: str
    title: str
    root_url: str
    service_path: str
    parameters: dict[str, Any]
    schemas: dict[str, Any]
    resources: dict[str, Any]


class GoogleStatus(BaseModel):
    code: int = Field(description="The HTTP status.")
    message: str
    status: str = Field(examples=["INVALID_ARGUMENT"])
    details: list[dict[str, Any]] = Field(
        [], description="`errorType` of Perspective, `fieldViolations` of a field, or `reason` of a key."
    )


class GoogleError(BaseModel):
    """An error after google.rpc.Status, as Google's clients read it."""

    error: GoogleStatus
