"""Violence in one article: described, graphic, inciting, of which types and how grave, with the words that say so.

The learned scores of ``models/encoder.py`` decide whether a sentence counts; our triggers then say which words and
which type. The rules that make one article's score of its sentences' stand in ``CARD.md`` and are tested.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.encoder import SentenceScores
from models.text import PreparedArticle
from models.types import Evidence, Finding, Span, ViolenceReport, ViolenceSentence
from models.violence import labels
from models.violence.attribution import find_attribution
from models.violence.triggers import Trigger, find_triggers, is_figurative

VERSION = "1.0.0"
THRESHOLD = 0.5
TOP = 2  # sentences whose mean is the article's score: one doubtful sentence does not make a violent article
CERTAIN = 0.9  # at this score one sentence is enough
FIGURATIVE = 0.5  # "kill the bill": a sentence whose violent words all stand in such phrases is half believed
MAX_EVIDENCE = 20  # spans a finding shows; an article of a thousand killings needs no more to be read


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence with its scores; ``types`` maps a type to (score, severity, evidence)."""

    sentence: Span
    describes: float
    graphic: float | None
    inciting: float | None
    severity: int
    types: dict[str, tuple[float, int, tuple[Evidence, ...]]]


def classify(page: PreparedArticle, scores: SentenceScores | None) -> ViolenceReport:
    """The report of one article. *scores* has one row per sentence of *page*.

    ``unsupported_language`` where we do not read the language, ``failed`` where the encoder gave no scores; then all
    scores are None. ``graphic`` or ``inciting`` is None where the weights have no such head. KeyError where they do not
    have ``violence.describes``.
    """
    if not page.language.supported:
        return ViolenceReport(status="unsupported_language")
    if scores is None:
        return ViolenceReport(status="failed")
    read = [_read(sentence, row, scores, page.language.code) for row, sentence in enumerate(page.sentences)]
    score = article_score(r.describes for r in read)
    counted = [r for r in read if r.describes >= THRESHOLD] if score >= THRESHOLD else []
    findings = [*_type_findings(counted), *_axis_findings(read)]
    return ViolenceReport(
        status="ok",
        score=score,
        graphic=_axis_score(labels.GRAPHIC, [r.graphic for r in read], scores),
        inciting=_axis_score(labels.INCITING, [r.inciting for r in read], scores),
        severity=max((r.severity for r in counted), default=0),
        types={f.label.removeprefix("violence."): f.score for f in findings if f.severity is not None},
        sentences=tuple(
            ViolenceSentence(r.sentence.start, r.sentence.end, r.describes, r.graphic, r.inciting) for r in read
        ),
        findings=tuple(findings),
    )


def article_score(scores: Iterable[float]) -> float:
    """The mean of the two highest sentences, or the highest alone once it is certain (0.9); 0 without sentences.

    An article of one sentence has that sentence's score.
    """
    top = sorted(scores, reverse=True)[:TOP]
    if not top:
        return 0.0
    return top[0] if top[0] >= CERTAIN else sum(top) / len(top)


def _axis_score(head: str, values: Iterable[float | None], scores: SentenceScores) -> float | None:
    return article_score(value or 0.0 for value in values) if head in scores.heads else None


def _read(sentence: Span, row: int, scores: SentenceScores, language: str) -> _Read:
    describes = float(scores.of("violence.describes")[row])
    if is_figurative(sentence.text, language):
        describes *= FIGURATIVE
    learned = round(7 * (_score(scores, "violence.severity", row) or 0.0))
    types = _types(sentence, row, scores, language, describes=describes) if describes >= THRESHOLD else {}
    return _Read(
        sentence=sentence,
        describes=describes,
        graphic=_score(scores, labels.GRAPHIC, row),
        inciting=_score(scores, labels.INCITING, row),
        # Words that say how grave come before a number that only estimates it.
        severity=max((grave for _, grave, _ in types.values()), default=max(1, learned)),
        types=types,
    )


def _score(scores: SentenceScores, head: str, row: int) -> float | None:
    """None for a head these weights do not have: what was not learned is not 0."""
    return float(scores.values[row, scores.heads.index(head)]) if head in scores.heads else None


def _types(
    sentence: Span, row: int, scores: SentenceScores, language: str, *, describes: float
) -> dict[str, tuple[float, int, tuple[Evidence, ...]]]:
    """Types that a trigger names (score: the sentence's) or a head is sure of (the lower of head and sentence)."""
    attribution = find_attribution(sentence.text, language)
    triggers: dict[str, list[Trigger]] = {}
    for trigger in find_triggers(sentence.text, language):
        triggers.setdefault(trigger.type, []).append(trigger)
    found = {}
    for name in labels.TYPES:
        reason = _reason(name, attribution)
        learned = _score(scores, f"violence.type.{name}", row)
        if name in triggers:
            evidence = tuple(_evidence(sentence, t.start, t.end, reason) for t in triggers[name])
            found[name] = (describes, max(t.severity for t in triggers[name]), evidence)
        elif learned is not None and learned >= THRESHOLD:
            whole = (_evidence(sentence, 0, len(sentence.text), reason),)
            found[name] = (min(describes, learned), labels.SEVERITY[name], whole)
    return found


def _evidence(sentence: Span, start: int, end: int, reason: str) -> Evidence:
    return Evidence(sentence.start + start, sentence.start + end, sentence.text[start:end], reason)


def _reason(name: str, attribution: str | None) -> str:
    source = f"; attributed in the sentence (“{attribution}”)" if attribution else ""
    return f"The sentence says that {labels.SAYS[name]}{source}."


def _type_findings(counted: list[_Read]) -> Iterable[Finding]:
    for name in labels.TYPES:
        hits = [r.types[name] for r in counted if name in r.types]
        if hits:
            yield Finding(
                label=f"violence.{name}",
                score=max(score for score, _, _ in hits),
                severity=max(grave for _, grave, _ in hits),
                evidence=tuple(e for _, _, evidence in hits for e in evidence)[:MAX_EVIDENCE],
            )


def _axis_findings(read: list[_Read]) -> Iterable[Finding]:
    axes = (
        (labels.GRAPHIC, "graphic", "The sentence describes violence or injury in disturbing detail."),
        (labels.INCITING, "inciting", "The sentence threatens with violence, calls for it, praises or celebrates it."),
    )
    for label, axis, reason in axes:
        known = [(r, value) for r in read if (value := getattr(r, axis)) is not None]
        score = article_score(value for _, value in known)
        if score < THRESHOLD:
            continue
        strongest = [r.sentence for r, value in known if value >= THRESHOLD]  # in the text's order, as read
        evidence = tuple(_evidence(sentence, 0, len(sentence.text), reason) for sentence in strongest)
        yield Finding(label=label, score=score, evidence=evidence[:MAX_EVIDENCE])
