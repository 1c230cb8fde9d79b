"""The style sheet keeps its promises: enough contrast in both schemes, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest

import service.review

STYLE = (Path(service.review.__file__).parent / "static" / "obelus.css").read_text("utf-8")
_TOKEN = re.compile(r"--([a-z_-]+): (#[0-9a-f]{6});")
_LIGHT, _DARK = (dict(_TOKEN.findall(block)) for block in STYLE.split("@media (prefers-color-scheme: dark)")[:2])
FAMILIES = ("violence", "designations", "source_bias")
# (what is drawn, on what, least ratio): WCAG 2.2, 1.4.3 for text, 1.4.11 for the lines that tell the families apart
PAIRS = [
    *[(ink, ground, 4.5) for ink in ("ink", "quiet", "link", "accent", *FAMILIES) for ground in ("paper", "sheet")],
    *[("ink", f"{family}-{depth}", 4.5) for family in FAMILIES for depth in ("tint", "deep")],
    *[(family, f"{other}-{depth}", 3.0) for family in FAMILIES for other in FAMILIES for depth in ("tint", "deep")],
    ("on-accent", "accent", 4.5),
    ("sheet", "violence", 4.5),
    ("sheet", "ink", 4.5),
    ("control", "sheet", 3.0),
    ("control", "paper", 3.0),
]


def luminance(color: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("drawn", "ground", "least"), PAIRS, ids=str)
def test_contrast_is_enough(scheme: str, drawn: str, ground: str, least: float) -> None:
    tokens = _LIGHT if scheme == "light" else _LIGHT | _DARK

    assert contrast(tokens[drawn], tokens[ground]) >= least


def test_every_colour_has_a_dark_counterpart() -> None:
    assert set(_LIGHT) == set(_DARK)


def test_the_style_sheet_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|@font-face|https?:", STYLE)


def test_every_token_in_use_is_defined() -> None:
    used = set(re.findall(r"var\(--([a-z_-]+)", STYLE))
    defined = set(re.findall(r"--([a-z_-]+):", STYLE))

    assert used <= defined
