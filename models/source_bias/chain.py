"""Quotations that go on: ``“A,” he said. “B.”``, ``he went on:`` before a paragraph, a quotation over paragraphs."""

from collections.abc import Iterable, Sequence

from models.source_bias.clauses import Clause, Draft
from models.source_bias.grammar_en import CLOSING
from models.source_bias.sources_ru import DASHES


def join_quotations(text: str, read: Iterable[tuple[Clause, Sequence[Draft]]]) -> None:
    """Let the content of an attribution run on through the sentences around it that are nothing but quotation, or
    the next ones of a speech that dashes mark.

    Changes the drafts in place. Source and cue then stand inside the content, as in ``“A,” he said. “B.”``.
    """
    speaker: Draft | None = None
    end = -1
    waiting: Clause | None = None  # a paragraph of quotation that was left open and has no speaker yet
    for clause, drafts in read:
        is_quoted = _is_quoted(clause)
        if drafts:
            if waiting and (first := drafts[0]).content and first.content[0] == clause.start:
                first.content = waiting.start, first.content[1]
            last = max(drafts, key=lambda draft: draft.content or (0, 0))
            speaker = last if last.is_ahead or _is_quoting(clause, last) or _is_dialogue(clause) else None
        elif speaker and speaker.content and _follows(text, end, clause):
            speaker.content = speaker.content[0], clause.last if not is_quoted else clause.end
        else:
            speaker = None
        is_left_open = is_quoted and speaker is None and clause.quotations[-1].end == clause.quotations[-1].inner_end
        waiting = (waiting or clause) if is_left_open and not drafts else None
        end = clause.end


def look_around(read: Sequence[tuple[Clause, list[Draft]]]) -> None:
    """Contents in the sentence before (``Об этом сообщает X``) or after (``he went on:``). An attribution that has
    no content then is dropped."""
    for number, (_, drafts) in enumerate(read):
        for draft in drafts:
            other = number + 1 if draft.is_ahead else number - 1 if draft.is_back else -1
            if 0 <= other < len(read):
                draft.elsewhere = read[other][0]
                draft.content = draft.elsewhere.start, draft.elsewhere.end
        drafts[:] = [draft for draft in drafts if draft.content]


def _is_quoting(clause: Clause, draft: Draft) -> bool:
    start, end = draft.content or (0, 0)
    return any(start - 2 < quotation.end and quotation.start < end for quotation in clause.quotations)


def _is_quoted(clause: Clause) -> bool:
    return bool(clause.quotations) and bool(clause.words) and min(clause.quoted) >= 0


def _is_dialogue(clause: Clause) -> bool:
    """``- A, - сказал X.``: a dash begins what is said."""
    return clause.text[clause.start] in DASHES


def _follows(text: str, end: int, clause: Clause) -> bool:
    """In the same paragraph, or in the next one unless this one ends with the mark that closes a quotation."""
    between = text[end : clause.start]
    is_same = "\n" not in between and "\r" not in between
    if not _is_quoted(clause):
        return is_same and _is_dialogue(clause)
    return is_same or text[max(0, end - 2) : end].strip()[-1:] not in CLOSING
