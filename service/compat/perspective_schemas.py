"""What Perspective's two methods take, in both spellings that Google's JSON allows: camelCase and snake_case."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

_Name = Annotated[str, Field(max_length=1_000)]


class _Message(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, hide_input_in_errors=True
    )


class TextEntry(_Message):
    text: str = ""
    type: Literal["PLAIN_TEXT", "HTML", "TEXT_TYPE_UNSPECIFIED"] | None = None
    lang: _Name | None = None


class AttributeParameters(_Message):
    score_type: _Name | None = None
    score_threshold: Annotated[float, Field(strict=False)] | None = None


class _Comment(_Message):
    """What both methods have in common. ``context`` is taken and not read."""

    comment: TextEntry | None = None
    languages: Annotated[list[_Name], Field(max_length=50)] | None = None
    client_token: _Name | None = None
    session_id: Annotated[_Name, Field(coerce_numbers_to_str=True)] | None = None
    community_id: _Name | None = None
    context: dict[str, Any] | None = None
    do_not_store: bool | None = None


class AnalyzeRequest(_Comment):
    requested_attributes: dict[_Name, AttributeParameters] | None = None
    span_annotations: bool | None = None
    drop_unsupported_attributes: bool | None = None


class Score(_Message):
    value: Annotated[float, Field(strict=False, ge=0, le=1)]
    type: _Name | None = None


class SpanScore(_Message):
    begin: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None
    score: Score


class AttributeScores(_Message):
    summary_score: Score | None = None
    span_scores: Annotated[list[SpanScore], Field(max_length=1_000)] | None = None


class SuggestRequest(_Comment):
    attribute_scores: dict[_Name, AttributeScores] | None = None
