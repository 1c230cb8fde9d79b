"""Are scores probabilities? Reliability tables, expected calibration error, and their picture."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from quality.figures import Bin, Vector, calibration_error, reliability
from quality.violence.ground import AXES, LANGUAGES, OWN
from training.datasets import Example

_SIDE, _GAP, _TOP = 180, 60, 70  # of a panel, between panels, above them; pixels
_COLOURS = {"own": "#b3261e", "all": "#1f5fa8"}
_SAID = {"own": "our own sentences, held out", "all": "held-out rows of all sets (mostly labelled by triggers)"}
_DASHES = {"research": "none", "permissive": "5 4"}


def measure_calibration(dev: Sequence[Example], scores: Mapping[str, Vector]) -> dict[str, Any]:
    """By axis and language, on our own held-out sentences and on the held-out rows of all sets that label the axis."""
    found: dict[str, Any] = {}
    for axis in AXES:
        for language in LANGUAGES:
            rows = [
                row
                for row, e in enumerate(dev)
                if e.row.language == language and f"violence.{axis}" in e.row.labels and not np.isnan(scores[axis][row])
            ]
            for ground in ("own", "all"):
                chosen = [row for row in rows if ground == "all" or dev[row].dataset == OWN]
                if chosen:
                    positive = np.array([dev[row].row.labels[f"violence.{axis}"] >= 0.5 for row in chosen])
                    found[f"{axis} {language} {ground}"] = _as_json(reliability(scores[axis][chosen], positive))
    return found


def _as_json(bins: Sequence[Bin]) -> dict[str, Any]:
    return {
        "rows": sum(one.count for one in bins),
        "ece": round(calibration_error(bins), 4),
        "bins": [[round(one.score, 3), round(one.positive, 3), one.count] for one in bins],
    }


def draw(profiles: Mapping[str, Mapping[str, Any]]) -> str:
    """An SVG: a panel for each axis and language, a line for each ground and profile; on the diagonal a score is a
    probability. The bigger a dot, the more rows it stands for."""
    width, height = len(AXES) * (_SIDE + _GAP) + _GAP, _TOP + len(LANGUAGES) * (_SIDE + _GAP)
    box = f'viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{_GAP}" y="16" font-size="13">Share of positives by score</text>',
        *_legend(profiles),
    ]
    for down, language in enumerate(LANGUAGES):
        for across, axis in enumerate(AXES):
            left, top = _GAP + across * (_SIDE + _GAP), _TOP + down * (_SIDE + _GAP)
            parts += _frame(left, top, f"{axis}, {language}")
            for profile, tables in profiles.items():
                for ground, colour in _COLOURS.items():
                    if table := tables.get(f"{axis} {language} {ground}"):
                        parts += _line(left, top, table["bins"], colour, _DASHES.get(profile, "none"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(profiles: Mapping[str, Any]) -> list[str]:
    parts = []
    x = _GAP
    for ground, colour in _COLOURS.items():
        parts.append(f'<circle cx="{x + 4}" cy="30" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{x + 12}" y="34">{escape(_SAID[ground])}</text>')
        x += 200
    x = _GAP
    for profile in profiles:
        dash = _DASHES.get(profile, "none")
        parts.append(f'<path d="M{x} 46h24" stroke="black" stroke-dasharray="{dash}"/>')
        parts.append(f'<text x="{x + 30}" y="50">{escape(profile)}</text>')
        x += 120
    return parts


def _frame(left: int, top: int, title: str) -> list[str]:
    bottom, right = top + _SIDE, left + _SIDE
    return [
        f'<rect x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>',
        f'<path d="M{left} {bottom}L{right} {top}" stroke="#999" stroke-dasharray="2 3"/>',
        f'<text x="{left}" y="{top - 5}">{escape(title)}</text>',
        *(
            f'<text x="{left + share * _SIDE:.0f}" y="{bottom + 14}" text-anchor="middle">{share:g}</text>'
            f'<text x="{left - 5}" y="{bottom - share * _SIDE + 4:.0f}" text-anchor="end">{share:g}</text>'
            for share in (0, 0.5, 1)
        ),
    ]


def _line(left: int, top: int, bins: Sequence[Sequence[float]], colour: str, dash: str) -> list[str]:
    points = [(left + score * _SIDE, top + (1 - share) * _SIDE, count) for score, share, count in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.2" stroke-dasharray="{dash}"/>',
        *(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{min(6.0, 1 + count**0.5 / 6):.1f}" fill="{colour}" '
            f'fill-opacity="0.6"><title>{count:.0f} rows</title></circle>'
            for x, y, count in points
        ),
    ]
