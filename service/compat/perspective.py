"""Perspective's ``comments:analyze`` and ``comments:suggestscore``, and the discovery document of both."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from models.text import SUPPORTED_LANGUAGES
from service.answers import json_answer
from service.auth import Caller, caller, find_caller
from service.compat.perspective_attributes import ATTRIBUTES, NOT_SCORED, Asked, describe_scores, is_scored
from service.compat.perspective_discovery import make_discovery
from service.compat.perspective_schemas import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    AttributeParameters,
    DiscoveryDocument,
    DiscoveryQuery,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
    TextEntry,
)
from service.compat.reading import read_texts
from service.context import context
from service.errors import Problem
from service.limits import charge
from service.vendors import google_error
from store import suggestions
from store.interactive import LONGEST_TEXT

blueprint = APIBlueprint("compat_perspective", __name__, tag="Perspective", url_prefix="/compat/perspective")
# For the OpenAPI document: where Google's clients put a key.
SECURITY_SCHEMES: Mapping[str, Any] = {
    "KeyInAddress": {
        "type": "apiKey", "in": "query", "name": "key",
        "description": "An API key of ours. A proxy in front may log addresses: prefer the header there.",
    },
    "KeyInHeader": {"type": "apiKey", "in": "header", "name": "x-goog-api-key", "description": "An API key of ours."},
}  # fmt: skip
_SECURITY: list[str | dict[str, list[Any]]] = [{name: ["submit"]} for name in SECURITY_SCHEMES]
_ERROR_TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"


class CommentError(Exception):
    """A 400 of Perspective's own: ``error_type`` is one of its names, *more* the field that goes with it."""

    def __init__(self, error_type: str, message: str, **more: Any) -> None:
        super().__init__(error_type)
        self.message = message
        self.detail = {"@type": _ERROR_TYPE, "errorType": error_type, **more}


@blueprint.errorhandler(CommentError)
def answer_comment_error(error: CommentError) -> Response:
    return google_error(400, error.message, [error.detail])


@blueprint.get("/$discovery/rest")
@blueprint.input(DiscoveryQuery, location="query")
@blueprint.output(DiscoveryDocument)
@blueprint.doc(operation_id="discover")
def discover(query_data: DiscoveryQuery) -> Response:
    """Get what Google's API clients build themselves from

    The discovery document of both methods, with the address under which this service is reached.
    """
    if query_data.version != "v1alpha1":
        raise Problem("not_found", "There is only version v1alpha1.")
    settings = context().settings
    root = f"{settings.base_url}/" if settings.public_url else request.host_url
    return json_answer(make_discovery(f"{root}compat/perspective/"))


def _with_key(view: Callable[..., Response]) -> Callable[..., Response]:
    """By ``?key=`` or ``x-goog-api-key``, as Google's clients send it; looked at before the body."""

    @wraps(view)
    def guarded(**arguments: Any) -> Response:
        key = request.args.get("key") or request.headers.get("x-goog-api-key")
        if not key:
            raise Problem("forbidden", "The request has no API key: send ?key=KEY or the header x-goog-api-key.")
        found: Caller = find_caller(key)
        found.require("submit")
        return view(**arguments)

    return guarded


@blueprint.post("/v1alpha1/comments:analyze")
@_with_key
@blueprint.input(AnalyzeCommentRequest)
@blueprint.output(AnalyzeCommentResponse, description="Read, and not stored.")
@blueprint.doc(operation_id="analyzeComment", security=_SECURITY)
def analyze(json_data: AnalyzeCommentRequest) -> Response:
    """Score a comment, as Perspective does

    The key goes into `?key=` or into the header `x-goog-api-key`. Read at once, never stored, whatever `doNotStore`
    says. Spans count UTF-16 code units. Fields may be written as `doNotStore` or as `do_not_store`. An attribute of
    Perspective's that we do not score is an error, or with `dropUnsupportedAttributes` is named in
    `obelus.not_scored`. Errors have Google's shape.
    """
    text = _text(json_data.comment)
    wanted = json_data.requested_attributes
    if not wanted:
        raise CommentError("NO_REQUESTED_ATTRIBUTES", "No requested attributes.")
    unscored = _check_names(wanted, is_dropped=bool(json_data.drop_unsupported_attributes))
    for name, parameters in wanted.items():
        _check_parameters(name, parameters)
    languages = _languages(json_data.languages, first_attribute=next(iter(wanted)))
    (report,) = read_texts([text], languages=languages)
    scored = [name for name in wanted if name not in unscored and is_scored(name, report)]
    missing = [name for name in wanted if name not in scored]
    read_in = report["language"]["code"]
    if missing and not json_data.drop_unsupported_attributes:
        raise not_in_language(missing[0], read_in)
    has_spans = bool(json_data.span_annotations)
    scores = {
        name: found
        for name in scored
        if (found := describe_scores(name, report, text, _how(wanted[name], spans=has_spans)))
    }
    body = {"attributeScores": scores, "languages": json_data.languages or [read_in], "detectedLanguages": [read_in]}
    return json_answer(body | _token(json_data.client_token) | ({"obelus": {"not_scored": missing}} if missing else {}))


@blueprint.post("/v1alpha1/comments:suggestscore")
@_with_key
@blueprint.input(SuggestCommentScoreRequest)
@blueprint.output(SuggestCommentScoreResponse, description="Kept for reviewers.")
@blueprint.doc(operation_id="suggestCommentScore", security=_SECURITY)
def suggest(json_data: SuggestCommentScoreRequest) -> Response:
    """Say what the score of a comment should have been

    The key goes into `?key=` or into the header `x-goog-api-key`. Kept for reviewers with the text, or with its hash
    alone where `doNotStore` is true. Errors have Google's shape.
    """
    text, scores = _text(json_data.comment), json_data.attribute_scores
    if not scores or not all(one.summary_score or one.span_scores for one in scores.values()):
        raise CommentError("INVALID_REQUEST", "attributeScores must name an attribute, each with a score.")
    _check_names(scores, is_dropped=False)
    languages = _languages(json_data.languages, first_attribute=next(iter(scores)))
    charge(caller(), articles=1, characters=len(text))
    new = suggestions.NewSuggestion(
        text=text,
        is_kept=not json_data.do_not_store,
        scores={name: given.model_dump(by_alias=True, exclude_none=True) for name, given in scores.items()},
        languages=languages,
        community=json_data.community_id,
        client_token=json_data.client_token,
    )
    with context().database.writing() as session:
        suggestions.add_suggestion(session, new, api_key_id=caller().key_id)
    return json_answer({"requestedLanguages": json_data.languages or [], **_token(json_data.client_token)})


# --- reading a request ----------------------------------------------------------------------------


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
            raise not_in_language(first_attribute, code if len(code) < 9 else "und")
        known.append(code)
    return known


def not_in_language(name: str, language: str) -> CommentError:
    if language == "und":
        return CommentError("LANGUAGE_DETECTION_FAILED", "The language of the comment cannot be told: name it.")
    return CommentError(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {name} does not support request languages: {language}",
        languageNotSupportedByAttributeError={"detectedLanguages": [language], "attribute": name},
    )


def _token(client_token: str | None) -> dict[str, str]:
    return {"clientToken": client_token} if client_token is not None else {}
