"""Which findings lead to which action. A policy is data; applying it is a pure function.

The article's labels are short names for what was found: what platforms filter by and what rules refer to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

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


def apply_policy(policy: Policy, report: Mapping[str, Any]) -> Outcome:
    """*report* is the JSON shape of the API. A label is given from a score of 0.5; rules may ask for more."""
    scores = dict(_label_scores(report))
    called_for = {rule.action for rule in policy.rules if scores.get(rule.label, 0.0) >= rule.min_score}
    action: Action = max(called_for, key=ACTIONS.index, default="allow")
    labels = tuple(label for label in LABELS if scores.get(label, 0.0) >= 0.5)
    return Outcome(action, labels, "open" if action in ("review", "block") else "not_needed")


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
