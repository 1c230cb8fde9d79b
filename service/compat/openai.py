"""``POST /compat/openai/v1/moderations``: OpenAI's Moderations, answered at once and never stored."""

import secrets
from typing import Any, get_args

from apiflask import APIBlueprint
from flask import Response

from service.answers import json_answer
from service.auth import auth
from service.compat.openai_answer import Part, describe_result
from service.compat.openai_schemas import MOST_INPUTS, Model, Moderation, ModerationQuery, ModerationRequest
from service.compat.reading import read_texts
from service.errors import Problem, fault, invalid_field
from store.interactive import LONGEST_TEXT

blueprint = APIBlueprint("compat_openai", __name__, tag="OpenAI", url_prefix="/compat/openai/v1")
MODELS: frozenset[str] = frozenset(get_args(Model))


@blueprint.post("/moderations")
@blueprint.auth_required(auth, roles=["submit"])
@blueprint.input(ModerationRequest)
@blueprint.input(ModerationQuery, location="query")
@blueprint.output(Moderation, description="Read, and not stored.")
@blueprint.doc(operation_id="moderate")
def moderate(json_data: ModerationRequest, query_data: ModerationQuery) -> Response:
    """Moderate texts, as OpenAI does

    Read at once, never stored. A category that we do not score is false and 0.0, as OpenAI's clients require, and is
    named in `obelus.not_scored`. Errors have OpenAI's shape.
    """
    asked: Any = json_data.model
    if asked is not None and not (isinstance(asked, str) and asked in MODELS):
        known = ", ".join(sorted(MODELS))
        raise Problem("not_found", errors=[fault("/model", f"There is no such model here; there are {known}.")])
    results = _read_input(json_data.input)
    texts = [text for result in results for text in result]
    _check_size(texts)
    reports = iter(zip(texts, read_texts(texts), strict=True))
    parts = [[Part(*next(reports)) for _ in result] for result in results]
    return json_answer(
        {
            "id": f"modr-{secrets.token_hex(16)}",
            "model": f"obelus-{parts[0][0].report['versions']['violence']}",
            "results": [describe_result(result, unit=query_data.offset_unit) for result in parts],
        }
    )


def _read_input(value: Any) -> list[list[str]]:
    """The texts of each result: one a string, all typed parts together. Problem where it is neither."""
    if isinstance(value, str):
        return [[value]]
    if not isinstance(value, list) or not value:
        raise invalid_field("input", "Must be a string, or a list of strings or of typed parts that is not empty.")
    if len(value) > MOST_INPUTS:
        raise invalid_field("input", f"Must have at most {MOST_INPUTS} entries.")
    if all(isinstance(item, str) for item in value):
        return [[item] for item in value]
    return [[_read_part(number, item) for number, item in enumerate(value)]]


def _read_part(number: int, item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "image_url":
        raise invalid_field(f"input/{number}", "Images are not read here: send the text parts alone.")
    text = item.get("text") if kind == "text" else None
    if not isinstance(text, str):
        raise invalid_field(f"input/{number}", 'Must be a string, as all others, or {"type": "text", "text": "…"}.')
    return text


def _check_size(texts: list[str]) -> None:
    code_points = sum(map(len, texts))
    if code_points > LONGEST_TEXT:
        raise invalid_field("input", f"Holds {code_points:,} code points; at most {LONGEST_TEXT:,} are read at once.")
