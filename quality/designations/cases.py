"""Hand-written cases: a text with its answer marked in it.

``[[id:name]]`` is a mention for which no label is due, ``[[id-:name]]`` one that lacks a label that is due,
``[[id+2:name]]`` one that the second note of the text labels (``+0``: a marker that no note explains).
``<<*>>`` is the marker of the mention before it, ``{{kind PLACE:words}}`` a note (``??``: it names no place).
``findings`` lists what else must be found, ``date`` is the article's day, ``marking`` the house style.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent
DATE = date(2024, 3, 1)
# Passages written for one question; what a case of them says nothing about counts neither as right nor as wrong.
_UNJUDGED = {"clauses": frozenset({"wrong_footnote", "not_listed_at_date", "unused_footnote"})}
_MARKUP = re.compile(
    r"\[\[(?P<id>[a-z0-9-]+?)(?P<label>-|\+\d)?:|<<(?P<mark>[^<>]{1,4})>>|\{\{(?P<kind>\w+) (?P<place>\S\S):|\]\]|\}\}"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """``label``: ``-`` due and missing, ``+N`` labelled by note N, empty where none is due."""

    start: int
    end: int
    organisation: str
    label: str


@dataclass(frozen=True, slots=True)
class Note:
    start: int
    end: int
    kind: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One text and all that must be found in it; ``source`` is its file and place there.

    Findings named in ``unjudged`` were not annotated and count neither as right nor as wrong.
    """

    source: str
    language: str
    text: str
    mentions: tuple[Mention, ...]
    markers: tuple[tuple[int, int], ...]
    notes: tuple[Note, ...]
    findings: tuple[str, ...]
    on: date
    marking: Literal["every", "first"]
    unjudged: frozenset[str] = frozenset()

    @property
    def part(self) -> str:
        """The table it stands in: ``clauses`` of ``clauses.en:1``."""
        return self.source.partition(".")[0]


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Every case of every ``PART.LANGUAGE.yaml``, in order. ``ValueError`` names the case that does not hold."""
    return [case for path in sorted(folder.glob("*.yaml")) for case in _read_file(path)]


def _read_file(path: Path) -> Iterator[Case]:
    part, language = path.name.split(".")[:2]
    for number, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), start=1):
        try:
            yield read_case(row, source=f"{part}.{language}:{number}", language=language)
        except (KeyError, IndexError) as error:
            raise ValueError(f"{path.name}, case {number}: its markup does not hold") from error


def read_case(row: dict[str, Any], *, source: str, language: str) -> Case:
    parts: list[str] = []
    opened: list[tuple[int, re.Match[str]]] = []
    mentions: list[Mention] = []
    markers: list[tuple[int, int]] = []
    notes: list[Note] = []
    at = length = 0
    for match in _MARKUP.finditer(row["text"]):
        parts.append(row["text"][at : match.start()])
        length += len(parts[-1])
        at = match.end()
        if match["mark"]:
            parts.append(match["mark"])
            markers.append((length, length + len(match["mark"])))
            length += len(match["mark"])
        elif match.group() == "]]":
            start, opening = opened.pop()
            mentions.append(Mention(start, length, opening["id"], opening["label"] or ""))
        elif match.group() == "}}":
            start, opening = opened.pop()
            notes.append(Note(start, length, opening["kind"], None if opening["place"] == "??" else opening["place"]))
        else:
            opened.append((length, match))
    text = "".join([*parts, row["text"][at:]])
    if opened or "[[" in text or "<<" in text or "{{" in text:
        raise KeyError(source)
    return Case(
        source=source,
        language=language,
        text=text,
        mentions=tuple(sorted(mentions, key=lambda m: m.start)),
        markers=tuple(markers),
        notes=tuple(sorted(notes, key=lambda n: n.start)),
        findings=tuple(row.get("findings", ())),
        on=row.get("date", DATE),
        marking=row.get("marking", "every"),
        unjudged=_UNJUDGED.get(source.partition(".")[0], frozenset()),
    )
