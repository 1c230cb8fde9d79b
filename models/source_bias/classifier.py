"""Reads where an article comes from and which countable cues of leaning its words hold. A cue, not a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.encoder import SentenceScores
from models.source_bias.attribution import find_attributions
from models.source_bias.labels import STRUCTURE, TECHNIQUES
from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import read_words
from models.source_bias.quotes import find_quotations
from models.source_bias.residue import find_residue
from models.source_bias.source import find_origin, source_findings
from models.source_bias.wording import find_anonymous_sources, find_hedges, find_scare_quotes
from models.text import PreparedArticle
from models.types import BiasSentence, Evidence, Finding, SourceBiasReport, Span

VERSION = "1.0.0"

THRESHOLD = 0.5  # a sentence counts as biased, or as holding a technique, from here on
RESIDUE_SHARE = 1 / 3  # a sentence of which this much is residue is not read as prose
LIST_SCORES: Mapping[str, float] = {  # about how often the rule was right where 20 to 50 finds were read; see CARD.md
    "bias.hedge": 0.9,
    "bias.anonymous_source": 0.9,
    "bias.scare_quotes": 0.5,
    "bias.extraction_residue": 0.95,
}
# Weights of the article's score. Ownership, dateline and residue are left out: who speaks is not how it is said.
SHARE_WEIGHTS: Mapping[str, float] = {"biased": 0.6, "techniques": 0.4, "wording": 0.2, "anonymous": 0.2}
_FEWEST_SENTENCES = 3  # one sentence out of one is no trend


@dataclass(frozen=True, slots=True)
class _Prose:
    """The sentences that are read as prose, with their rows in the scores."""

    rows: tuple[int, ...]
    sentences: tuple[Span, ...]


def classify(page: PreparedArticle, scores: SentenceScores | None, outlets: OutletRegister) -> SourceBiasReport:
    """Source, sentences, attributions and findings of one article.

    Without *scores* there is no score: ``unsupported_language`` where the language is not read (source and residue are
    given all the same), else ``failed``. A head that *scores* lack gives null, never 0: ``score`` is None where no
    bias head speaks the language, ``sentences`` is empty where neither ``bias.biased`` nor ``bias.subjective`` does.
    What lists and rules find is given all the same.
    """
    text, language = page.text, page.language.code
    origin = find_origin(page.article, outlets)
    residue = find_residue(text)
    findings = source_findings(origin, page.sentences[0] if page.sentences else None, text)
    findings += _listed("bias.extraction_residue", residue)
    if scores is None:
        status = "failed" if page.language.supported else "unsupported_language"
        return SourceBiasReport(status=status, source=origin.source, findings=findings)  # type: ignore[arg-type]
    prose = _prose(page.sentences, residue)
    tokens, quotations = read_words(text), find_quotations(text)
    wording = {
        "bias.hedge": find_hedges(text, tokens, language),
        "bias.anonymous_source": find_anonymous_sources(text, tokens, language),
        "bias.scare_quotes": find_scare_quotes(text, quotations, page.sentences, language),
    }
    kept = {label: _outside(residue, evidence) for label, evidence in wording.items()}
    has_heads = any(head.startswith("bias.") for head in scores.heads)
    techniques = _techniques(prose, scores)
    sentences = _sentences(prose, scores)
    return SourceBiasReport(
        status="ok",
        score=_article_score(_biased(sentences), len(prose.sentences), techniques, kept) if has_heads else None,
        source=origin.source,
        sentences=sentences,
        attributions=find_attributions(text, prose.sentences, tokens, quotations, language),
        findings=findings + tuple(f for label, found in kept.items() for f in _listed(label, found)) + techniques,
    )


def _prose(sentences: Sequence[Span], residue: Sequence[Evidence]) -> _Prose:
    """Both lists are in order, so one walk over them is enough."""
    rows, kept, first = [], [], 0
    for row, sentence in enumerate(sentences):
        while first < len(residue) and residue[first].end <= sentence.start:
            first += 1
        covered, piece = 0, first
        while piece < len(residue) and residue[piece].start < sentence.end:
            covered += min(residue[piece].end, sentence.end) - max(residue[piece].start, sentence.start)
            piece += 1
        if covered < RESIDUE_SHARE * (sentence.end - sentence.start):
            rows.append(row)
            kept.append(sentence)
    return _Prose(tuple(rows), tuple(kept))


def _sentences(prose: _Prose, scores: SentenceScores) -> tuple[BiasSentence, ...]:
    biased, subjective = _column("bias.biased", scores), _column("bias.subjective", scores)
    if biased is None and subjective is None:
        return ()
    return tuple(
        BiasSentence(
            sentence.start,
            sentence.end,
            score=None if biased is None else biased[row],
            subjective=None if subjective is None else subjective[row],
        )
        for row, sentence in zip(prose.rows, prose.sentences, strict=True)
    )


def _column(head: str, scores: SentenceScores) -> list[float] | None:
    return [float(value) for value in scores.of(head)] if head in scores.heads else None


def _techniques(prose: _Prose, scores: SentenceScores) -> tuple[Finding, ...]:
    """One finding a technique, with every sentence that reaches the threshold as evidence. Heads that these weights
    lack find nothing: the manifest says which they have."""
    found: list[Finding] = []
    for label, meaning in TECHNIQUES.items():
        if label not in scores.heads:
            continue
        column = scores.of(label)
        rows = [
            (float(column[row]), sentence)
            for row, sentence in zip(prose.rows, prose.sentences, strict=True)
            if column[row] >= THRESHOLD
        ]
        name = label.rsplit(".", 1)[1].replace("_", " ")
        evidence = tuple(
            Evidence(s.start, s.end, s.text, reason=f"Reads like {name} (score {score:.2f}). {meaning}")
            for score, s in rows
        )
        if evidence:
            found.append(Finding(label, max(score for score, _ in rows), evidence))
    return tuple(found)


def _listed(label: str, evidence: tuple[Evidence, ...]) -> tuple[Finding, ...]:
    """One finding for all places a list or rule found."""
    assert label in STRUCTURE  # noqa: S101  # a label that is not described cannot be raised
    return (Finding(label, LIST_SCORES[label], evidence),) if evidence else ()


def _outside(residue: Sequence[Evidence], found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    kept, first = [], 0
    for piece in found:
        while first < len(residue) and residue[first].end <= piece.start:
            first += 1
        if first == len(residue) or residue[first].start >= piece.end:
            kept.append(piece)
    return tuple(kept)


def _biased(sentences: Sequence[BiasSentence]) -> int:
    return sum(sentence.score is not None and sentence.score >= THRESHOLD for sentence in sentences)


def _article_score(
    biased: int, sentences: int, techniques: Sequence[Finding], wording: Mapping[str, Sequence[Evidence]]
) -> float:
    """1 − Π(1 − weight · share): shares of sentences that hold a cue, joined so that each adds and none exceeds 1."""
    total = max(sentences, _FEWEST_SENTENCES)
    counts = {
        "biased": biased,
        "techniques": len({evidence.start for finding in techniques for evidence in finding.evidence}),
        "wording": len(wording["bias.hedge"]) + len(wording["bias.scare_quotes"]),
        "anonymous": len(wording["bias.anonymous_source"]),
    }
    rest = 1.0
    for name, count in counts.items():
        rest *= 1 - SHARE_WEIGHTS[name] * min(1.0, count / total)
    return 1 - rest
