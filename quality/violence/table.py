"""The figures as Markdown tables for ``models/violence/CARD.md``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BASELINES = ("words", "triggers", "bag of words", "frozen encoder")
_MEASURED = "measured"


def tables(results: Mapping[str, Any]) -> str:
    """All sections; *results* has an entry for each profile."""
    parts = []
    for title, key, make in _SECTIONS:
        lines = [line for profile, result in results.items() for line in make(profile, result[key])]
        if lines:
            parts.append("\n".join([f"### {title}", *_heads(make), *lines]))
    parts += [f"{profile}: {_origin(result[_MEASURED])}" for profile, result in results.items()]
    return "\n\n".join(parts) + "\n"


def _origin(measured: Mapping[str, str]) -> str:
    return (
        f"`{measured['command']}`, {measured['version']}, {measured['at']}, {measured['data']}, {measured['machine']}."
    )


def _row(*cells: object) -> str:
    return f"| {' | '.join('–' if cell is None else str(cell) for cell in cells)} |"


def _figure(figure: Sequence[float] | None) -> str:
    return "–" if figure is None else f"{figure[0]:.3f} [{figure[1]:.2f}, {figure[2]:.2f}]"


def _short(figures: Mapping[str, Any], name: str, key: str = "f1") -> str:
    return f"{figures[name][key][0]:.3f}" if name in figures else "–"


def _comparison(profile: str, name: str, figures: Mapping[str, Any]) -> str:
    ours = figures["network"]
    return _row(
        name,
        profile,
        f"{figures['rows']} ({figures['positive']})",
        *(_figure(ours[key]) for key in ("precision", "recall", "f1", "auc", "auprc")),
        f"{figures['always']['f1']:.3f}",
        *(_short(figures, baseline) for baseline in _BASELINES),
    )


def _sentences(profile: str, axes: Mapping[str, Any]) -> Iterator[str]:
    for axis, slices in axes.items():
        for name, figures in slices.items():
            yield _comparison(profile, f"{axis}, {name}", figures)


def _articles(profile: str, grounds: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in grounds.items():
        yield _comparison(profile, name, figures)


def _severity(profile: str, languages: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in languages.items():
        said = (_figure(figures[key]) for key in ("report", "head", "triggers", "middle"))
        yield _row(name, profile, figures["rows"], *said)


def _types(profile: str, types: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in types.items():
        said = (_figure(figures.get(key)) for key in ("report", "head", "triggers", "bag of words"))
        yield _row(name, profile, figures["positive"], *said)


def _calibration(profile: str, tables_: Mapping[str, Any]) -> Iterator[str]:
    for name, table in tables_.items():
        bins = " · ".join(f"{score:.2f}→{share:.2f} ({count})" for score, share, count in table["bins"])
        yield _row(name, profile, table["rows"], f"{table['ece']:.3f}", bins)


def _words(profile: str, kinds: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in kinds.items():
        for key in ("network", "trigger list", "report"):
            if key in figures:
                yield _row(name, profile, key, *(_figure(figures[key][one]) for one in ("precision", "recall", "f1")))


def _robustness(profile: str, axes: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in axes.items():
        yield _row(name, profile, "none", _figure(figures["recall"]), "", f"{figures['flagged harmless'][0]:.3f}")
        for kind, one in figures.items():
            if isinstance(one, dict):
                value, low, high = one["loss"]
                loss = f"{value:.1f} [{low:.1f}, {high:.1f}]"
                yield _row(name, profile, kind, f"{one['recall']:.3f}", loss, f"{one['flagged harmless']:.3f}")


def _alarms(profile: str, slices: Mapping[str, Any]) -> Iterator[str]:
    for name, figures in slices.items():
        for axis in ("describes", "inciting"):
            said = figures[f"{axis}, baselines"]
            yield _row(
                name, profile, axis, figures["sentences"], _figure(figures.get(axis)),
                *(f"{said[key]:.3f}" if key in said else "–" for key in ("words", "triggers", "bag of words")),
            )  # fmt: skip


_COMPARED = ("rows (positive)", "precision", "recall", "F1", "AUC", "AUPRC", "F1: always", *_BASELINES)
_SECTIONS = (
    ("Sentences", "sentences", _sentences),
    ("Severity, mean error", "severity", _severity),
    ("Types, F1", "types", _types),
    ("Articles", "articles", _articles),
    ("Calibration", "calibration", _calibration),
    ("Words, by letters", "words", _words),
    ("Robustness", "robustness", _robustness),
    ("False alarms, share", "false_alarms", _alarms),
)
_HEADS: dict[object, tuple[str, ...]] = {
    _sentences: _COMPARED,
    _articles: _COMPARED,
    _severity: ("rows", "report", "head alone", "triggers", "always the middle one"),
    _types: ("positive", "report", "head alone", "triggers", "bag of words"),
    _calibration: ("rows", "ECE", "score→share (rows)"),
    _words: ("marked by", "precision", "recall", "F1"),
    _robustness: ("disturbance", "recall", "loss, points", "harmless flagged"),
    _alarms: ("axis", "sentences", "flagged", "words", "triggers", "bag of words"),
}


def _heads(make: object) -> tuple[str, str]:
    names = ("what", "profile", *_HEADS[make])
    return _row(*names), f"|{'---|' * len(names)}"
