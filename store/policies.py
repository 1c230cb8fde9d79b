"""The customer's policy and its history: each change is a new version, and the newest is in force."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from store import audit, clock
from store.policy import ACTIONS, CLASSIFIERS, DEFAULT_POLICY, RULE_LABELS, Policy, PolicyRule, apply_policy
from store.review_tables import PolicyRow
from store.tables import ArticleRow, ReportRow

MOST_RULES = 200
MOST_PREVIEWED = 500
LONGEST_NAME = 64
LONGEST_NOTE = 500


class PolicyError(ValueError):
    """The policy cannot be taken: at ``pointer`` (RFC 6901), for the reason ``code``; the message says it."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.code = code


class PolicyChangedError(Exception):
    """Somebody else has changed the policy meanwhile: nothing was done."""


@dataclass(frozen=True, slots=True)
class Version:
    """A policy with who made it, when and why; nobody made the built-in one."""

    policy: Policy
    note: str | None = None
    changed_by: str | None = None
    created_at: datetime | None = None


def current_policy(session: Session) -> Policy:
    """What is in force; the built-in policy until somebody has changed it."""
    return current_version(session).policy


def current_version(session: Session) -> Version:
    row = session.scalars(select(PolicyRow).order_by(PolicyRow.version.desc()).limit(1)).first()
    return _version(row) if row is not None else Version(DEFAULT_POLICY)


def list_versions(session: Session, *, limit: int, before: int | None = None) -> list[Version]:
    """Newest first, the built-in one last; *before* continues below that number."""
    query = select(PolicyRow).order_by(PolicyRow.version.desc()).limit(limit)
    if before is not None:
        query = query.where(PolicyRow.version < before)
    found = [_version(row) for row in session.scalars(query)]
    is_last_page = len(found) < limit and (before is None or before > DEFAULT_POLICY.version)
    return [*found, Version(DEFAULT_POLICY)] if is_last_page else found


def _version(row: PolicyRow) -> Version:
    rules = tuple(PolicyRule(rule["label"], rule["action"], rule["min_score"]) for rule in row.rules)
    return Version(Policy(row.name, row.version, rules), row.note, row.changed_by, row.created_at)


def describe_rules(rules: Sequence[PolicyRule]) -> list[dict[str, Any]]:
    return [{"label": rule.label, "action": rule.action, "min_score": rule.min_score} for rule in rules]


# --- a change -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy that is not in force yet."""

    name: str
    rules: tuple[PolicyRule, ...]
    note: str | None = None


def check_draft(draft: Draft) -> None:
    """PolicyError at the first thing that cannot be taken."""
    if not draft.name or len(draft.name) > LONGEST_NAME or not set(draft.name) <= _NAME_CHARACTERS:
        raise PolicyError("/name", "name", "Must have 1 to 64 letters, digits, hyphens, dots or underscores.")
    if len(draft.rules) > MOST_RULES:
        raise PolicyError("/rules", "rules", f"Must have at most {MOST_RULES} rules.")
    if len(draft.note or "") > LONGEST_NOTE or "\0" in (draft.note or ""):
        raise PolicyError("/note", "note", f"Must have at most {LONGEST_NOTE} characters, and no NUL.")
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(draft.rules):
        if rule.label not in RULE_LABELS:
            raise PolicyError(f"/rules/{index}/label", "label", "There is no such label.")
        if rule.action not in ACTIONS:
            raise PolicyError(f"/rules/{index}/action", "action", f"Must be one of {', '.join(ACTIONS)}.")
        if not 0 <= rule.min_score <= 1:
            raise PolicyError(f"/rules/{index}/min_score", "min_score", "Must be a number from 0 to 1.")
        if (rule.label, rule.action) in seen:
            raise PolicyError(f"/rules/{index}", "twice", "There is already a rule of this label and action.")
        seen.add((rule.label, rule.action))


_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def keep_policy(session: Session, draft: Draft, *, changed_by: str, over: Policy) -> Policy:
    """Put *draft* in force in the place of *over*; the next article is read with it.

    PolicyError where it cannot be taken; PolicyChangedError where *over* is no longer in force; IntegrityError where
    two changes meet at the commit.
    """
    check_draft(draft)
    if current_policy(session).version != over.version:
        raise PolicyChangedError
    made = Policy(draft.name, over.version + 1, draft.rules)
    session.add(
        PolicyRow(
            version=made.version,
            name=made.name,
            rules=describe_rules(made.rules),
            note=draft.note or None,
            changed_by=changed_by,
            created_at=clock.now(),
        )
    )
    session.flush()
    taken_out, put_in = compare_rules(over, made)
    details = {"over": over.reference, "taken_out": describe_rules(taken_out), "put_in": describe_rules(put_in)}
    audit.record(session, action="policy_in_force", actor=changed_by, subject=made.reference, details=details)
    return made


def compare_rules(before: Policy, after: Policy) -> tuple[list[PolicyRule], list[PolicyRule]]:
    """(rules that are gone, rules that are new)."""
    gone = [rule for rule in before.rules if rule not in after.rules]
    return gone, [rule for rule in after.rules if rule not in before.rules]


# --- a preview ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """An article whose action would become another one."""

    article_id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """``articles``: how many were looked at."""

    articles: int
    changes: tuple[Change, ...]

    @property
    def by_action(self) -> Mapping[tuple[str, str], int]:
        """(before, after) to how many, the most frequent first."""
        return dict(Counter((change.before, change.after) for change in self.changes).most_common())


def preview_policy(session: Session, draft: Draft, *, last: int) -> Preview:
    """What *draft* would make of the *last* articles that were read, beside what the policy in force makes of them.

    What reviewers decided plays no part: a policy speaks before they do.
    """
    check_draft(draft)
    now, then = current_policy(session), Policy(draft.name, 0, draft.rules)
    recent = select(ArticleRow.id).where(ArticleRow.state == "classified").order_by(ArticleRow.id.desc())
    ids = list(session.scalars(recent.limit(min(last, MOST_PREVIEWED))))
    changes = []
    for article_id, report in _reports(session, ids):
        before, after = apply_policy(now, report).action, apply_policy(then, report).action
        if before != after:
            changes.append(Change(article_id, before, after))
    return Preview(len(ids), tuple(changes))


def _reports(session: Session, ids: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """The three reports of each, as far as a policy looks at them."""
    bodies: dict[str, dict[str, Any]] = {article_id: {} for article_id in ids}
    query = select(ReportRow).where(ReportRow.article_id.in_(ids)).options(undefer(ReportRow.body))
    for row in session.scalars(query):
        bodies[row.article_id][row.classifier] = row.body
    return [(article_id, report) for article_id, report in bodies.items() if set(CLASSIFIERS) <= set(report)]
