"""What attributions are looked for in: a sentence as its words, the marks between them, and its quotations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from models.source_bias.phrases import Word
from models.source_bias.quotes import Quotation
from models.types import Span

_EDGES = " \t\xa0,;:—–-"
_LONGEST_CLAUSE = 6_000  # code points: sentences joined by quotations, bounded so that time stays linear

_MOST_WORDS = 400  # read of one clause

Place = tuple[int, int]
"""``[start, end)`` in the text."""


@dataclass(frozen=True)
class Clause:
    """One sentence with what is looked for in it: its words and the quotations that touch it."""

    text: str
    start: int
    end: int
    words: Sequence[Word]
    quotations: Sequence[Quotation]

    @cached_property
    def forms(self) -> list[str]:
        return [word.folded for word in self.words]

    @cached_property
    def gaps(self) -> list[str]:
        """``gaps[i]`` is what stands before word *i*, without spaces; the last one what stands after all words.

        The full stop of an abbreviation is left out: within a sentence it parts nothing.
        """
        edges = [self.start, *(word.end for word in self.words)]
        starts = [*(word.start for word in self.words), self.end]
        gaps = [self.text[left:right].strip() for left, right in zip(edges, starts, strict=True)]
        return [gap[1:] if gap[:2] in (".", ".,", ".)") else gap for gap in gaps[:-1]] + gaps[-1:]

    @cached_property
    def quoted(self) -> list[int]:
        """For each word the number of the quotation that it stands in, or -1."""
        found, at = [], 0
        for word in self.words:
            while at < len(self.quotations) and self.quotations[at].end <= word.start:
                at += 1
            inside = at < len(self.quotations) and self.quotations[at].start < word.start
            found.append(at if inside else -1)
        return found

    @property
    def last(self) -> int:
        """The end without its full stop, which belongs to no content."""
        tail = self.gaps[-1]
        return self.end - len(tail) + len(tail.rstrip(".;"))

    @property
    def is_open(self) -> bool:
        """Ends with a colon: what follows belongs to it."""
        return self.gaps[-1].endswith(":")

    def is_capital(self, position: int) -> bool:
        return self.text[self.words[position].start].isupper()

    @cached_property
    def is_title(self) -> bool:
        """A headline in capitals: most longer words begin with one, and it is short."""
        longer = [number for number, form in enumerate(self.forms) if len(form) > 3]
        return 3 <= len(self.words) <= 25 and sum(map(self.is_capital, longer)) > 0.8 * len(longer)

    def ends_with(self, position: int, marks: str) -> bool:
        """Whether the gap before word *position* ends with one of *marks*."""
        return self.gaps[position].endswith(tuple(marks))

    def place(self, first: int, last: int) -> Place:
        """Words *first* to *last*, both included."""
        return self.words[first].start, self.words[last].end

    def trim(self, start: int, end: int) -> Place | None:
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip(_EDGES))
        end = start + len(self.text[start:end].rstrip(_EDGES))
        return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Cue:
    """The words *start* to *last* that attribute, with the verb at *at*, and what follows it (``frame``)."""

    start: int
    at: int
    last: int
    frame: str
    lemma: str = ""
    is_gerund: bool = False
    is_infinitive: bool = False


@dataclass(slots=True)
class Draft:
    """An attribution by word numbers: cue and source as (first, last), content in code points."""

    cue: Place
    source: Place | None
    content: Place | None
    segment: int  # the word where the words of this attribution begin: contents before it end there
    is_chained: bool = False  # its source is that of an earlier one
    lemma: str = ""
    is_infinitive: bool = False
    is_sure: bool = False  # a plain verb of speech, not within what another source says
    is_doubtful: bool = False  # more often no attribution than one
    cue_place: Place | None = None  # in code points, of a cue that is no word: the colon of ``NAME: …``
    is_back: bool = False  # what is said stands in the sentence before
    elsewhere: "Clause | None" = None  # the sentence that the content stands in, where it is another
    is_ahead: bool = False  # what is said begins with the next sentence: ``he went on:``


def read_clauses(
    text: str, sentences: Sequence[Span], tokens: Sequence[Word], quotations: Sequence[Quotation]
) -> Iterator[Clause]:
    """Sentences; those that one quotation runs through are joined, so that its end finds its verb, and what follows
    one that ends with a question or a shout: ``“Who knows?” Bell said.``"""
    word = quote = position = 0
    while position < len(sentences):
        start, end = sentences[position].start, sentences[position].end
        position += 1
        while quote < len(quotations) and quotations[quote].end <= start:
            quote += 1
        last = quote
        while last < len(quotations) and quotations[last].start < end:
            while (
                position < len(sentences)
                and _runs_on(text, quotations[last], end, sentences[position])
                and end - start < _LONGEST_CLAUSE
            ):
                end = sentences[position].end
                position += 1
            last += 1
        while word < len(tokens) and tokens[word].start < start:
            word += 1
        after = word
        while after < len(tokens) and tokens[after].end <= end:
            after += 1
        yield Clause(text, start, end, tokens[word : min(after, word + _MOST_WORDS)], quotations[quote:last])


def _runs_on(text: str, quotation: Quotation, end: int, following: Span) -> bool:
    if following.start < quotation.end:
        return True
    is_same_line = "\n" not in text[end : following.start] and "\r" not in text[end : following.start]
    return (
        quotation.end == end and text[quotation.inner_end - 1] in "?!" and is_same_line and following.text[0].isalpha()
    )
