"""The text of an article with every label that is due, as plain text or as a piece of HTML."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import escape

from store.settings import Settings
from store.tables import ArticleRow

if TYPE_CHECKING:
    from models.designations.labelling import LabelledText

_LINE_BREAK = re.compile(r"\r\n?|[\u2028\u2029]")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")


def label_article(
    row: ArticleRow, report: Mapping[str, Any], settings: Settings, *, jurisdiction: str
) -> "LabelledText":
    """*row* must be in its session: its text is loaded here. *report* is that of the API contract."""
    from models.designations.labelling import LabelRequest, label_text  # the reader of markers: on first use

    request = LabelRequest(
        jurisdiction=jurisdiction,
        # The day that the classifier judged by: that of publication, else that of submission.
        on=date.fromisoformat(row.published_at[:10]) if row.published_at else row.created_at.date(),
        language=report["language"]["code"],
        marking=settings.marking,
    )
    return label_text(row.text, report["designations"], request)


def to_html(labelled: "LabelledText", report: Mapping[str, Any]) -> str:
    """An ``article`` element: paragraphs, line breaks and superscript markers; all else is escaped."""
    inside = _LINE_BREAK.sub("\n", "".join(_marked_up(labelled, report)))
    paragraphs = (part for part in _PARAGRAPH.split(inside.strip("\n")) if part)
    body = "\n".join("<p>" + part.replace("\n", "<br>\n") + "</p>" for part in paragraphs)
    return f'<article lang="{escape(report["language"]["code"])}">\n{body}\n</article>\n'


def _marked_up(labelled: "LabelledText", report: Mapping[str, Any]) -> Iterator[str]:
    mentions = report["designations"]["mentions"]
    marks = sorted({(m["marker"]["start"], m["marker"]["end"]) for m in mentions if m["marker"]}, reverse=True)
    at = 0
    for piece, insertion in labelled.pieces():
        if insertion is not None:
            yield f"<sup>{escape(piece)}</sup>" if insertion.kind == "marker" else str(escape(piece))
            continue
        end = at + len(piece)
        while marks and marks[-1][0] < end:
            start, stop = marks.pop()
            if start >= at and stop <= end:  # a mark is never cut: insertions stand beside it
                yield f"{escape(labelled.source[at:start])}<sup>{escape(labelled.source[start:stop])}</sup>"
                at = stop
        yield str(escape(labelled.source[at:end]))
        at = end
