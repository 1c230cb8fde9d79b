"""Our report as a result of OpenAI's Moderations: its categories, and beside them what only we have to say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.wire import with_utf16_offsets

THRESHOLD = 0.5  # as for the labels of an article
Report = Mapping[str, Any]
_CLASSIFIERS = ("violence", "designations", "source_bias")


@dataclass(frozen=True, slots=True)
class Category:
    """One of OpenAI's. Its score is the highest of these axes of our violence report; none: we do not score it."""

    axes: tuple[str, ...]
    why: str


# docs/migrate-from-openai.md shows this table; a test compares them.
CATEGORIES: Mapping[str, Category] = {
    "harassment": Category((), "No classifier of ours reads harassment."),
    "harassment/threatening": Category((), "We score threats, not whether they are aimed at a person who is harassed."),
    "hate": Category((), "No classifier of ours reads hate."),
    "hate/threatening": Category((), "We score threats, not whether they are aimed at a protected group."),
    "illicit": Category((), "No classifier of ours reads instructions for wrongdoing."),
    "illicit/violent": Category((), "A call for violence is scored as violence; advice on how to commit it is not."),
    "self-harm": Category((), "No classifier of ours reads self-harm."),
    "self-harm/intent": Category((), "No classifier of ours reads self-harm."),
    "self-harm/instructions": Category((), "No classifier of ours reads self-harm."),
    "sexual": Category((), "No classifier of ours reads sexual content."),
    "sexual/minors": Category((), "No classifier of ours reads sexual content."),
    "violence": Category(
        ("score", "inciting"),
        "The higher of both: OpenAI counts what depicts death, violence or injury, and what threatens or praises.",
    ),
    "violence/graphic": Category(("graphic",), "The same in graphic detail."),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A text with its report; several make one result where the caller sent typed parts."""

    text: str
    report: Report


def describe_result(parts: Sequence[Part], *, unit: str) -> dict[str, Any]:
    """One entry of ``results``: every category a client of OpenAI's requires, the highest score of all parts.

    A category that was not scored is false, 0.0 and `[]`, and is named in ``obelus.not_scored``.
    """
    scores = {name: _score(category, parts) for name, category in CATEGORIES.items()}
    flags = {name: (score or 0.0) >= THRESHOLD for name, score in scores.items()}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": {name: score or 0.0 for name, score in scores.items()},
        "category_applied_input_types": {name: [] if score is None else ["text"] for name, score in scores.items()},
        "obelus": {
            "not_scored": [name for name, score in scores.items() if score is None],
            "offset_unit": unit,
            "parts": [_describe_part(part, unit) for part in parts],
        },
    }


def _score(category: Category, parts: Sequence[Part]) -> float | None:
    """None where no part has any of the axes: weights without a head, a language we do not read."""
    values = [part.report["violence"][axis] for part in parts for axis in category.axes]
    return max((value for value in values if value is not None), default=None)


def _describe_part(part: Part, unit: str) -> dict[str, Any]:
    report = with_utf16_offsets(part.report, part.text) if unit == "utf16" else part.report
    violence = report["violence"]
    return {
        "language": report["language"],
        "violence": {name: violence[name] for name in ("score", "graphic", "inciting", "severity", "types")},
        "findings": [finding for name in _CLASSIFIERS for finding in report[name]["findings"]],
    }


def mapping_table() -> str:
    """The categories as rows of Markdown."""
    scored = {name: " or ".join(f"`violence.{axis}`" for axis in one.axes) for name, one in CATEGORIES.items()}
    return "\n".join(f"| `{name}` | {scored[name] or 'not scored'} | {one.why} |" for name, one in CATEGORIES.items())
