"""Violence in one article: described, graphic, inciting, of which types and how grave, with the words that say so.

The learned scores of ``models/encoder.py`` decide whether a sentence counts; the words that it marks and our own
triggers then say which type and where. The rules that make one article's score of its sentences' stand in ``CARD.md``
and are tested.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.encoder import SentenceScores, WordSpan
from models.text import PreparedArticle
from models.types import Evidence, Finding, Span, ViolenceReport, ViolenceSentence
from models.violence import labels
from models.violence.attribution import find_attribution
from models.violence.triggers import find_harmless, find_triggers, is_figurative

VERSION = "3.0.0"
THRESHOLD = 0.5
SHORT = 3  # sentences: a text of so few is as violent as its most violent one
TOP = 2  # sentences of a longer text whose mean is its score: one doubtful sentence does not make a violent article
CERTAIN = 0.9  # at this score one sentence is enough
FIGURATIVE = 0.5  # "kill the bill": a sentence whose violent words all stand in such phrases is half believed
MAX_EVIDENCE = 20  # spans a finding shows; an article of a thousand killings needs no more to be read


@dataclass(frozen=True, slots=True)
class _Named:
    """A type that a sentence names: how sure, how grave, and its words."""

    score: float
    severity: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence with its scores, the types it names and the words with which it incites."""

    sentence: Span
    describes: float
    graphic: float | None
    inciting: float | None
    severity: int
    types: dict[str, _Named]
    threats: tuple[tuple[int, int], ...]


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
    inciting = _axis_score(labels.INCITING, [r.inciting for r in read], scores)
    counted = [
        r
        for r in read
        if (score >= THRESHOLD and r.describes >= THRESHOLD)
        or ((inciting or 0.0) >= THRESHOLD and (r.inciting or 0.0) >= THRESHOLD)
    ]
    findings = [*_type_findings(counted), *_axis_findings(read)]
    return ViolenceReport(
        status="ok",
        score=score,
        graphic=_axis_score(labels.GRAPHIC, [r.graphic for r in read], scores),
        inciting=inciting,
        severity=max((r.severity for r in counted), default=0),
        types={f.label.removeprefix("violence."): f.score for f in findings if f.severity is not None},
        sentences=tuple(
            ViolenceSentence(r.sentence.start, r.sentence.end, r.describes, r.graphic, r.inciting) for r in read
        ),
        findings=tuple(findings),
    )


def article_score(scores: Iterable[float]) -> float:
    """The highest of a text of three sentences or fewer, or where it is certain (0.9); of a longer text the mean of the
    two highest; 0 without sentences.
    """
    ranked = sorted(scores, reverse=True)
    if not ranked:
        return 0.0
    if len(ranked) <= SHORT or ranked[0] >= CERTAIN:
        return ranked[0]
    return sum(ranked[:TOP]) / TOP


def _axis_score(head: str, values: Iterable[float | None], scores: SentenceScores) -> float | None:
    return article_score(value or 0.0 for value in values) if head in scores.heads else None


def _read(sentence: Span, row: int, scores: SentenceScores, language: str) -> _Read:
    describes = float(scores.of("violence.describes")[row])
    if is_figurative(sentence.text, language) and not _real_words(sentence, row, scores, language):
        describes *= FIGURATIVE
    learned = round(7 * (_score(scores, "violence.severity", row) or 0.0))
    inciting = _score(scores, labels.INCITING, row)
    types = _types(sentence, row, scores, language, describes=describes)
    threats = tuple((word.start, word.end) for word in scores.words_of(row) if word.label == "threat")
    return _Read(
        sentence=sentence,
        describes=describes,
        graphic=_score(scores, labels.GRAPHIC, row),
        inciting=inciting,
        # Words that say how grave come before a number that only estimates it.
        severity=max((named.severity for named in types.values()), default=max(1, learned)),
        types=types,
        threats=threats,
    )


def _real_words(sentence: Span, row: int, scores: SentenceScores, language: str) -> list[WordSpan]:
    """Words that the network marks as violence and that stand in no phrase that only looks violent."""
    harmless = find_harmless(sentence.text, language)
    return [
        word
        for word in scores.words_of(row)
        if word.label in labels.TYPES and not any(start < word.end and word.start < end for start, end in harmless)
    ]


def _score(scores: SentenceScores, head: str, row: int) -> float | None:
    """None for a head these weights do not have: what was not learned is not 0."""
    return float(scores.values[row, scores.heads.index(head)]) if head in scores.heads else None


def _types(sentence: Span, row: int, scores: SentenceScores, language: str, *, describes: float) -> dict[str, _Named]:
    """Types of a sentence that counts: by a phrase of our list (score: the sentence's), by words that the network
    marks or, where no words are found, by a head that is sure of it (the lower of that score and the sentence's)."""
    inciting = _score(scores, labels.INCITING, row) or 0.0
    is_reported = inciting < THRESHOLD
    if describes < THRESHOLD and is_reported:
        return {}
    # A call that tells of no event threatens, and does nothing else.
    names = tuple(labels.TYPES) if describes >= THRESHOLD else (labels.THREAT,)
    sure = describes if describes >= THRESHOLD else inciting
    attribution = find_attribution(sentence.text, language)
    reason = _Reasons(attribution, scores.words_of(row), sentence.text, is_reported)
    spans: dict[str, list[tuple[int, int, float, int]]] = {}  # start, end, score, severity
    for trigger in find_triggers(sentence.text, language):
        spans.setdefault(trigger.type, []).append((trigger.start, trigger.end, sure, trigger.severity))
    listed = [(start, end) for marked in spans.values() for start, end, _, _ in marked]
    for word in _real_words(sentence, row, scores, language):
        # Words of our list come first: what the network marks within them says nothing more.
        is_same = any(start < word.end and word.start < end for start, end, _, _ in spans.get(word.label, ()))
        if not is_same and not any(start <= word.start and word.end <= end for start, end in listed):
            grave = labels.SEVERITY[word.label]
            spans.setdefault(word.label, []).append((word.start, word.end, min(sure, word.score), grave))
    found = {}
    for name in names:
        learned = _score(scores, f"violence.type.{name}", row)
        if name == labels.THREAT and not is_reported:
            learned = inciting
        if name in spans:
            marked = sorted(spans[name])
            evidence = tuple(_evidence(sentence, start, end, reason.of(name)) for start, end, _, _ in marked)
            found[name] = _Named(max(m[2] for m in marked), max(m[3] for m in marked), evidence)
        elif learned is not None and learned >= THRESHOLD and not spans:
            whole = (_evidence(sentence, 0, len(sentence.text), reason.of(name)),)
            found[name] = _Named(min(sure, learned), labels.SEVERITY[name], whole)
    return found


def _evidence(sentence: Span, start: int, end: int, reason: str) -> Evidence:
    return Evidence(sentence.start + start, sentence.start + end, sentence.text[start:end], reason)


@dataclass(frozen=True, slots=True)
class _Reasons:
    """Puts into words what a sentence says, of whom, and who says so."""

    attribution: str | None
    words: tuple[WordSpan, ...]
    text: str
    is_reported: bool

    def of(self, name: str) -> str:
        parts = []
        for role, said in labels.ROLES.items():
            named = [self.text[word.start : word.end] for word in self.words if word.label == role]
            if named:
                parts.append(f"{said}: {', '.join(dict.fromkeys(named))}")
        who = f" ({'; '.join(parts)})" if parts else ""
        voice = "; reported" if self.is_reported else "; in the text's own voice"
        source = f", attributed in the sentence (“{self.attribution}”)" if self.attribution else ""
        return f"The sentence says that {labels.SAYS[name]}{who}{voice}{source}."


def _type_findings(counted: list[_Read]) -> Iterable[Finding]:
    for name in labels.TYPES:
        hits = [r.types[name] for r in counted if name in r.types]
        if hits:
            yield Finding(
                label=f"violence.{name}",
                score=max(named.score for named in hits),
                severity=max(named.severity for named in hits),
                evidence=tuple(e for named in hits for e in named.evidence)[:MAX_EVIDENCE],
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
        strongest = [r for r, value in known if value >= THRESHOLD]  # in the text's order, as read
        evidence = tuple(
            _evidence(r.sentence, start, end, reason)
            for r in strongest
            for start, end in ((r.threats if axis == "inciting" else ()) or ((0, len(r.sentence.text)),))
        )
        yield Finding(label=label, score=score, evidence=evidence[:MAX_EVIDENCE])
