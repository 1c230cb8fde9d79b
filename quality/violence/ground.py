"""What is measured on: held-out rows of all sets, our own sentences with their marks, and whole articles.

Every profile is measured on the same held-out rows (part "dev" of the sets of ``research``), and its baselines learn
from exactly the rows that its weights learned from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.annotations import Sentence, read_own_set
from training.data.news import PEACEFUL_CATEGORIES
from training.data.own import read_own_violence
from training.datasets import Example, Profile, datasets_of, read_examples
from training.rows import Part, normalised, part_of, read_jsonl

AXES = ("describes", "graphic", "inciting")
LANGUAGES = ("en", "ru")
OWN = "own_violence"
READ = "real news, read by us"  # sentences of other sets with our own labels, all together
# Sets whose labels of an axis owe nothing to our triggers: a fair contest between triggers and network.
INDEPENDENT = {
    "describes": (OWN, "own_sentences", "current_events", "plover", READ),
    "graphic": (OWN, "own_sentences", "trigger_warnings", READ),
    "inciting": (OWN, "own_sentences", "edos", "threatgram", READ),
}


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """A sentence of our own set and the part it is in; those of one group are drawn together."""

    sentence: Sentence
    part: Part

    @property
    def group(self) -> str:
        return self.sentence.group


@dataclass(frozen=True, slots=True)
class WholeArticle:
    """An article whose label is the whole article's."""

    text: str
    language: str
    is_violent: bool
    group: str


@dataclass(frozen=True, slots=True)
class Ground:
    """``examples`` are all rows of ``research`` that say anything of violence."""

    examples: tuple[Example, ...]
    own: tuple[OwnSentence, ...]

    @property
    def dev(self) -> list[Example]:
        return [example for example in self.examples if example.part == "dev"]

    @property
    def held_out(self) -> list[OwnSentence]:
        return [one for one in self.own if one.part == "dev"]


def read_ground(data: Path) -> Ground:
    examples = map(_together, read_examples(datasets_of("research"), data))
    return Ground(tuple(example for example in examples if _is_violence(example)), tuple(read_own()))


def _together(example: Example) -> Example:
    """What we labelled of many sets is one set here."""
    return replace(example, dataset=READ) if example.dataset.endswith("_labelled") else example


def read_own() -> Iterator[OwnSentence]:
    """Our own set in order, with the parts that training gives it."""
    for sentence, row in zip(read_own_set(), read_own_violence(Path()), strict=True):
        yield OwnSentence(sentence, row.part or part_of(OWN, row.group))


def learned_from(profile: Profile, ground: Ground, data: Path) -> list[Example]:
    """The training and calibration rows of a profile, without any text that is held out."""
    datasets = datasets_of(profile)
    examples = ground.examples if profile == "research" else list(map(_together, read_examples(datasets, data)))
    names = {d.name for d in datasets if not d.is_figures_only} | {READ}
    held_out = {normalised(example.row.text) for example in ground.dev}
    return [
        example
        for example in examples
        if example.part != "dev"
        and example.dataset in names
        and _is_violence(example)
        and normalised(example.row.text) not in held_out
    ]


def _is_violence(example: Example) -> bool:
    return any(head.startswith("violence.") for head in example.row.labels)


def read_muc4(data: Path) -> Iterator[WholeArticle]:
    """Relevant or not: does the article report a terrorist incident?"""
    for row in read_jsonl(data / "violence/muc4.jsonl"):
        if row["split"] == "dev":
            yield WholeArticle(row["text"], "en", bool(row["labels"]["relevant"]), row["id"])


def read_russian_pages(data: Path) -> Iterator[WholeArticle]:
    """Pages of a crime rubric against posts that people put under a peaceful category; none was trained on (dev and
    calibration parts). A rubric holds fraud too, so some of its pages are rightly not found."""
    for row in read_jsonl(data / "violence/lenta_crime_ru.jsonl"):
        if part_of("lenta_crime", row["id"]) != "train":
            yield WholeArticle(row["text"], "ru", is_violent=True, group=row["id"])
    for row in read_jsonl(data / "violence/tgcontest_categories.jsonl"):
        is_peaceful = row["labels"]["category"] in PEACEFUL_CATEGORIES
        if row["lang"] == "ru" and is_peaceful and part_of("tgcontest", row["id"]) != "train":
            yield WholeArticle(row["text"], "ru", is_violent=False, group=row["id"])


def own_articles(own: tuple[OwnSentence, ...], *, held_out_only: bool) -> Iterator[WholeArticle]:
    """Our own articles, headline first; violent where any sentence describes violence."""
    lines: dict[tuple[str, str], list[OwnSentence]] = {}
    for one in own:
        if one.sentence.article and (one.part == "dev" or not held_out_only):
            lines.setdefault((one.sentence.language, one.sentence.article), []).append(one)
    for (language, _), members in lines.items():
        text = "\n".join([members[0].sentence.title or "", *(one.sentence.text for one in members)]).strip()
        yield WholeArticle(text, language, any("describes" in one.sentence.axes for one in members), members[0].group)
