"""From report to labels, action and review state: a table, and what holds for every policy."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.types import DesignationsReport, Finding, SourceBiasReport, ViolenceReport
from store.policy import ACTIONS, CLASSIFIERS, DEFAULT_POLICY, LABELS, Policy, PolicyRule, apply_policy
from tests.store.makers import make_report, mention

CASES = yaml.safe_load(Path(__file__).with_name("policy.yaml").read_text("utf-8"))


def findings(given: dict[str, float]) -> tuple[Finding, ...]:
    return tuple(Finding(label, score, ()) for label, score in given.items())


def build(case: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if (given := case.get("violence")) is not None:
        read = {"score": 0.0, "graphic": 0.0, "inciting": 0.0, "severity": 0} if "status" not in given else {}
        parts["violence"] = ViolenceReport(**{"status": "ok", **read, **given})
    if (given := case.get("designations")) is not None:
        mentions = tuple(mention(score=score) for score in given.get("mentions", ()))
        parts["designations"] = DesignationsReport(
            given.get("status", "ok"), mentions, findings=findings(given.get("findings", {}))
        )
    if (given := case.get("source_bias")) is not None:
        parts["source_bias"] = SourceBiasReport(
            given.get("status", "ok"), given.get("score"), findings=findings(given.get("findings", {}))
        )
    return make_report(**parts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_default_policy(case: dict[str, Any]) -> None:
    outcome = apply_policy(DEFAULT_POLICY, build(case))
    assert (outcome.action, list(outcome.labels)) == (case["action"], case["labels"])
    assert outcome.review_state == ("open" if case["action"] == "review" else "not_needed")


@pytest.mark.parametrize("failed", CLASSIFIERS)
@pytest.mark.parametrize("status", ["failed", "unsupported_language"])
def test_what_was_not_read_always_goes_to_a_person(failed: str, status: str) -> None:
    made = {"violence": ViolenceReport, "designations": DesignationsReport, "source_bias": SourceBiasReport}
    report = make_report(**{failed: made[failed](status)})  # type: ignore[arg-type]
    outcome = apply_policy(DEFAULT_POLICY, report)
    assert (outcome.action, outcome.review_state) == ("review", "open")


def test_every_label_is_described_and_has_a_rule() -> None:
    assert all(sentence.endswith(".") for sentence in LABELS.values())
    assert {rule.label for rule in DEFAULT_POLICY.rules} == set(LABELS)
    assert {rule.action for rule in DEFAULT_POLICY.rules} <= set(ACTIONS)


def test_every_label_can_be_reached() -> None:
    """A label that no case gives would be a rule nobody has seen work."""
    assert {label for case in CASES for label in case["labels"]} == set(LABELS)


@pytest.mark.parametrize(
    ("rules", "action"),
    [
        ((), "allow"),
        ((PolicyRule("violence", "block"), PolicyRule("violence", "review")), "block"),
        ((PolicyRule("violence", "allow"),), "allow"),
        ((PolicyRule("violence", "block", min_score=0.95),), "allow"),
        ((PolicyRule("violence", "block", min_score=0.9),), "block"),
        ((PolicyRule("no such label", "block"),), "allow"),
    ],
    ids=str,
)
def test_the_gravest_rule_that_applies_wins(rules: tuple[PolicyRule, ...], action: str) -> None:
    policy = Policy("ours", 3, rules)
    outcome = apply_policy(policy, make_report(violence=ViolenceReport("ok", 0.9, 0.0, 0.0, 5)))
    assert outcome.action == action
    assert outcome.labels == ("violence",), "labels say what was found, whatever the rules"
    assert outcome.review_state == ("open" if action == "block" else "not_needed")
    assert policy.reference == "ours@3"
