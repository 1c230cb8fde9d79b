"""The text of an article with every label that is due, beside the text as sent: what would be put in, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from service.context import context
from service.labelled import label_article
from service.review.article import find_article
from service.review.findings import Reading, read_report
from service.review.highlight import is_within, join_ranges
from service.review.visitor import user_required
from store.articles import get_report

if TYPE_CHECKING:
    from models.designations.labelling import LabelledText

_CONTEXT = 60  # code points before and after what is put in


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the labelled text; ``anchor`` is that of a piece that was put in."""

    text: str
    is_veiled: bool = False
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One insertion with the words around it."""

    anchor: str
    kind: str
    before: str
    text: str
    after: str
    is_veiled: bool


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>/labelled", "labelled", labelled)


@user_required
def labelled(article_id: str) -> ResponseReturnValue:
    """``?jurisdiction=``, by default the first of OBELUS_LABEL_DUTY."""
    settings = context().settings
    known = tuple(sorted({*settings.jurisdictions, *settings.label_duty}))
    asked = request.args.get("jurisdiction") or next(iter(settings.label_duty), known[0])
    if asked not in known:
        abort(404)
    with context().database.reading() as session:
        row = find_article(session, article_id)
        report = get_report(session, row)
        if report is None or row.erased_at is not None:
            abort(404)
        made = label_article(row, report, settings, jurisdiction=asked)
        return render_template(
            "review/labelled.html",
            article=row,
            parts=list(_parts(made, read_report(report))),
            changes=list(_changes(made, read_report(report))),
            jurisdiction=asked,
            jurisdictions=known,
        )


def _parts(made: "LabelledText", reading: Reading) -> Iterator[Part]:
    veils = join_ranges(made.source, reading.veiled)
    edges = sorted({edge for veil in veils for edge in veil})
    at = number = 0
    for piece, insertion in made.pieces():
        if insertion is not None:
            yield Part(piece, anchor=f"i{number}")
            number += 1
            continue
        end = at + len(piece)
        cuts = [at, *(edge for edge in edges if at < edge < end), end]
        for start, stop in pairwise(cuts):
            if start < stop:
                yield Part(made.source[start:stop], is_within(start, veils))
        at = end


def _changes(made: "LabelledText", reading: Reading) -> Iterator[Change]:
    veils = join_ranges(made.source, reading.veiled)
    for number, insertion in enumerate(made.insertions):
        begin, end = max(insertion.at - _CONTEXT, 0), insertion.at + _CONTEXT
        yield Change(
            anchor=f"i{number}",
            kind=insertion.kind,
            before=made.source[begin : insertion.at].rpartition("\n")[2],
            text=insertion.text,
            after=made.source[insertion.at : end].partition("\n")[0],
            is_veiled=any(start < end and begin < stop for start, stop in veils),
        )
