"""Perspective's ``comments:analyze`` and ``comments:suggestscore``, and the discovery document of both."""

from collections.abc import Iterable
from typing import Any, TypeVar

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ValidationError

from models.text import SUPPORTED_LANGUAGES
from service.answers import json_answer
from service.auth import Caller, find_caller
from service.compat.perspective_attributes import ATTRIBUTES, NOT_SCORED, Asked, describe_scores, is_scored
from service.compat.perspective_discovery import make_discovery
from service.compat.perspective_schemas import AnalyzeRequest, AttributeParameters, SuggestRequest, TextEntry
from service.compat.reading import read_texts
from service.context import context
from service.errors import Problem, invalid_field
from service.limits import charge
from service.requests import read_object
from service.vendors import google_error
from store import suggestions
from store.interactive import LONGEST_TEXT

blueprint = APIBlueprint("compat_perspective", __name__, url_prefix="/compat/perspective")
_ERROR_TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
Message = TypeVar("Message", bound=BaseModel)


class CommentError(Exception):
    """A 400 of Perspective's own: ``error_type`` is one of its names, *more* the field that goes with it."""

    def __init__(self, error_type: str, message: str, **more: Any) -> None:
        super().__init__(error_type)
        self.message = message
        self.detail = {"@type": _ERROR_TYPE, "errorType": error_type, **more}


@blueprint.errorhandler(CommentError)
def _answer_comment_error(error: CommentError) -> Response:
    return google_error(400, error.message, [error.detail])


@blueprint.get("/$discovery/rest")
def discover() -> Response:
    """What Google's clients build themselves from."""
    if request.args.get("version", "v1alpha1") != "v1alpha1":
        raise Problem("not_found", "There is only version v1alpha1.")
    settings = context().settings
    root = f"{settings.base_url}/" if settings.public_url else request.host_url
    return json_answer(make_discovery(f"{root}compat/perspective/"))


@blueprint.post("/v1alpha1/comments:analyze")
def analyze() -> Response:
    """Score a comment now; nothing of it is stored, whatever ``doNotStore`` says."""
    _caller()
    asked = _read(AnalyzeRequest)
    text = _text(asked.comment)
    wanted = asked.requested_attributes
    if not wanted:
        raise CommentError("NO_REQUESTED_ATTRIBUTES", "No requested attributes.")
    unscored = _check_names(wanted, is_dropped=bool(asked.drop_unsupported_attributes))
    for name, parameters in wanted.items():
        _check_parameters(name, parameters)
    languages = _languages(asked.languages, first_attribute=next(iter(wanted)))
    (report,) = read_texts([text], languages=languages)
    scored = [name for name in wanted if name not in unscored and is_scored(name, report)]
    missing = [name for name in wanted if name not in scored]
    read_in = report["language"]["code"]
    if missing and not asked.drop_unsupported_attributes:
        raise _not_in_language(missing[0], read_in)
    scores = {
        name: found
        for name in scored
        if (found := describe_scores(name, report, text, _how(wanted[name], spans=bool(asked.span_annotations))))
    }
    body = {"attributeScores": scores, "languages": asked.languages or [read_in], "detectedLanguages": [read_in]}
    return json_answer(body | _token(asked.client_token) | ({"obelus": {"not_scored": missing}} if missing else {}))


@blueprint.post("/v1alpha1/comments:suggestscore")
def suggest() -> Response:
    """Keep what somebody says the score should have been."""
    found = _caller()
    asked = _read(SuggestRequest)
    text = _text(asked.comment)
    if not asked.attribute_scores or not all(
        scores.summary_score or scores.span_scores for scores in asked.attribute_scores.values()
    ):
        raise CommentError("INVALID_REQUEST", "attributeScores must name an attribute, each with a score.")
    _check_names(asked.attribute_scores, is_dropped=False)
    languages = _languages(asked.languages, first_attribute=next(iter(asked.attribute_scores)))
    charge(found, articles=1, characters=len(text))
    new = suggestions.NewSuggestion(
        text=text,
        is_kept=not asked.do_not_store,
        scores={
            name: given.model_dump(by_alias=True, exclude_none=True) for name, given in asked.attribute_scores.items()
        },
        languages=languages,
        community=asked.community_id,
        client_token=asked.client_token,
    )
    with context().database.writing() as session:
        suggestions.add_suggestion(session, new, api_key_id=found.key_id)
    return json_answer({"requestedLanguages": asked.languages or [], **_token(asked.client_token)})


# --- reading a request ----------------------------------------------------------------------------


def _caller() -> Caller:
    """By ``?key=`` or ``x-goog-api-key``, as Google's clients send it."""
    key = request.args.get("key") or request.headers.get("x-goog-api-key")
    if not key:
        raise Problem("forbidden", "The request has no API key: send ?key=KEY or the header x-goog-api-key.")
    found: Caller = find_caller(key)
    found.require("submit")
    return found


def _read(message: type[Message]) -> Message:
    try:
        return message.model_validate(read_object(request))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise invalid_field(path if len(path) < 64 else "", f"{first['msg']}.") from None


def _text(comment: TextEntry | None) -> str:
    text = comment.text if comment is not None else ""
    if not text.strip():
        raise CommentError("COMMENT_EMPTY", "Comment must be non-empty.")
    if len(text) > LONGEST_TEXT:
        message = f"Comment text too long: {len(text):,} code points; at most {LONGEST_TEXT:,} are read."
        raise CommentError("COMMENT_TOO_LONG", message)
    if comment is not None and comment.type == "HTML":
        raise CommentError("INVALID_REQUEST", "HTML is not read here: send the text, as PLAIN_TEXT.")
    return text


def _check_names(names: Iterable[str], *, is_dropped: bool) -> list[str]:
    """Those of Perspective that we do not score, where they may be left out. CommentError else, and on no attribute."""
    unscored = [name for name in names if name not in ATTRIBUTES]
    for name in unscored:
        if name in NOT_SCORED:
            if not is_dropped:
                message = f"Attribute {name} is not scored here; docs/migrate-from-perspective.md names those that are."
                raise CommentError("INVALID_REQUEST", message)
        else:
            shown = name if len(name) < 64 else "of that name"
            raise CommentError("INVALID_REQUEST", f"There is no attribute {shown}.")
    return unscored


def _check_parameters(name: str, parameters: AttributeParameters) -> None:
    if parameters.score_type not in (None, "PROBABILITY", "SCORE_TYPE_UNSPECIFIED"):
        raise CommentError("INVALID_REQUEST", f"Attribute {name}: the only score type here is PROBABILITY.")


def _how(parameters: AttributeParameters, *, spans: bool) -> Asked:
    return Asked(threshold=parameters.score_threshold or 0.0, has_spans=spans)


def _languages(given: list[str] | None, *, first_attribute: str) -> list[str]:
    """Codes of two letters; CommentError where one is of a language that is not read here."""
    known = []
    for language in given or []:
        code = language.replace("_", "-").split("-")[0].lower()
        if code not in SUPPORTED_LANGUAGES:
            raise _not_in_language(first_attribute, code if len(code) < 9 else "und")
        known.append(code)
    return known


def _not_in_language(name: str, language: str) -> CommentError:
    if language == "und":
        return CommentError("LANGUAGE_DETECTION_FAILED", "The language of the comment cannot be told: name it.")
    return CommentError(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {name} does not support request languages: {language}",
        languageNotSupportedByAttributeError={"detectedLanguages": [language], "attribute": name},
    )


def _token(client_token: str | None) -> dict[str, str]:
    return {"clientToken": client_token} if client_token is not None else {}
