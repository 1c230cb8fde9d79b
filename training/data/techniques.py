"""Persuasion techniques: PTC (English, spans), SemEval-2023 and SlavicNLP-2025 (Russian paragraphs), UNLP-2025.

Names differ between the sets; ``NAMES`` maps them onto the twenty-three of SemEval-2023 task 3. Labels that merge
several of those cannot be told apart and are masked.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from models.text import split_sentences
from models.types import Span
from training.rows import Part, Row, part_of, read_jsonl

TECHNIQUE = "bias.technique"
ANY = f"{TECHNIQUE}.any"  # words of some technique, whichever

NAMES = {
    "Loaded_Language": "loaded_language",
    "Name_Calling,Labeling": "name_calling",
    "Name_Calling-Labeling": "name_calling",
    "Doubt": "casting_doubt",
    "Exaggeration,Minimisation": "exaggeration",
    "Exaggeration-Minimisation": "exaggeration",
    "Appeal_to_fear-prejudice": "appeal_to_fear",
    "Appeal_to_Fear-Prejudice": "appeal_to_fear",
    "Flag-Waving": "flag_waving",
    "Flag_Waving": "flag_waving",
    "Causal_Oversimplification": "causal_oversimplification",
    "Consequential_Oversimplification": "consequential_oversimplification",
    "Slogans": "slogans",
    "Appeal_to_Authority": "appeal_to_authority",
    "Appeal_to_Popularity": "appeal_to_popularity",
    "Appeal_to_Values": "appeal_to_values",
    "Appeal_to_Time": "appeal_to_time",
    "Appeal_to_Hypocrisy": "appeal_to_hypocrisy",
    "Black-and-White_Fallacy": "false_dilemma",
    "False_Dilemma-No_Choice": "false_dilemma",
    "Thought-terminating_Cliches": "conversation_killer",
    "Conversation_Killer": "conversation_killer",
    "Questioning_the_Reputation": "questioning_the_reputation",
    "Guilt_by_Association": "guilt_by_association",
    "Obfuscation-Vagueness-Confusion": "obfuscation",
    "Straw_Man": "straw_man",
    "Whataboutism": "whataboutism",
    "Red_Herring": "red_herring",
    # Repetition is a relation between sentences; a head that reads one sentence cannot see it.
}
_PTC = (
    "loaded_language", "name_calling", "casting_doubt", "exaggeration", "appeal_to_fear", "flag_waving",
    "causal_oversimplification", "slogans", "appeal_to_authority", "false_dilemma", "conversation_killer",
)  # fmt: skip
ALL_TECHNIQUES = tuple(sorted(set(NAMES.values())))
_UNLP = {"loaded_language": "loaded_language", "appeal_to_fear": "appeal_to_fear", "whataboutism": "whataboutism"}


def _labels(found: Iterable[str], known: Iterable[str]) -> dict[str, float]:
    present = set(found)
    return {f"bias.technique.{name}": float(name in present) for name in known}


def read_ptc(path: Path) -> Iterator[Row]:
    """Sentences with the techniques whose spans touch them, and their words."""
    for row in read_jsonl(path):
        for sentence in split_sentences(row["text"]):
            found = _inside(row["spans"], sentence)
            if any(map(str.isalpha, sentence.text)):
                labels = _labels({name for _, _, name in found if name}, _PTC)
                part: Part | None = "dev" if row["split"] == "dev" else None
                looked_for = _word_labels(_PTC)
                yield Row(sentence.text, "en", row["id"], labels, part, spans=_words(found), span_labels=looked_for)


def _inside(spans: Iterable[dict[str, Any]], sentence: Span) -> list[tuple[int, int, str | None]]:
    """Parts of spans that stand in a sentence, by offsets in it, with our names for them (None: not among ours)."""
    touching = (span for span in spans if span["start"] < sentence.end and sentence.start < span["end"])
    return [
        (max(s["start"] - sentence.start, 0), min(s["end"], sentence.end) - sentence.start, NAMES.get(s["label"]))
        for s in touching
    ]


def _words(found: Iterable[tuple[int, int, str | None]]) -> tuple[tuple[int, int, str], ...]:
    """Every span is of some technique; it also has the name of its own, where that is one of ours."""
    spans = {(start, end, ANY) for start, end, _ in found}
    return tuple(sorted(spans | {(start, end, f"{TECHNIQUE}.{name}") for start, end, name in found if name}))


def _word_labels(names: Iterable[str]) -> tuple[str, ...]:
    return (ANY, *(f"{TECHNIQUE}.{name}" for name in names))


def read_semeval_ru_words(path: Path) -> Iterator[Row]:
    """Russian articles with the words of their techniques, by sentences; parts as of the paragraphs of one article."""
    for row in read_jsonl(path):
        group = row["id"].rsplit("_", 1)[-1]
        for sentence in split_sentences(row["text"]):
            if any(map(str.isalpha, sentence.text)):
                words = _words(_inside(row["spans"], sentence))
                part = part_of("semeval2023_ru", group)
                labels = _word_labels(ALL_TECHNIQUES)
                yield Row(sentence.text, "ru", group, {}, part, spans=words, span_labels=labels)


def _paragraphs(path: Path, group: str) -> Iterator[Row]:
    """Paragraph labels. In Russian no set labels bias itself: a paragraph with a technique stands for biased and
    subjective wording, one without for plain wording."""
    for row in read_jsonl(path):
        found = row["labels"]["techniques"]
        labels = _labels((NAMES[name] for name in found if name in NAMES), ALL_TECHNIQUES)
        labels |= {"bias.biased": float(bool(found)), "bias.subjective": float(bool(found))}
        yield Row(row["text"].strip(), "ru", str(row[group]), labels)


def read_semeval_ru(path: Path) -> Iterator[Row]:
    return _paragraphs(path, "article")


def read_slavicnlp(path: Path) -> Iterator[Row]:
    """Grouped by document: the published split tears documents apart."""
    return _paragraphs(path, "file")


def read_unlp(path: Path) -> Iterator[Row]:
    """Telegram posts: the three techniques that mean the same as ours, and manipulation for biased wording."""
    for row in read_jsonl(path):
        found = row["labels"]["techniques"]
        labels = _labels((_UNLP[name] for name in found if name in _UNLP), _UNLP.values())
        labels["bias.biased"] = float(row["labels"]["manipulative"])
        if len(row["text"]) <= 900:
            yield Row(row["text"], "ru", row["id"], labels)
