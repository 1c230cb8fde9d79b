"""Real articles annotated by hand: ``real.jsonl`` holds places in the texts, never the texts, which are not ours.

A line names an article of ``../shared/data`` by set, id and SHA-256, its day, its part (``development`` was looked
at while the rules were mended; ``held_out`` was scored before any of its failures was seen, the card says what was
seen later), and what stands where: ``mentions`` [start, end, organisation,
label] with ``+N`` for the note that labels it, ``markers``, ``notes`` [start, end, kind, place], ``findings``. Whether
an unlabelled mention is due follows from the register. What is not annotated (`UNJUDGED`) is left out of the figures.
"""

import hashlib
import json
import lzma
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from models.designations import findings
from models.designations.linking import Graph
from models.designations.register import Register
from models.types import Rules
from quality.designations.cases import Case, Mention, Note

ANNOTATIONS = Path(__file__).with_name("real.jsonl")
DATA = Path(__file__).parents[3] / "shared" / "data"
PARTS = ("development", "held_out")
UNJUDGED = frozenset({"wrong_footnote", "not_listed_at_date"})


def read_real(part: str, register: Register, *, data: Path = DATA) -> list[Case]:
    """The annotated articles of one part; empty where the sets are not there. ``ValueError`` names a text that is
    not the one that was annotated."""
    if not data.is_dir():
        return []
    rows = [json.loads(line) for line in ANNOTATIONS.read_text(encoding="utf-8").splitlines()]
    wanted = [row for row in rows if row["part"] == part]
    texts = dict(_texts(data, {(row["set"], row["id"]) for row in wanted}))
    return [_case(row, texts[row["set"], row["id"]], register) for row in wanted]


def _texts(data: Path, wanted: set[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
    for name in sorted({name for name, _ in wanted}):
        with _open(data, name) as lines:
            for line in lines:
                if (name, (row := json.loads(line))["id"]) in wanted:
                    yield (name, row["id"]), row["text"]


def _open(data: Path, name: str) -> TextIO:
    packed = data / "unlabelled" / f"{name}.jsonl.xz"
    if packed.exists():
        return lzma.open(packed, "rt", encoding="utf-8")
    return (data / "news" / f"{name}.jsonl").open(encoding="utf-8")


def _case(row: dict[str, Any], text: str, register: Register) -> Case:
    if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
        raise ValueError(f"{row['set']} {row['id']}: not the text that was annotated")
    on = date.fromisoformat(row["on"])
    judge = findings.Case(text, Graph((), (), ()), register, Rules(), on)

    def label(organisation: str, given: str) -> str:
        known = register.by_id.get(organisation)
        is_due = known is not None and any(judge.listing_due(known, place) for place in Rules().label_duty)
        return given or ("-" if is_due else "")

    return Case(
        source=f"{row['set']} {row['id']}",
        language=row["language"],
        text=text,
        mentions=tuple(Mention(start, end, name, label(name, given)) for start, end, name, given in row["mentions"]),
        markers=tuple((start, end) for start, end in row["markers"]),
        notes=tuple(Note(start, end, kind, place) for start, end, kind, place in row["notes"]),
        findings=tuple(row["findings"]),
        on=on,
        marking="every",
        unjudged=UNJUDGED,
    )
