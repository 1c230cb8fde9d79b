"""Who is quoted or cited: source, verb of saying and content, found by rules in English and Russian.

Four patterns, tried sentence by sentence: a quotation with a verb of saying before or after it; "according to X";
"…, X said" at the end; "X said that …". No grammar is parsed: a source is the words between the verb and the nearest
stop. What this misses is counted in ``CARD.md``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from models.source_bias.phrases import Word, words
from models.source_bias.quotes import Quotation
from models.source_bias.wordlists import ACCORDING_TO, SAYING
from models.types import Attribution, Span

_FEWEST_QUOTED_WORDS = 4  # fewer are names, titles or scare quotes
_REACH = 8  # words between a quotation and its verb of saying
_LONGEST_SOURCE = 14  # words
_STOP = re.compile(r"[,;:()]|\s[—–-]{1,2}\s|[.!?](?=\s|$)")
_THAT = re.compile(r"[^.!?,;\n]{0,40}?(?:\s|,\s?)(?:that|что)\b\s{0,2}|[\s,:]{1,3}", re.I)
_THAT_NEAR = re.compile(r"[^.!?,;\n]{0,40}(?:\sthat|,\s?что)\b", re.I)
_EDGES = " \t\xa0,;:—–-"
_DAY_RU = r"(?:понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)"
_IN_A = re.compile(rf"\s?(?:(?:в|во)\s{_DAY_RU}\s|(?:in|during|at|on|to|в|во|на)\s)+", re.I)

_ENDS = '.,;:!?)”"»*'
_ADVERBIAL_STARTS = words(
    "on in at during after before late early this last yesterday today monday tuesday wednesday thursday friday "
    "saturday sunday while when via through by as"
)
_MOST_TRIED = 12  # verbs and quotations of one sentence that are tried; a sentence made of "said" ends there
_LONGEST_CLAUSE = 6_000  # code points: sentences joined by quotations, bounded so that time stays linear

_Kind = Literal["direct", "indirect", "mixed", "none"]


@dataclass(frozen=True, slots=True)
class _Clause:
    """One sentence with what is looked for in it: its words and the quotations that touch it."""

    text: str
    start: int
    end: int
    words: Sequence[Word]
    quotations: Sequence[Quotation]
    language: str

    def is_saying(self, word: Word) -> bool:
        """Lower case only: the United States say nothing."""
        return word.folded in SAYING[self.language] and self.text[word.start].islower()

    def is_quoted(self, position: int) -> bool:
        return any(quotation.start <= position < quotation.end for quotation in self.quotations)

    def span(self, start: int, end: int) -> Span | None:
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip(_EDGES))
        end = start + len(self.text[start:end].rstrip(_EDGES))
        return Span(start, end, self.text[start:end]) if start < end else None


def find_attributions(
    text: str, sentences: Sequence[Span], tokens: Sequence[Word], quotations: Sequence[Quotation], language: str
) -> tuple[Attribution, ...]:
    """At most one attribution a sentence, in order; empty for a language without a list of verbs."""
    if language not in SAYING:
        return ()
    found = (_attribution(clause) for clause in _clauses(text, sentences, tokens, quotations, language))
    return tuple(attribution for attribution in found if attribution)


def _clauses(
    text: str, sentences: Sequence[Span], tokens: Sequence[Word], quotations: Sequence[Quotation], language: str
) -> Iterator[_Clause]:
    """Sentences; those that one quotation runs through are joined, so that its end finds its verb."""
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
                and sentences[position].start < quotations[last].end
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
        yield _Clause(text, start, end, tokens[word:after], quotations[quote:last], language)


def _attribution(clause: _Clause) -> Attribution | None:
    return _of_quotation(clause) or _according_to(clause) or _by_verb(clause) or _unattributed(clause)


def _long_quotations(clause: _Clause) -> list[Quotation]:
    found: list[Quotation] = []
    for quotation in clause.quotations[:_MOST_TRIED]:
        words = clause.text[quotation.inner_start : quotation.inner_end].split(None, _FEWEST_QUOTED_WORDS)
        if len(words) >= _FEWEST_QUOTED_WORDS:
            found.append(quotation)
    return found


def _of_quotation(clause: _Clause) -> Attribution | None:
    """``“…,” said X``, ``“…,” X said``, ``«…», — сказал X``, ``X said: “…”``."""
    for quotation in _long_quotations(clause):
        content = clause.span(quotation.start, quotation.end)
        after = [word for word in clause.words if word.start >= quotation.end][:_REACH]
        for place, word in enumerate(after):
            if clause.is_saying(word) and not clause.is_quoted(word.start):
                source = clause.span(quotation.end, word.start) if place else _source_after(clause, word.end)
                return Attribution("direct", source or _source_after(clause, word.end), _cue(word, clause), content)
        before = [word for word in clause.words if word.end <= quotation.start][-_REACH:]
        for word in reversed(before):
            if clause.is_saying(word) and not clause.is_quoted(word.start):
                is_whole = not clause.text[word.end : quotation.start].strip(" \xa0,:—–-")
                that = _THAT.match(clause.text, word.end)
                start = quotation.start if is_whole or not that else that.end()
                content = clause.span(start, quotation.end if is_whole else clause.end)
                source = _source_before(clause, word.start)
                return Attribution("direct" if is_whole else "mixed", source, _cue(word, clause), content)
    return None


def _according_to(clause: _Clause) -> Attribution | None:
    """``According to X, …``, ``…, по словам X``."""
    phrases = ACCORDING_TO[clause.language]
    for position in range(len(clause.words)):
        match = phrases.at(clause.text, clause.words, position)
        if not match or clause.is_quoted(match.start):
            continue
        source = _source_after(clause, match.end)
        if not source:
            continue
        leads = match.start - clause.start < 25
        content = clause.span(source.end, clause.end) if leads else clause.span(clause.start, match.start)
        cue = Span(match.start, match.end, clause.text[match.start : match.end])
        return Attribution(_kind(clause, content), source, cue, content) if content else None
    return None


def _by_verb(clause: _Clause) -> Attribution | None:
    """``…, X said on Monday``, ``…, сообщает X``, ``X said that …``."""
    saying = ((place, word) for place, word in enumerate(clause.words) if clause.is_saying(word))
    for place, word in islice(saying, _MOST_TRIED):
        if clause.is_quoted(word.start):
            continue
        rest = clause.words[place + 1 :]
        comma = clause.text.rfind(",", clause.start, word.start)
        is_tail = comma - clause.start > 30 and len(rest) <= 2 * _REACH and _is_tail_source(clause, comma + 1, word)
        if is_tail:
            source = clause.span(comma + 1, word.start) or _source_after(clause, word.end)
            content = clause.span(clause.start, comma)
        else:
            source = _source_before(clause, word.start)
            that = _THAT.match(clause.text, word.end)
            content = clause.span(that.end() if that else word.end, clause.end)
        if source and content and len(content.text.split()) >= 3:
            return Attribution(_kind(clause, content), source, _cue(word, clause), content)
    return None


def _is_tail_source(clause: _Clause, start: int, word: Word) -> bool:
    """Between the last comma and the verb stands a short name, or nothing (Russian puts the verb first)."""
    between = clause.text[start : word.start].split()
    rest = clause.text[word.end : clause.end].lower().split()
    if clause.language == "en" and rest and rest[0].strip(_ENDS) and rest[0].strip(_ENDS) not in _ADVERBIAL_STARTS:
        return False  # "…, X announced the start of …": what follows is the content
    return len(between) <= _REACH and not _THAT_NEAR.match(clause.text, word.end)


def _unattributed(clause: _Clause) -> Attribution | None:
    """A long quotation in whose sentence nobody is said to speak."""
    for quotation in _long_quotations(clause):
        return Attribution("none", None, None, clause.span(quotation.start, quotation.end))
    return None


def _source_after(clause: _Clause, start: int) -> Span | None:
    end = min([stop.start() for stop in _STOP.finditer(clause.text, start, clause.end)][:1] or [clause.end])
    for quotation in clause.quotations:
        if start <= quotation.start < end:
            end = quotation.start
    if lead := _IN_A.match(clause.text, start, end):
        start = lead.end()
    named = [word for word in clause.words if start <= word.start and word.end <= end][:_LONGEST_SOURCE]
    return clause.span(named[0].start, named[-1].end) if named else None


def _source_before(clause: _Clause, end: int) -> Span | None:
    """The words before the verb, back to the nearest stop; an apposition in commas belongs to the source."""
    stops = [stop.end() for stop in _STOP.finditer(clause.text, clause.start, end)]
    if stops and not clause.text[stops[-1] : end].strip():
        stops = stops[:-2]  # "X, head of Y, said": both commas are inside
    start = stops[-1] if stops else clause.start
    for quotation in clause.quotations:
        if start < quotation.end <= end:
            start = quotation.end
    named = [word for word in clause.words if start <= word.start and word.end <= end][-_LONGEST_SOURCE:]
    return clause.span(named[0].start, end) if named else None


def _kind(clause: _Clause, content: Span | None) -> _Kind:
    if content is None:
        return "indirect"
    for quotation in clause.quotations:
        if quotation.start <= content.start + 1 and quotation.end >= content.end - 1:
            return "direct"
    touched = any(content.start <= quotation.start < content.end for quotation in clause.quotations)
    return "mixed" if touched else "indirect"


def _cue(word: Word, clause: _Clause) -> Span:
    return Span(word.start, word.end, clause.text[word.start : word.end])
