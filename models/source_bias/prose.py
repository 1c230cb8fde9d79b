"""Which sentences of a text are read as prose: not code, tables, bare lists, labels, nor what the web page left.

The text is judged line by line (a sentence never crosses a line break), each by its own signs and those of its
neighbours, so the time grows with the text only. A line that stands alone is read unless it is plainly code or a table
row: a headline or one quoted sentence is prose too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from models.types import Evidence, Span

RESIDUE_SHARE = 1 / 3  # a sentence of which this much is residue is not read as prose

Kind = Literal["prose", "code", "table", "item", "label", "verse", "blank"]

_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_STOP = re.compile(r"[.!?…][\"”’»)\]*_]*\s*$")
_CLOSED = re.compile(r"[.!?…,;]\W*$")
_LOWER_START = re.compile(r"\W*[a-zà-ÿа-яё]")
_PAUSE = re.compile(r"[,;:—–-]\s*$")
_MARKER = re.compile(r"\s*(?:[-–—*•·▪◦●➤►➖✔✓☑]|\d{1,3}[.)]|[a-zа-я][.)]|\(\d{1,2}\))\s+")
_LINK = re.compile(r"https?://\S+|\]\([^()\s]*\)")

_FENCE = re.compile(r"\s*```")
_CODE_START = re.compile(
    r"\s*(?:def \w+\(|class \w+\s?[(:{]|from [\w.]+ import |import [\w.{]+;?\s*$|#include\b|#!/|@\w+(?:\([^()]*\))?\s*$"
    r"|</?[a-zA-Z!][^<>]{0,200}>|[}\])]+[;,]?\s*$|\{|//|/\*|\*/|\$ \w|>>> |(?:var|let|const) \w+ ?="
    r"|(?:if|for|while|elif|else if|switch|try|except|else)\b[^\n]{0,200}[:{]\s*$|(?:SELECT|INSERT INTO|CREATE TABLE)\s"
    r"|(?:return|await|async|function|public|private|static|void|int)\b[^\n]{0,200}[(){};=]"
    r"|[\w.\[\]\"']+\s?[-+*/|]?=\s?\S|[\w.]+\([^()\n]{0,200}\);?\s*$)"
)
_CODE_END = re.compile(r"[({\[=)\w\"'][;{}]\s*$|[=(]>\s*\{?\s*$")
_SYMBOL = re.compile(r"[{}();=<>\[\]\\|&$#]")
_CODE_SYMBOLS = 0.25  # of the characters of a line that is code by itself

_COLUMNS = re.compile(r"\S(?:\t| {3,})(?=\S)")
_NUMBER = re.compile(r"[-–+$€₽%()\d.,:/×x]*\d[-–+$€₽%()\d.,:/×x]*|-{1,3}|—|–")

_MOST_ITEM_WORDS = 5
_MOST_LIST_WORDS = 3
_MOST_LABEL_WORDS = 6
_MOST_CODE_WORDS = 25
_FEWEST_LIST_LINES = 3
_MOST_VERSE_WORDS = 10
_FEWEST_VERSE_LINES = 4


@dataclass(frozen=True, slots=True)
class Prose:
    """The sentences read as prose with their rows in the article's sentences. ``told``: those that may report what
    somebody said, for a poem has no sources. ``excluded``: what is no prose, in order, residue included."""

    rows: tuple[int, ...]
    sentences: tuple[Span, ...]
    told: tuple[Span, ...]
    excluded: tuple[Span, ...]


def prose_sentences(text: str, sentences: Sequence[Span], residue: Sequence[Evidence]) -> Prose:
    """What of *sentences* (in order, none over a line break) is prose; *residue* as ``find_residue`` gives."""
    lines = list(_LINE.finditer(text))
    kinds = _kinds([line[0] for line in lines])
    rows, told, dropped = [], [], []
    line, first = 0, 0
    for row, sentence in enumerate(sentences):
        while lines[line].end() <= sentence.start:
            line += 1
        while first < len(residue) and residue[first].end <= sentence.start:
            first += 1
        is_residue = _covered(sentence, residue, first) >= RESIDUE_SHARE * (sentence.end - sentence.start)
        if is_residue or kinds[line] not in ("prose", "verse") or not _LETTER.search(sentence.text):
            dropped.append(sentence)
            continue
        rows.append(row)
        if kinds[line] == "prose":
            told.append(sentence)
    kept = tuple(sentences[row] for row in rows)
    return Prose(tuple(rows), kept, tuple(told), tuple(_merged([*dropped, *residue])))


def _covered(sentence: Span, residue: Sequence[Evidence], first: int) -> int:
    """Code points of *sentence* that are residue; none of *residue* before *first* reaches it."""
    covered = 0
    while first < len(residue) and residue[first].start < sentence.end:
        covered += min(residue[first].end, sentence.end) - max(residue[first].start, sentence.start)
        first += 1
    return covered


def _merged(spans: Sequence[Span]) -> Iterator[Span]:
    last: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if last and span.start < last.end:
            if span.end > last.end:
                last = Span(last.start, span.end, last.text + span.text[last.end - span.start :])
            continue
        if last:
            yield last
        last = Span(span.start, span.end, span.text)
    if last:
        yield last


def _kinds(lines: Sequence[str]) -> list[Kind]:
    words = [len(_WORD.findall(line)) for line in lines]
    kinds: list[Kind] = ["prose" if line.strip() else "blank" for line in lines]
    for mark in (_mark_code, _mark_tables, _mark_lists, _mark_verse):
        mark(lines, words, kinds)
    return kinds


def _mark_code(lines: Sequence[str], words: Sequence[int], kinds: list[Kind]) -> None:
    """Fenced blocks, runs of two lines that look like code (with what is indented between), lines full of symbols."""
    is_fenced = False
    fences = sum(_FENCE.match(line) is not None for line in lines) // 2 * 2  # one that is not closed opens nothing
    looks = []
    for index, line in enumerate(lines):
        is_fence = fences > 0 and _FENCE.match(line) is not None
        fences -= is_fence
        looks.append(is_fenced or is_fence or (words[index] <= _MOST_CODE_WORDS and _looks_like_code(line)))
        if is_fenced or is_fence or _is_symbols(line):
            kinds[index] = "code"
        is_fenced ^= is_fence
    shown = [index for index, kind in enumerate(kinds) if kind != "blank"]
    for before, here in pairwise(shown):
        if looks[before] and looks[here]:
            kinds[before] = kinds[here] = "code"
        elif kinds[before] == "code" and lines[here].startswith(("  ", "\t")) and words[here] <= _MOST_ITEM_WORDS:
            kinds[here] = "code"


def _looks_like_code(line: str) -> bool:
    bare = _LINK.sub("", line)
    cyrillic = len(re.findall("[а-яё]", bare, re.I))
    if 2 * cyrillic > len(bare.strip()) and not bare.lstrip().startswith(("//", "#", "/*")):
        return False
    return _CODE_START.match(bare) is not None or _CODE_END.search(bare) is not None


def _is_symbols(line: str) -> bool:
    bare = _LINK.sub("", line)
    solid = len(bare) - bare.count(" ") - bare.count("\t")
    return solid >= 12 and len(_SYMBOL.findall(bare)) >= _CODE_SYMBOLS * solid  # a smiley is no code


def _mark_tables(lines: Sequence[str], _words: Sequence[int], kinds: list[Kind]) -> None:
    """Rows with tabs, wide gaps, bars or mostly numbers; rows of short cells parted alike in two lines running."""
    for index, line in enumerate(lines):
        if kinds[index] == "prose" and (len(_COLUMNS.findall(line)) >= 2 or _is_numbers(line) or _is_barred(line)):
            kinds[index] = "table"
    for separator in (",", ";", "|"):
        cells = [_short_cells(line, separator) for line in lines]
        for index in range(1, len(lines)):
            if cells[index] and cells[index] == cells[index - 1] and kinds[index] in ("prose", "table"):
                kinds[index - 1] = kinds[index] = "table"


def _is_barred(line: str) -> bool:
    return line.count("|") >= 3 and line.strip().startswith("|") and line.strip().endswith("|")


def _is_numbers(line: str) -> bool:
    tokens = line.split()
    numbers = sum(_NUMBER.fullmatch(token) is not None for token in tokens)
    return numbers >= 3 and 2 * numbers > len(tokens)


def _short_cells(line: str, separator: str) -> int:
    """How many cells *line* has, 0 where it has under three or they are long or end as sentences do."""
    cells = line.count(separator) + 1
    if cells < 3 or _STOP.search(line) or len(line.split()) > 2 * cells:
        return 0
    return cells


def _mark_lists(lines: Sequence[str], words: Sequence[int], kinds: list[Kind]) -> None:
    """Marked items and labels that are no sentences, and three short lines running. A line alone is a headline."""
    shown = [index for index, kind in enumerate(kinds) if kind != "blank"]
    if len(shown) == 1:
        return
    for index in shown:
        line = lines[index]
        most = _MOST_LIST_WORDS if _STOP.search(line) else _MOST_ITEM_WORDS
        is_speech = most == _MOST_LIST_WORDS and line.lstrip()[0] in "-–—"  # "— No!", she says
        if kinds[index] == "prose" and _MARKER.match(line) and words[index] <= most and not is_speech:
            kinds[index] = "item"
        most = _MOST_LABEL_WORDS if line.isupper() else 1  # "She said:" has its quotation on the next line
        if kinds[index] == "prose" and line.rstrip().endswith(":") and words[index] <= most:
            kinds[index] = "label"
    is_short = [
        kind in ("item", "label", "blank")
        or (kind == "prose" and words[index] <= _MOST_LIST_WORDS and not _CLOSED.search(lines[index]))
        for index, kind in enumerate(kinds)
    ]
    for short, run in groupby(range(len(lines)), key=is_short.__getitem__):
        indices = [index for index in run if kinds[index] != "blank"]
        is_broken = any(_LOWER_START.match(lines[index]) for index in indices)  # one sentence, broken over lines
        if short and len(indices) >= _FEWEST_LIST_LINES and not is_broken:
            for index in indices:
                kinds[index] = "item" if kinds[index] == "prose" else kinds[index]


def _mark_verse(lines: Sequence[str], words: Sequence[int], kinds: list[Kind]) -> None:
    """Four short lines running of which few close a sentence and a third pause: a poem or a song."""
    could_be = [kind == "prose" and 2 <= words[index] <= _MOST_VERSE_WORDS for index, kind in enumerate(kinds)]
    shown = [index for index, kind in enumerate(kinds) if kind != "blank"]
    for is_verse, run in groupby(shown, key=could_be.__getitem__):
        indices = list(run)
        if not is_verse or len(indices) < _FEWEST_VERSE_LINES:
            continue
        stops = sum(_STOP.search(lines[index]) is not None for index in indices)
        pauses = sum(_PAUSE.search(lines[index]) is not None for index in indices)
        if 2 * stops <= len(indices) and 3 * pauses >= len(indices):
            for index in indices:
                kinds[index] = "verse"
