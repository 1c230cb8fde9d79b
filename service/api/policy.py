"""``/v1/policy``: which findings lead to which action; its versions, and what another one would change."""

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.exc import IntegrityError

from service.answers import json_answer, list_answer, open_cursor
from service.api import answers, schemas
from service.auth import auth, caller
from service.context import context
from service.errors import Problem, fault, invalid_field
from service.requests import check_if_match
from store import clock, policies
from store.policies import Draft, PolicyChangedError, PolicyError, Preview, Version
from store.policy import Policy, PolicyRule
from store.pseudonyms import pseudonym

blueprint = APIBlueprint("policy", __name__, tag="Policy", url_prefix="/v1/policy")


@blueprint.get("")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.PolicyAnswer)
@blueprint.doc(operation_id="getPolicy")
def get(query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """Get the policy in force"""
    with context().database.reading() as session:
        return _answer(policies.current_policy(session))


@blueprint.put("")
@blueprint.auth_required(auth, roles=["admin"])
@blueprint.input(schemas.PolicyIn)
@blueprint.output(answers.PolicyAnswer)
@blueprint.doc(operation_id="changePolicy")
def change(json_data: schemas.PolicyIn) -> Response:
    """Put another policy in force

    A new version, from the next article on; earlier versions are kept, and reports name the one that they were made
    with. Send what GET answered, changed: its `version`, or `If-Match`, keeps two people from overwriting each other.
    """
    try:
        with context().database.writing() as session:
            now = policies.current_policy(session)
            check_if_match(now.reference)
            if json_data.version not in (None, now.version):
                detail, headers = f"Version {now.version} is in force.", {"ETag": f'"{now.reference}"'}
                raise Problem("precondition_failed", detail, headers=headers)
            made = policies.keep_policy(session, _draft(json_data), changed_by=caller().key_id, over=now)
    except PolicyError as error:
        raise _refused(error) from None
    except (IntegrityError, PolicyChangedError):
        detail = "The policy was changed by somebody else at the same moment. Nothing was done; ask again."
        raise Problem("conflict", detail) from None
    return _answer(made)


@blueprint.post("/preview")
@blueprint.auth_required(auth, roles=["admin"])
@blueprint.input(schemas.PolicyPreviewIn)
@blueprint.output(answers.PolicyPreview)
@blueprint.doc(operation_id="previewPolicy")
def preview(json_data: schemas.PolicyPreviewIn) -> Response:
    """See what another policy would change

    Nothing is kept. The newest articles are judged by both policies; decisions of reviewers play no part.
    """
    try:
        with context().database.reading() as session:
            found = policies.preview_policy(session, _draft(json_data), last=json_data.last)
    except PolicyError as error:
        raise _refused(error) from None
    return json_answer(_describe_preview(found))


@blueprint.get("/versions")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.ListQuery, location="query")
@blueprint.output(answers.PolicyVersionList)
@blueprint.doc(operation_id="listPolicyVersions")
def list_versions(query_data: schemas.ListQuery) -> Response:
    """List all versions of the policy, newest first"""
    limit = query_data.limit
    with context().database.reading() as session:
        found = policies.list_versions(session, limit=limit + 1, before=_before(query_data.cursor))
    last = str(found[limit - 1].policy.version) if len(found) > limit else None
    return list_answer([_describe_version(version) for version in found[:limit]], last_id=last)


def _answer(policy: Policy) -> Response:
    return json_answer(answers.describe_policy(policy), headers={"ETag": f'"{policy.reference}"'})


def _draft(given: schemas.PolicyIn) -> Draft:
    rules = tuple(PolicyRule(rule.label, rule.action, float(rule.min_score)) for rule in given.rules)
    return Draft(given.name, rules, given.note)


def _refused(error: PolicyError) -> Problem:
    return Problem("invalid", errors=[fault(error.pointer, str(error))])


def _before(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        return int(open_cursor(cursor))
    except ValueError:
        raise invalid_field("cursor", "It is not a cursor of this list.", place="query") from None


def _describe_version(version: Version) -> dict[str, object]:
    return {
        **answers.describe_policy(version.policy),
        "note": version.note,
        "changed_by": pseudonym(version.changed_by) if version.changed_by else None,
        "created_at": clock.isoformat(version.created_at),
    }


def _describe_preview(found: Preview) -> dict[str, object]:
    return {
        "articles": found.articles,
        "changed": len(found.changes),
        "by_action": [
            {"before": before, "after": after, "count": count} for (before, after), count in found.by_action.items()
        ],
        "changes": [
            {"article_id": change.article_id, "before": change.before, "after": change.after}
            for change in found.changes
        ],
    }
