"""Which findings lead to which action. A policy is data; applying it is a pure function.

The article's labels are short names for what was found: what platforms filter by and what rules refer to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from models.designations.labels import LABELS as _DESIGNATIONS
from models.source_bias.labels import LABELS as _BIAS
from models.violence.labels import LABELS as _VIOLENCE

Action = Literal["allow", "label", "review", "block"]
ACTIONS: tuple[Action, ...] = ("allow", "label", "review", "block")  # mildest first: the gravest rule wins
CLASSIFIERS = ("violence", "designations", "source_bias")

LABELS: Mapping[str, str] = {
    "violence": "The article describes violence.",
    "violence.graphic": "It does so in disturbing detail.",
    "violence.inciting": "It threatens with, calls for, praises or celebrates violence.",
    "designation": "It names an organisation that is or was on a list of designated organisations.",
    "designation.unmarked": "A mention that must be labelled carries neither marker nor notice.",
    "designation.orphan_marker": "A marker points to no footnote.",
    "designation.unused_footnote": "A footnote has no marker that points to it.",
    "designation.wrong_footnote": "A footnote claims of an organisation what the lists do not say.",
    "designation.not_listed_at_date": "The organisation was not listed at the article's date.",
    "bias": "The article has many cues that tell where its source stands.",
    "bias.state_media": "The outlet or agency is owned by a state.",
    "unsupported_language": "The article is in a language that the classifiers do not read.",
    "classifier_failed": "At least one classifier failed: the article was not read whole.",
}
# What a rule may name: a label of the article, or of a single finding, such as a type of violence.
RULE_LABELS: Mapping[str, str] = {**_VIOLENCE, **_DESIGNATIONS, **_BIAS, **LABELS}
_DESIGNATION_LABELS = {
    "designation.mention": "designation",
    "designation.unmarked_mention": "designation.unmarked",
    "designation.orphan_marker": "designation.orphan_marker",
    "designation.unused_footnote": "designation.unused_footnote",
    "designation.wrong_footnote": "designation.wrong_footnote",
    "designation.not_listed_at_date": "designation.not_listed_at_date",
}


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """An article with *label*, at this score or above, calls for *action*."""

    label: str
    action: Action
    min_score: float = 0.5


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    version: int
    rules: tuple[PolicyRule, ...]

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.version}"


DEFAULT_POLICY = Policy(
    name="default",
    version=1,
    rules=(
        PolicyRule("violence", "label"),
        PolicyRule("violence.graphic", "review"),
        PolicyRule("violence.inciting", "review"),
        PolicyRule("designation", "label"),
        PolicyRule("designation.unmarked", "review"),
        PolicyRule("designation.orphan_marker", "review"),
        PolicyRule("designation.unused_footnote", "label"),
        PolicyRule("designation.wrong_footnote", "review"),
        PolicyRule("designation.not_listed_at_date", "label"),
        PolicyRule("bias", "label"),
        PolicyRule("bias.state_media", "label"),
        # What was not read is not clean: a person looks.
        PolicyRule("unsupported_language", "review"),
        PolicyRule("classifier_failed", "review"),
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy makes of a report."""

    action: Action
    labels: tuple[str, ...]
    review_state: Literal["not_needed", "open"]
    certainty: float = 1.0  # 0: a score stands on the very edge of a rule that decides; 1: far from every such edge


def apply_policy(policy: Policy, report: Mapping[str, Any]) -> Outcome:
    """*report* is the JSON shape of the API. A label is given from a score of 0.5; rules may ask for more or less."""
    scores = {**_finding_scores(report), **dict(_label_scores(report))}
    called_for = {rule.action for rule in policy.rules if scores.get(rule.label, 0.0) >= rule.min_score}
    action: Action = max(called_for, key=ACTIONS.index, default="allow")
    labels = tuple(label for label in LABELS if scores.get(label, 0.0) >= 0.5)
    review_state: Literal["not_needed", "open"] = "open" if action in ("review", "block") else "not_needed"
    return Outcome(action, labels, review_state, _certainty(policy.rules, scores, action))


def _certainty(rules: Iterable[PolicyRule], scores: Mapping[str, float], action: Action) -> float:
    """From how far the nearest score is from an edge at which the action would become another one."""
    applied = [rule for rule in rules if scores.get(rule.label, 0.0) >= rule.min_score]
    is_alone = sum(rule.action == action for rule in applied) == 1
    nearest = 1.0
    for rule in rules:
        score = scores.get(rule.label, 0.0)
        if score >= rule.min_score:
            decides = is_alone and rule.action == action
        else:
            decides = score > 0 and ACTIONS.index(rule.action) > ACTIONS.index(action)
        # A fact, such as a language that is not read, has the score 1: its edge is no matter of doubt.
        if decides and score < 1.0:
            nearest = min(nearest, 2 * abs(score - rule.min_score))
    return round(nearest, 4)


def _finding_scores(report: Mapping[str, Any]) -> dict[str, float]:
    """The highest score of each label of a finding."""
    best: dict[str, float] = {}
    for name in CLASSIFIERS:
        for finding in report[name]["findings"]:
            best[finding["label"]] = max(best.get(finding["label"], 0.0), finding["score"] or 0.0)
    return best


def _label_scores(report: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """(label, score), each label once, with its highest score."""
    best: dict[str, float] = {}

    def see(label: str, score: float | None) -> None:
        best[label] = max(best.get(label, 0.0), score or 0.0)

    violence, designations, bias = (report[name] for name in CLASSIFIERS)
    see("violence", violence["score"])
    see("violence.graphic", violence["graphic"])
    see("violence.inciting", violence["inciting"])
    for finding in designations["findings"]:
        if finding["label"] in _DESIGNATION_LABELS:
            see(_DESIGNATION_LABELS[finding["label"]], finding["score"])
    see("bias", bias["score"])
    for finding in bias["findings"]:
        if finding["label"] == "bias.state_media":
            see("bias.state_media", finding["score"])
    statuses = {section["status"] for section in (violence, designations, bias)}
    see("unsupported_language", float("unsupported_language" in statuses))
    see("classifier_failed", float("failed" in statuses))
    return best.items()
