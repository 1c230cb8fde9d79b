"""The policy changes by versions: the newest is in force, earlier ones are kept, and a preview keeps nothing."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.types import Finding, ViolenceReport
from store import articles, claims, policies
from store.database import Database
from store.policies import Draft, PolicyChangedError, PolicyError
from store.policy import DEFAULT_POLICY, Policy, PolicyRule, apply_policy
from store.review_tables import PolicyRow
from store.tables import AuditEntryRow
from tests.store.makers import GRAVE, add_articles, evidence, make_report, violent_report

BLOCK = PolicyRule("violence", "block")
DRAFT = Draft("house", (BLOCK, PolicyRule("bias", "label", 0.7)), "as the board decided")


def keep(database: Database, draft: Draft = DRAFT, *, over: Policy = DEFAULT_POLICY) -> Policy:
    with database.writing() as session:
        return policies.keep_policy(session, draft, changed_by="usr_1", over=over)


def test_the_built_in_policy_is_in_force_until_it_is_changed(database: Database) -> None:
    with database.reading() as session:
        assert policies.current_policy(session) == DEFAULT_POLICY
        assert [version.policy for version in policies.list_versions(session, limit=9)] == [DEFAULT_POLICY]


def test_a_change_is_a_new_version_and_the_earlier_ones_stay(database: Database) -> None:
    second = keep(database)
    third = keep(database, Draft("house", (BLOCK,)), over=second)
    assert (second.reference, third.reference) == ("house@2", "house@3")
    with database.reading() as session:
        assert policies.current_policy(session) == third
        found = policies.list_versions(session, limit=9)
        assert [version.policy for version in found] == [third, second, DEFAULT_POLICY]
        assert (found[1].note, found[1].changed_by) == ("as the board decided", "usr_1")
        assert found[1].created_at is not None
        assert [version.policy.version for version in policies.list_versions(session, limit=2)] == [3, 2]
        assert [version.policy.version for version in policies.list_versions(session, limit=2, before=2)] == [1]
        assert policies.list_versions(session, limit=2, before=1) == []


def test_a_change_is_audited_with_what_it_takes_out_and_puts_in(database: Database) -> None:
    keep(database, Draft("house", (*DEFAULT_POLICY.rules[1:], BLOCK)))
    with database.reading() as session:
        entry = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "policy_in_force")).one()
    assert (entry.actor, entry.subject) == ("usr_1", "house@2")
    assert json.loads(entry.details) == {
        "over": "default@1",
        "taken_out": [{"label": "violence", "action": "label", "min_score": 0.5}],
        "put_in": [{"label": "violence", "action": "block", "min_score": 0.5}],
    }


def test_who_has_seen_an_older_version_overwrites_nothing(database: Database) -> None:
    keep(database)
    with pytest.raises(PolicyChangedError):
        keep(database, Draft("other", ()))
    with database.reading() as session:
        assert policies.current_policy(session).name == "house"


def test_two_changes_at_once_meet_at_the_primary_key(database: Database) -> None:
    keep(database)
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(PolicyRow(version=2, name="x", rules=[], changed_by="y", created_at=_moment(database)))


def _moment(database: Database) -> object:
    with database.reading() as session:
        return policies.current_version(session).created_at


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        (Draft("", ()), "/name"),
        (Draft("a@b", ()), "/name"),
        (Draft("x" * 65, ()), "/name"),
        (Draft("дом", ()), "/name"),
        (Draft("house", (BLOCK,) * 201), "/rules"),
        (Draft("house", (BLOCK, BLOCK)), "/rules/1"),
        (Draft("house", (BLOCK, PolicyRule("no such label", "block"))), "/rules/1/label"),
        (Draft("house", (PolicyRule("bias", "delete"),)), "/rules/0/action"),  # type: ignore[arg-type]
        (Draft("house", (PolicyRule("bias", "block", 1.01),)), "/rules/0/min_score"),
        (Draft("house", (PolicyRule("bias", "block", float("nan")),)), "/rules/0/min_score"),
        (Draft("house", (), "x" * 501), "/note"),
        (Draft("house", (), "\0"), "/note"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_policy_that_cannot_be_taken_says_where(database: Database, draft: Draft, pointer: str) -> None:
    with pytest.raises(PolicyError) as refused:
        keep(database, draft)
    assert refused.value.pointer == pointer
    with database.reading() as session:
        assert policies.current_policy(session) == DEFAULT_POLICY


def test_a_preview_says_which_actions_would_change(database: Database, key_id: str) -> None:
    with database.writing() as session:
        quiet, violent = add_articles(session, key_id, 2)
        claim = claims.claim_articles(session, limit=2, lease_seconds=60)
        for made, report in ((quiet, make_report()), (violent, violent_report())):
            assert articles.finish_article(session, made, token=claim.token, report=report, outcome=GRAVE)
        add_articles(session, key_id, 1)  # not read yet
    with database.reading() as session:
        found = policies.preview_policy(session, DRAFT, last=100)
        assert found.articles == 2
        assert [(change.article_id, change.before, change.after) for change in found.changes] == [
            (violent, "label", "block")
        ]
        assert found.by_action == {("label", "block"): 1}
        newest_alone = policies.preview_policy(session, DRAFT, last=1)
        assert newest_alone.articles == 1
        assert policies.current_policy(session) == DEFAULT_POLICY, "a preview keeps nothing"
        with pytest.raises(PolicyError):
            policies.preview_policy(session, Draft("", ()), last=1)


def test_a_rule_may_name_a_single_finding(database: Database) -> None:
    report = make_report(
        violence=ViolenceReport(
            "ok", 0.6, 0.0, 0.0, 5, findings=(Finding("violence.torture", 0.8, (evidence(0, 3),), severity=6),)
        )
    )
    for least, action in ((0.7, "block"), (0.9, "allow")):
        policy = Policy("house", 2, (PolicyRule("violence.torture", "block", least),))
        outcome = apply_policy(policy, report)
        assert (outcome.action, outcome.labels) == (action, ("violence",))


@pytest.mark.parametrize(
    ("rules", "score", "certainty"),
    [
        ((BLOCK,), 0.52, 0.04),
        ((BLOCK,), 0.45, 0.1),
        ((BLOCK,), 0.0, 1.0),
        ((BLOCK,), 1.0, 1.0),
        ((BLOCK, PolicyRule("violence", "label", 0.1)), 0.12, 0.04),
        ((BLOCK, PolicyRule("violence", "label", 0.9)), 0.95, 0.9),  # the milder rule's edge changes nothing
        ((BLOCK, PolicyRule("violence.killing", "block")), 0.52, 1.0),  # another rule asks for the same
    ],
)
def test_certainty_is_the_distance_to_an_edge_that_decides(
    rules: tuple[PolicyRule, ...], score: float, certainty: float
) -> None:
    findings = (Finding("violence.killing", 0.95, (evidence(0, 3),), severity=4),)
    report = make_report(violence=ViolenceReport("ok", score, 0.0, 0.0, 5, findings=findings))
    assert apply_policy(Policy("house", 2, rules), report).certainty == certainty
