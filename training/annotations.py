"""Our own set of sentences about violence (``training/data/violence/``; guide: docs/annotation.md).

``THEME.LANGUAGE.tsv`` holds single sentences, ``THEME.articles.LANGUAGE.tsv`` short articles, a sentence a line under a
``#`` header; one person wrote and annotated a theme. ``second.LANGUAGE.tsv`` is a tenth annotated again, blindly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.violence.labels import ROLES, TYPES

FOLDER = Path(__file__).parent / "data" / "violence"
AXES = {"d": "describes", "g": "graphic", "i": "inciting"}
REGISTERS = ("news", "comment", "telegram")
SECOND = "second"
_MARKUP = re.compile(r"\[(?P<type>[a-z_]+):(?P<words>[^\[\]{}]+)\]|\{(?P<role>[a-z]+):(?P<part>[^\[\]{}]+)\}")
_AXES = re.compile(r"-|d?g?i?")
_HEADER = re.compile(r"# (?P<id>\S+) (?P<language>en|ru) (?P<register>\w+) (?P<title>\S.*)")


class AnnotationError(ValueError):
    """File, line and what does not hold."""


@dataclass(frozen=True, slots=True)
class Span:
    """``label`` is a type of violence or a role; offsets in the sentence."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One annotated sentence. ``template`` names the idea it was written after, ``article`` the article it is in."""

    text: str
    language: str
    axes: frozenset[str]
    severity: int
    spans: tuple[Span, ...]
    register: str = ""
    template: str = ""
    theme: str = ""
    article: str | None = None
    title: str | None = None

    @property
    def types(self) -> frozenset[str]:
        return frozenset(span.label for span in self.spans if span.label in TYPES)

    @property
    def group(self) -> str:
        """What must not be torn between training and held-out: one idea of one writer, in both languages.

        Contrasts of an idea ("bridge-heroes", "bridge-firemen") share its first word. Articles of a theme with one
        number tell the same story in both languages.
        """
        if self.article:
            return f"{self.theme}:article-{self.article.rsplit('-', 1)[-1]}"
        return f"{self.theme}:{self.template.removeprefix('ru-').split('-')[0]}"


def read_own_set(folder: Path = FOLDER) -> list[Sentence]:
    """All sentences in order of file. ``AnnotationError`` names the file and line that does not hold."""
    return [
        sentence
        for path in sorted(folder.glob("*.tsv"))
        if not path.name.startswith(SECOND)
        for sentence in _read_file(path)
    ]


def read_second(language: str, folder: Path = FOLDER) -> list[Sentence]:
    """The blind second annotation of a tenth."""
    path = folder / f"{SECOND}.{language}.tsv"
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            _, axes, severity, text = line.split("\t")
            found.append(_sentence(axes, severity, text, language))
        except ValueError as error:
            raise AnnotationError(f"{path.name}, line {number}: {error}") from None
    return found


def _read_file(path: Path) -> Iterator[Sentence]:
    theme, *_, language = path.name.removesuffix(".tsv").split(".")
    header: re.Match[str] | None = None
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            if line.startswith("#"):
                header = _HEADER.fullmatch(line)
                if header is None:
                    raise ValueError("an article's header is: # id language register title")
                continue
            axes, severity, register, template, text = line.split("\t")
            if register not in REGISTERS:
                raise ValueError(f"the register is one of {', '.join(REGISTERS)}")
            sentence = _sentence(axes, severity, text, language)
        except ValueError as error:
            raise AnnotationError(f"{path.name}, line {number}: {error}") from None
        yield Sentence(
            sentence.text, language, sentence.axes, sentence.severity, sentence.spans, register, template, theme,
            header["id"] if header else None, header["title"] if header else None,
        )  # fmt: skip


def _sentence(axes: str, severity: str, marked: str, language: str) -> Sentence:
    """A line's fields, checked against one another."""
    if not axes or not _AXES.fullmatch(axes):
        raise ValueError("the axes are letters of d, g, i in this order, or -")
    text, spans = read_markup(marked)
    named = frozenset(AXES[letter] for letter in axes if letter != "-")
    is_violent = bool(named & {"describes", "inciting"})
    if is_violent != any(span.label in TYPES for span in spans):
        raise ValueError("a trigger stands where, and only where, the sentence describes or incites")
    if not severity.isdigit() or not 0 <= int(severity) <= 7 or (int(severity) > 0) != is_violent:
        raise ValueError("the severity is 1 to 7 where the sentence describes or incites, else 0")
    return Sentence(text, language, named, int(severity), spans)


def read_markup(marked: str) -> tuple[str, tuple[Span, ...]]:
    """The plain text and the spans marked in it. ValueError for an unknown label or a bracket left over."""
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for match in _MARKUP.finditer(marked):
        label, words = match["type"] or match["role"], match["words"] or match["part"]
        if label not in (TYPES if match["type"] else ROLES):
            raise ValueError(f"unknown label {label}")
        parts += [marked[at : match.start()], words]
        length += len(parts[-2])
        spans.append(Span(length, length + len(words), label))
        length += len(words)
        at = match.end()
    text = "".join([*parts, marked[at:]])
    if re.search(r"[\[\]{}]", text):
        raise ValueError("a bracket of the markup is left over")
    return text, tuple(spans)
