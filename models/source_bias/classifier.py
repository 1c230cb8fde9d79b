"""Reads where an article comes from and which countable cues of leaning its words hold. A cue, not a verdict."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.encoder import SentenceScores, WordSpan
from models.source_bias.attribution import find_attributions
from models.source_bias.claims import Told, find_claims
from models.source_bias.labels import STRUCTURE, TECHNIQUES
from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import read_words
from models.source_bias.prose import Prose, prose_sentences
from models.source_bias.quotes import find_quotations
from models.source_bias.residue import find_residue
from models.source_bias.sides import find_one_sided
from models.source_bias.source import find_origin, source_findings
from models.source_bias.tags import tags_of
from models.source_bias.thresholds import at_thresholds
from models.source_bias.wording import find_anonymous_sources, find_hedges, find_scare_quotes
from models.text import PreparedArticle
from models.types import BiasSentence, Evidence, Finding, SourceBiasReport, Span

VERSION = "1.3.0"

ANY_TECHNIQUE = "bias.technique.any"  # words that the network marks as some technique's
SURE_WORDS = 0.65  # of words; best for PTC's training articles that no head learned from (decision 33)
THRESHOLD = 0.5  # a sentence counts as biased, or as holding a technique, from here on
LIST_SCORES: Mapping[str, float] = {  # about how often the rule was right where 20 to 50 finds were read; see CARD.md
    "bias.hedge": 0.9,
    "bias.anonymous_source": 0.9,
    "bias.scare_quotes": 0.5,
    "bias.extraction_residue": 0.95,
    "bias.unattributed_claim": 0.6,
    "bias.one_sided_sourcing": 0.8,
}
# Weights of the article's score. Ownership, dateline and residue are left out: who speaks is not how it is said.
SHARE_WEIGHTS: Mapping[str, float] = {
    "biased": 0.6,
    "techniques": 0.4,
    "wording": 0.2,
    "anonymous": 0.2,
    "claims": 0.2,
    "one_sided": 0.1,
}
_FEWEST_SENTENCES = 3  # one sentence out of one is no trend


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
    scores = at_thresholds(scores, language)
    prose = prose_sentences(text, page.sentences, residue)
    tokens, quotations = read_words(text), find_quotations(text)
    wording = {
        "bias.hedge": find_hedges(text, tokens, language),
        "bias.anonymous_source": find_anonymous_sources(text, tokens, language),
        "bias.scare_quotes": find_scare_quotes(text, quotations, page.sentences, language),
    }
    kept = {label: _outside(prose.excluded, evidence) for label, evidence in wording.items()}
    attributions = find_attributions(
        text, prose.told, tokens, quotations, language, tags=tags_of(scores, prose.rows, prose.sentences)
    )
    distanced = (*wording["bias.hedge"], *wording["bias.anonymous_source"])
    dateline = origin.source.dateline
    is_credited = dateline is not None and dateline.agency is not None
    told = Told(text, language, prose.told, tokens, quotations, attributions, distanced, is_credited=is_credited)
    kept["bias.unattributed_claim"] = find_claims(told)
    kept["bias.one_sided_sourcing"] = find_one_sided(text, language, tokens, attributions, (outlets, origin.record))
    has_heads = any(head.startswith("bias.") for head in scores.heads)
    techniques = _techniques(prose, scores)
    sentences = _sentences(prose, scores)
    return SourceBiasReport(
        status="ok",
        score=_article_score(_biased(sentences), len(prose.sentences), _using(prose, scores), kept)
        if has_heads
        else None,
        source=origin.source,
        sentences=sentences,
        attributions=attributions,
        findings=findings + tuple(f for label, found in kept.items() for f in _listed(label, found)) + techniques,
    )


def _sentences(prose: Prose, scores: SentenceScores) -> tuple[BiasSentence, ...]:
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


def _techniques(prose: Prose, scores: SentenceScores) -> tuple[Finding, ...]:
    """One finding a technique, with its words in every sentence that reaches the threshold as evidence. Heads that
    these weights lack find nothing: the manifest says which they have."""
    found: list[Finding] = []
    for label, meaning in TECHNIQUES.items():
        if label not in scores.heads:
            continue
        column = scores.of(label)
        rows = [
            (float(column[row]), row, sentence)
            for row, sentence in zip(prose.rows, prose.sentences, strict=True)
            if column[row] >= THRESHOLD
        ]
        name = label.rsplit(".", 1)[1].replace("_", " ")
        evidence = tuple(
            Evidence(start, end, s.text[start - s.start : end - s.start], f"Reads like {name} ({score:.2f}). {meaning}")
            for score, row, s in rows
            for start, end in _technique_words(label, s, scores.words_of(row))
        )
        if evidence:
            found.append(Finding(label, max(score for score, _, _ in rows), evidence))
    return tuple(found)


def _using(prose: Prose, scores: SentenceScores) -> int:
    """How many sentences hold a technique, whichever and however many."""
    columns = [column for column, head in enumerate(scores.heads) if head in TECHNIQUES]
    return int((scores.values[np.ix_(prose.rows, columns)] >= THRESHOLD).any(axis=1).sum())


def _technique_words(label: str, sentence: Span, words: Sequence[WordSpan]) -> list[tuple[int, int]]:
    """The words of a sentence that surely carry a technique, marked with its name or as some technique's; where none
    is, the whole sentence."""
    sure = sorted((w.start, w.end) for w in words if w.label in (label, ANY_TECHNIQUE) and w.score >= SURE_WORDS)
    joined: list[tuple[int, int]] = []
    for start, end in sure:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return [(sentence.start + start, sentence.start + end) for start, end in joined] or [(sentence.start, sentence.end)]


def _listed(label: str, evidence: tuple[Evidence, ...]) -> tuple[Finding, ...]:
    """One finding for all places a list or rule found."""
    assert label in STRUCTURE  # noqa: S101  # a label that is not described cannot be raised
    return (Finding(label, LIST_SCORES[label], evidence),) if evidence else ()


def _outside(excluded: Sequence[Span], found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    kept, first = [], 0
    for piece in found:
        while first < len(excluded) and excluded[first].end <= piece.start:
            first += 1
        if first == len(excluded) or excluded[first].start >= piece.end:
            kept.append(piece)
    return tuple(kept)


def _biased(sentences: Sequence[BiasSentence]) -> int:
    return sum(sentence.score is not None and sentence.score >= THRESHOLD for sentence in sentences)


def _not_hedged(wording: Mapping[str, Sequence[Evidence]]) -> int:
    """Claims without a source whose words do not count as a hedge already."""
    hedges = {(hedge.start, hedge.end) for hedge in wording["bias.hedge"]}
    return sum((claim.start, claim.end) not in hedges for claim in wording["bias.unattributed_claim"])


def _article_score(biased: int, sentences: int, techniques: int, wording: Mapping[str, Sequence[Evidence]]) -> float:
    """1 − Π(1 − weight · share): shares of sentences that hold a cue, joined so that each adds and none exceeds 1."""
    total = max(sentences, _FEWEST_SENTENCES)
    counts = {
        "biased": biased,
        "techniques": techniques,
        "wording": len(wording["bias.hedge"]) + len(wording["bias.scare_quotes"]),
        "anonymous": len(wording["bias.anonymous_source"]),
        "claims": _not_hedged(wording),
        "one_sided": total if wording["bias.one_sided_sourcing"] else 0,
    }
    rest = 1.0
    for name, count in counts.items():
        rest *= 1 - SHARE_WEIGHTS[name] * min(1.0, count / total)
    return 1 - rest
