"""Making visible what a text hides: zero-width, bidirectional and other control characters.

Sources: Unicode 17 general categories Cc, Cf, Zl, Zp; UAX #9 (bidirectional algorithm); UTS #55 (source code handling)
for what reorders or hides text. The characters stay in the page; a label is shown beside them by the style sheet.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

# Control characters but tab and line feed (U+000B and U+000C are hidden too), format characters, separators of
# lines and paragraphs, fillers that draw nothing, variation selectors, tags, non-characters at U+FFFE.
_HIDDEN_CLASS = (
    "\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"\r+|[{_HIDDEN_CLASS}]+")  # a carriage return apart: in HTML it must be written as a reference
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
# Scripts and emoji in which a joiner or a variation selector is spelling, not a trick.
_JOINABLE = frozenset({"So", "Sk", "Lo", "Mn", "Mc"})
_NAMED_IN_A_RUN = 3


class Piece(NamedTuple):
    """Plain text (``label`` is None), or hidden characters with what to show for them."""

    text: str
    label: str | None = None
    title: str | None = None


def pieces(text: str) -> Iterator[Piece]:
    """Split *text* into visible and hidden pieces; joined they are the text. A run of hidden ones is one piece."""
    shown = 0
    for found in _HIDDEN.finditer(text):
        start, end = found.span()
        if _is_spelling(text, start, end):
            continue
        if text[start:end] == "\r" and text[end : end + 1] == "\n":
            yield from _plain(text[shown:start])
            yield Piece("\r", "", None)  # a Windows line end: kept, nothing to point out
        else:
            yield from _plain(text[shown:start])
            run = text[start:end]
            yield _short_run(run) if len(run) <= _NAMED_IN_A_RUN else _hidden(run)
        shown = end
    yield from _plain(text[shown:])


def _hidden(run: str) -> Piece:
    return Piece(run, _label(run), _title(run))


@lru_cache(maxsize=1024)
def _short_run(run: str) -> Piece:
    return _hidden(run)


def _plain(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(text)


def _is_spelling(text: str, start: int, end: int) -> bool:
    """A joiner or emoji selector after a symbol or a letter of a joining script: part of what is seen."""
    if not _JOINERS.issuperset(text[start:end]) or end - start > 2 or start == 0:
        return False
    return unicodedata.category(text[start - 1]) in _JOINABLE


def _label(run: str) -> str:
    named = " ".join(f"U+{ord(character):04X}" for character in run[:_NAMED_IN_A_RUN])
    return f"{named} …×{len(run)}" if len(run) > _NAMED_IN_A_RUN else named


def _title(run: str) -> str:
    return ", ".join(unicodedata.name(character, "CONTROL CHARACTER") for character in run[:_NAMED_IN_A_RUN])


def spell_out(text: str | None) -> str:
    """*text* on one line with hidden characters written as ⟦U+202E⟧: for titles, names, notes and tooltips."""
    joined = "".join(
        piece.text if piece.label is None else f"⟦{piece.label}⟧" if piece.label else "" for piece in pieces(text or "")
    )
    return joined.replace("\n", " ").replace("\t", " ")


def shorten(text: str, longest: int) -> str:
    """At most *longest* code points, cut at a space where one is near, with an ellipsis."""
    if len(text) <= longest:
        return text
    space = text.rfind(" ", longest // 2, longest)
    return text[: space if space > 0 else longest].rstrip() + "…"
