"""Shapes for charts in SVG: coordinates are computed here, colours are classes of the style sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 200  # of the plot, in units of the view box
MOST_LABELS = 8
MOST_DOTS = 12  # steps; where there are more, the line says enough


@dataclass(frozen=True, slots=True)
class Bar:
    """``kind``: the class that gives the colour."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """``ticks``: (y, value); ``marks``: (x, index of the step that is named there); ``lines``: (kind, points)."""

    ticks: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, int], ...]
    bars: tuple[Bar, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    dots: tuple[tuple[str, float, float], ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Kind to one path of all its bars, each a stroke of their width: few bytes."""
        paths: dict[str, str] = {}
        for bar in self.bars:
            part = f"M{_round(bar.x + bar.width / 2):g} {bar.y:g}v{bar.height:g}"
            paths[bar.kind] = paths.get(bar.kind, "") + part
        return paths


def round_up(value: float) -> float:
    """1, 2 or 5 times a power of ten that is not less; 1 of nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9))


def _ticks(top: float) -> tuple[tuple[float, float], ...]:
    return tuple((_round(HEIGHT * (1 - part / 4)), top * part / 4) for part in (0, 2, 4))


def _marks(number: int) -> tuple[tuple[float, int], ...]:
    every = max(1, ceil(number / MOST_LABELS))
    return tuple((_round(WIDTH * (index + 0.5) / number), index) for index in range(0, number, every))


def _round(value: float) -> float:
    return round(value, 1)


def stack_bars(series: Mapping[str, Sequence[float]]) -> Chart:
    """Columns, one a step; the *series* (kind to its values) stand on each other."""
    number = max(map(len, series.values()), default=0) or 1
    totals = [sum(values[index] for values in series.values()) for index in range(number)] if series else [0.0]
    top = round_up(max(totals))
    slot = WIDTH / number
    bars = []
    for index in range(number):
        base = 0.0
        for kind, values in series.items():
            height = HEIGHT * values[index] / top
            base += height
            if height:
                x = slot * (index + 0.1)
                bars.append(Bar(kind, _round(x), _round(HEIGHT - base), _round(slot * 0.8), max(0.5, _round(height))))
    return Chart(_ticks(top), _marks(number), bars=tuple(bars))


def is_alone(values: Sequence[float | None], index: int) -> bool:
    """Nothing beside it: no line would show it."""
    beside = [values[other] for other in (index - 1, index + 1) if 0 <= other < len(values)]
    return all(value is None for value in beside)


def draw_lines(series: Mapping[str, Sequence[float | None]]) -> Chart:
    """A line a series; where a value is missing, it is broken."""
    number = max(map(len, series.values()), default=0) or 1
    top = round_up(max((value for values in series.values() for value in values if value is not None), default=0))
    slot = WIDTH / number
    lines, dots = [], []
    for kind, values in series.items():
        part: list[str] = []
        for index, value in enumerate([*values, None]):
            if value is None:
                if len(part) > 1:
                    lines.append((kind, " ".join(part)))
                part = []
                continue
            x, y = _round(slot * (index + 0.5)), _round(HEIGHT * (1 - value / top))
            part.append(f"{x},{y}")
            if number <= MOST_DOTS or is_alone(values, index):
                dots.append((kind, x, y))
    return Chart(_ticks(top), _marks(number), lines=tuple(lines), dots=tuple(dots))
