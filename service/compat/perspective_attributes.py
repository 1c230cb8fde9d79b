"""Perspective's attributes: which of our scores each one is, and its summary and spans."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.designations import labels as designation_labels
from models.source_bias import labels as bias_labels
from models.violence import labels as violence_labels
from models.wire import with_utf16_offsets

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """``axis``: a score of the classifier's report, with one of each sentence; else ``label``: its findings."""

    classifier: str
    means: str
    axis: str | None = None
    label: str | None = None


_AXES: Mapping[str, Attribute] = {
    "VIOLENCE": Attribute("violence", "The text describes violence.", "score"),
    "GRAPHIC": Attribute("violence", "It does so in disturbing detail.", "graphic"),
    "INCITEMENT": Attribute(
        "violence", "The text threatens with violence, calls for it, praises or celebrates it.", "inciting"
    ),
    "THREAT": Attribute(
        "violence", "The same score as INCITEMENT: a threat is not told from a call or from praise.", "inciting"
    ),
    "BIAS": Attribute("source_bias", "The text has many cues that tell where its source stands.", "score"),
}
# Labels of an article whose name differs from that of the findings behind them.
_OF_ARTICLES: Mapping[str, str] = {
    "designation": "designation.mention",
    "designation.unmarked": "designation.unmarked_mention",
}
_LABELS: Mapping[str, Mapping[str, str]] = {
    "violence": violence_labels.LABELS,
    "designations": designation_labels.LABELS,
    "source_bias": bias_labels.LABELS,
}


def attribute_name(label: str) -> str:
    """``bias.technique.loaded_language`` is ``BIAS_TECHNIQUE_LOADED_LANGUAGE``."""
    return label.replace(".", "_").upper()


def _make_attributes() -> dict[str, Attribute]:
    made = dict(_AXES)
    for classifier, labels in _LABELS.items():
        for label, sentence in labels.items():
            made.setdefault(attribute_name(label), Attribute(classifier, sentence, label=label))
    for name, label in _OF_ARTICLES.items():
        made.setdefault(attribute_name(name), made[attribute_name(label)])
    return made


ATTRIBUTES: Mapping[str, Attribute] = _make_attributes()
# Perspective's own that nobody here scores (its documentation of attributes and languages).
NOT_SCORED = frozenset(
    {
        "TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "SEXUALLY_EXPLICIT", "FLIRTATION",
        "TOXICITY_EXPERIMENTAL", "SEVERE_TOXICITY_EXPERIMENTAL", "IDENTITY_ATTACK_EXPERIMENTAL", "TOXICITY_FAST",
        "INSULT_EXPERIMENTAL", "PROFANITY_EXPERIMENTAL", "THREAT_EXPERIMENTAL", "ATTACK_ON_AUTHOR",
        "ATTACK_ON_COMMENTER", "INCOHERENT", "INFLAMMATORY", "LIKELY_TO_REJECT", "OBSCENE", "SPAM", "UNSUBSTANTIAL",
        "AFFINITY_EXPERIMENTAL", "COMPASSION_EXPERIMENTAL", "CURIOSITY_EXPERIMENTAL", "NUANCE_EXPERIMENTAL",
        "PERSONAL_STORY_EXPERIMENTAL", "REASONING_EXPERIMENTAL", "RESPECT_EXPERIMENTAL",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """How scores are wanted: *threshold* leaves out what is below it, *has_spans* gives one a place, not a text."""

    threshold: float
    has_spans: bool


def is_scored(name: str, report: Report) -> bool:
    """Whether the attribute has a score in the language of this report."""
    attribute = ATTRIBUTES[name]
    part = report[attribute.classifier]
    return part["status"] == "ok" and (attribute.axis is None or part[attribute.axis] is not None)


def describe_scores(name: str, report: Report, text: str, asked: Asked) -> dict[str, Any] | None:
    """One entry of ``attributeScores``, spans in UTF-16 code units; None where nothing reaches the threshold."""
    attribute = ATTRIBUTES[name]
    part = with_utf16_offsets(report[attribute.classifier], text)
    spans = list(_spans(attribute, part))
    highest = max((score for _, _, score in spans), default=0.0)
    summary = highest if attribute.axis is None else part[attribute.axis]
    if not asked.has_spans:
        spans = [(0, len(text.encode("utf-16-le")) // 2, summary)]
    kept = [
        {"begin": begin, "end": end, "score": _score(score)} for begin, end, score in spans if score >= asked.threshold
    ]
    if summary < asked.threshold:
        return {"spanScores": kept} if kept else None
    return {"spanScores": kept, "summaryScore": _score(summary)}


def _spans(attribute: Attribute, part: Report) -> Iterator[tuple[int, int, float]]:
    """(begin, end, score): of an axis each sentence, of a label each piece of evidence."""
    if attribute.axis is not None:
        for sentence in part["sentences"]:
            if sentence[attribute.axis] is not None:
                yield sentence["start"], sentence["end"], sentence[attribute.axis]
        return
    for finding in part["findings"]:
        if finding["label"] == attribute.label:
            for evidence in finding["evidence"]:
                yield evidence["start"], evidence["end"], finding["score"]


def _score(value: float) -> dict[str, Any]:
    return {"value": value, "type": "PROBABILITY"}


def attribute_table() -> str:
    """The attributes as rows of Markdown, for docs/migrate-from-perspective.md."""
    return "\n".join(f"| `{name}` | {attribute.means} |" for name, attribute in ATTRIBUTES.items())
