"""The policy: the rules in force, another try of them on the newest articles, and who changed what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.answers import make_cursor, open_cursor
from service.context import context
from service.review.language import translate
from service.review.visitor import permission_required
from store import policies
from store.policies import LONGEST_NAME, LONGEST_NOTE, Draft, PolicyChangedError, PolicyError, Preview, Version
from store.policy import ACTIONS, RULE_LABELS, Policy, PolicyRule
from store.tables import ApiKeyRow, UserRow

PAGE_SIZE = 20
PREVIEWED = (50, 100, 250, 500)
NEW_RULES = 3  # empty lines for rules that are added; more come with each preview
_MOST_LINES = policies.MOST_RULES + NEW_RULES


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form as it was filled in; without a label it is no rule."""

    label: str = ""
    action: str = "review"
    min_score: str = "0.5"


@dataclass(frozen=True, slots=True)
class Form:
    """What was put in, to be shown again. ``refused``: the number of the line that cannot be taken."""

    name: str
    lines: tuple[Line, ...]
    over: int
    note: str = ""
    last: int = PREVIEWED[1]
    refusal: str | None = None
    refused: int | None = None

    @classmethod
    def of(cls, policy: Policy) -> "Form":
        rules = (Line(rule.label, rule.action, f"{rule.min_score:g}") for rule in policy.rules)
        return cls(policy.name, (*rules, *(Line() for _ in range(NEW_RULES))), policy.version)

    @classmethod
    def sent(cls) -> "Form":
        given = request.form
        columns = (given.getlist(name)[:_MOST_LINES] for name in ("label", "action", "min_score"))
        lines = [
            Line(label, action, score.strip().replace(",", ".")) for label, action, score in zip(*columns, strict=False)
        ]
        kept = [line for line in lines if line.label]
        over, last = given.get("over", ""), given.get("last", "")
        return cls(
            name=given.get("name", "").strip(),
            lines=(*kept, *(Line() for _ in range(NEW_RULES))),
            over=int(over) if over.isascii() and over.isdigit() and len(over) < 9 else 0,
            note=given.get("note", "").replace("\r\n", "\n").strip(),
            last=next((number for number in PREVIEWED if str(number) == last), PREVIEWED[1]),
        )

    def draft(self) -> Draft:
        """PolicyError where a score is no number; the rest is checked by the store."""
        rules = []
        for index, line in enumerate(line for line in self.lines if line.label):
            try:
                score = float(line.min_score)
            except ValueError:
                raise PolicyError(f"/rules/{index}/min_score", "min_score", "Must be a number.") from None
            rules.append(PolicyRule(line.label, line.action, score))  # type: ignore[arg-type]  # the store checks it
        return Draft(self.name, tuple(rules), self.note or None)

    def refuse(self, error: PolicyError) -> "Form":
        parts = error.pointer.split("/")
        line = int(parts[2]) if len(parts) > 2 else None
        refusal = translate(f"policy.refused.{error.code}")
        return Form(self.name, self.lines, self.over, self.note, self.last, refusal, line)


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/policy", "policy", show)
    blueprint.add_url_rule("/policy", "change_policy", change, methods=["POST"])
    blueprint.add_url_rule("/policy/preview", "preview_policy", preview, methods=["POST"])
    blueprint.add_url_rule("/policy/versions/<int:version>", "policy_version", show_version)


@permission_required("see_policy")
def show() -> ResponseReturnValue:
    """A cursor ``?after=`` goes on in the history."""
    with context().database.reading() as session:
        return _page(session, Form.of(policies.current_policy(session)))


def _page(session: Session, form: Form, preview: Preview | None = None) -> str:
    before = _before()
    found = policies.list_versions(session, limit=PAGE_SIZE + 1, before=before)
    shown = found[:PAGE_SIZE]
    return render_template(
        "review/policy.html",
        now=policies.current_version(session),
        form=form,
        preview=preview,
        versions=shown,
        names=_names(session, shown),
        labels=tuple(RULE_LABELS),
        actions=ACTIONS,
        previewed=PREVIEWED,
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
        older=make_cursor(str(shown[-1].policy.version)) if len(found) > PAGE_SIZE else None,
        is_done="done" in request.args,
    )


def _before() -> int | None:
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return int(open_cursor(cursor))
    except ValueError:
        abort(404)


def _names(session: Session, versions: Sequence[Version]) -> Mapping[str, str]:
    ids = {version.changed_by for version in versions if version.changed_by}
    people = select(UserRow.id, UserRow.name).where(UserRow.id.in_(ids))
    keys = select(ApiKeyRow.id, ApiKeyRow.name).where(ApiKeyRow.id.in_(ids))
    return dict(session.execute(people.union_all(keys)).all())


@permission_required("see_policy")
def preview() -> ResponseReturnValue:
    """What the rules of the form would change; nothing is kept."""
    form = Form.sent()
    with context().database.reading() as session:
        try:
            found = policies.preview_policy(session, form.draft(), last=form.last)
        except PolicyError as error:
            return _page(session, form.refuse(error)), 422
        return _page(session, form, found)


@permission_required("manage_policy")
def change() -> ResponseReturnValue:
    """Put the rules of the form in force; 409 where they were changed since the form was shown."""
    form = Form.sent()
    try:
        with context().database.writing() as session:
            now = policies.current_policy(session)
            if form.over != now.version:
                raise PolicyChangedError
            policies.keep_policy(session, form.draft(), changed_by=g.user.id, over=now)
    except PolicyError as error:
        with context().database.reading() as session:
            return _page(session, form.refuse(error)), 422
    except (PolicyChangedError, IntegrityError):
        with context().database.reading() as session:
            now = policies.current_policy(session)
            stale = Form(form.name, form.lines, now.version, form.note, form.last, translate("policy.changed"))
            return _page(session, stale), 409
    return redirect(url_for("review.policy", done=1), 303)


@permission_required("see_policy")
def show_version(version: int) -> ResponseReturnValue:
    """One version, and what it changed of the one before."""
    with context().database.reading() as session:
        found = policies.list_versions(session, limit=2, before=version + 1) if version < 2**31 else []
        if not found or found[0].policy.version != version:
            abort(404)
        before = found[1].policy if len(found) > 1 else None
        taken_out, put_in = policies.compare_rules(before, found[0].policy) if before else ([], [])
        return render_template(
            "review/policy_version.html",
            version=found[0],
            before=before,
            taken_out=taken_out,
            put_in=put_in,
            names=_names(session, found[:1]),
        )
