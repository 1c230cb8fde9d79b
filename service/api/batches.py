"""``POST /v1/articles/batch``: up to a hundred articles in one request."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import ValidationError

from models.extraction import Extracted
from service.answers import json_answer
from service.api import answers, schemas
from service.api.articles import new_article, read_html
from service.auth import auth, caller
from service.batch import Batch, find_replayed_batch, submit_batch
from service.context import context
from service.errors import Problem, describe_problem, fault, invalid_fields
from service.requests import (
    MAX_BATCH_BYTES,
    JsonRequest,
    body_sha256,
    find_nul,
    idempotency_key,
    nul_refused,
)
from store.articles import NewArticle
from store.idempotency import IdempotencyKey

blueprint = APIBlueprint("batches", __name__, tag="Articles", url_prefix="/v1/articles")
_SLOT_SECONDS = 2.0  # a place is free again sooner than that, unless many send large ones
_READING_SECONDS = 15.0  # of all pages of a batch; a usual one takes 20 ms, a hostile one seconds


def _in_turn(view: Callable[..., Response]) -> Callable[..., Response]:
    """Few large bodies in memory at a time: the others wait a moment, unread, and are then asked to come again."""

    @wraps(view)
    def guarded(**arguments: Any) -> Response:
        slots = context().batch_slots
        if not slots.acquire(timeout=_SLOT_SECONDS):
            raise Problem("overloaded", "Too many batches are being taken in.", headers={"Retry-After": "1"})
        try:
            asked = cast("JsonRequest", request)
            asked.max_content_length, asked.may_hold_nul = MAX_BATCH_BYTES, True
            return view(**arguments)
        finally:
            slots.release()

    return guarded


@blueprint.post("/batch")
@blueprint.auth_required(auth, roles=["submit"])
@_in_turn
@blueprint.input(schemas.BatchIn)
@blueprint.output(answers.SubmittedBatch, status_code=202, description="Taken in, article by article.")
@blueprint.doc(operation_id="submitBatch")
def submit(json_data: schemas.BatchIn) -> Response:
    """Submit up to 100 articles

    One answer an article, in order: its id, or the problem that it has. One that is refused harms no other; what is
    accepted is kept in one transaction. The body has at most 16 MiB. Its pages (`html`) are read within 15 s; those
    left then are refused with `html_not_read`: send them alone. With an `Idempotency-Key` the same body gets the first
    answer again, as for one article. Where too many articles wait the whole batch is refused. `Prefer` is
    ignored: nobody waits for a hundred articles.
    """
    found, key = caller(), idempotency_key()
    sent = json_data.articles
    tied = IdempotencyKey(found.key_id, key, body_sha256()) if key is not None else None
    accepted = find_replayed_batch(context(), tied)
    if accepted is None:
        read = _reader(_READING_SECONDS)
        given = [_check(index, item, read) for index, item in enumerate(sent)]
        accepted = submit_batch(context(), found, Batch(given, tied))
    body = [_answer(kept, item, secret=found.callback_secret) for kept, item in zip(accepted.items, sent, strict=True)]
    headers = {"Retry-After": "1"} | ({"Idempotency-Replayed": "true"} if accepted.is_replayed else {})
    return json_answer({"articles": body}, status=202, headers=headers)


def _reader(seconds: float) -> Callable[[str], Extracted]:
    """Reads pages until *seconds* from now are over; then each is refused, and costs nothing more."""
    ends_at = time.monotonic() + seconds

    def read(html: str) -> Extracted:
        if time.monotonic() >= ends_at:
            raise Problem("html_not_read", "The pages before it in the batch took all the time: send this one alone.")
        return read_html(html)

    return read


def _check(index: int, item: Any, read: Callable[[str], Extracted]) -> NewArticle | Problem:
    """The article, or its problem with pointers into the body of the batch."""
    try:
        if not isinstance(item, dict):
            raise Problem("invalid", errors=[fault("", "Must be an object.")])
        if (pointer := find_nul(item)) is not None:
            raise nul_refused(pointer)
        return new_article(schemas.ArticleIn.model_validate(item), read=read)
    except ValidationError as error:
        problem = invalid_fields(error)
    except Problem as refusal:
        problem = refusal
    for one in problem.errors:
        one["pointer"] = f"/articles/{index}{one['pointer']}"
    return problem


def _answer(kept: dict[str, Any], sent: Any, *, secret: str) -> dict[str, Any]:
    """*sent* is the body's own item: for a replay its page is not read again."""
    if "code" in kept:
        # In order: PostgreSQL keeps members in one of its own.
        errors = [{name: one[name] for name in ("pointer", "detail", "in") if name in one} for one in kept["errors"]]
        return {"error": describe_problem(Problem(kept["code"], kept["detail"], errors=errors))}
    body = {
        "id": kept["id"],
        "state": kept["state"],
        "external_id": sent.get("external_id"),
        "duplicate": kept["is_duplicate"],
    }
    return body | ({"callback_secret": secret} if sent.get("callback_url") is not None else {})
