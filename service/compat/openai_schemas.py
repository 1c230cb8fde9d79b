"""What OpenAI's Moderations takes and answers, as our OpenAPI document shows it; the rest of the answer is ours."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, WithJsonSchema

from models.types import Finding, Language
from service.api.answers import OffsetUnit
from service.compat.openai_answer import CATEGORIES
from store.interactive import LONGEST_TEXT

MOST_INPUTS = 256
# Names that clients send out of the box; all of them are answered by our own classifier, and `model` says so.
Model = Literal[
    "omni-moderation-latest",
    "omni-moderation-2024-09-26",
    "text-moderation-latest",
    "text-moderation-stable",
    "text-moderation-007",
    "obelus",
]
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class ModerationPart(BaseModel):
    """A typed part. Images (`image_url`) are not read here."""

    type: Literal["text"]
    text: _Text


class ModerationRequest(BaseModel):
    """Texts to be read now; 50,000 code points in all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Looked at by the view: of a union pydantic would name every branch that does not fit, and not the entry.
    input: SkipValidation[
        _Text
        | Annotated[list[_Text], Field(min_length=1, max_length=MOST_INPUTS)]
        | Annotated[list[ModerationPart], Field(min_length=1, max_length=MOST_INPUTS)]
    ] = Field(description="A text; a list of texts, each with a result of its own; or typed parts with one together.")
    model: SkipValidation[Model | None] = Field(None, description="Taken, and answered by our own classifier.")


class ModerationQuery(BaseModel):
    """Other parameters are left alone: clients add their own."""

    offset_unit: OffsetUnit = Field("code_point", description="What every span counts.")


def _each_category(schema: Mapping[str, Any]) -> WithJsonSchema:
    properties = dict.fromkeys(CATEGORIES, schema)
    return WithJsonSchema({"type": "object", "properties": properties, "required": [*CATEGORIES]})


class ModerationViolence(BaseModel):
    """Describing, graphic detail and inciting, apart; null where not scored in that language."""

    score: float | None
    graphic: float | None
    inciting: float | None
    severity: int | None
    types: dict[str, float]


class ModerationEvidence(BaseModel):
    """What was found in one text."""

    language: Language
    violence: ModerationViolence
    findings: list[Finding]


class ModerationExtension(BaseModel):
    """What only we have to say."""

    not_scored: list[str] = Field(description="Categories whose false and 0.0 say nothing.")
    offset_unit: OffsetUnit
    parts: list[ModerationEvidence]


class ModerationResult(BaseModel):
    """One text, or typed parts together: the highest score of all."""

    flagged: bool
    categories: Annotated[dict[str, bool], _each_category({"type": "boolean"})]
    category_scores: Annotated[dict[str, float], _each_category({"type": "number"})]
    category_applied_input_types: Annotated[
        dict[str, list[str]], _each_category({"type": "array", "items": {"const": "text"}})
    ]
    obelus: ModerationExtension


class Moderation(BaseModel):
    id: str = Field(examples=["modr-0123456789abcdef0123456789abcdef"])
    model: str = Field(description="What answered: `obelus-` and the version of the classifier of violence.")
    results: list[ModerationResult]


class OpenAIFault(BaseModel):
    message: str
    type: Literal["invalid_request_error", "requests", "server_error"]
    param: str | None = Field(description="The field that is wrong, such as `input.0`.")
    code: str | None


class OpenAIError(BaseModel):
    """An error as OpenAI's clients read it."""

    error: OpenAIFault
