"""``python -m training.agreement``: how far two people agree on a tenth of our own set (docs/annotation.md).

Cohen's kappa (Cohen 1960) for each axis, quadratic kappa for severity, and how much of the marked words is the same.
"""

from collections.abc import Sequence

from sklearn.metrics import cohen_kappa_score

from models.violence.labels import ROLES, TYPES
from training.annotations import AXES, Sentence, read_own_set, read_second


def pairs(language: str) -> list[tuple[Sentence, Sentence]]:
    """The same sentence as first and second annotator saw it. KeyError for one that the set does not hold."""
    first = {sentence.text: sentence for sentence in read_own_set() if sentence.language == language}
    return [(first[second.text], second) for second in read_second(language)]


def agree(both: Sequence[tuple[Sentence, Sentence]]) -> dict[str, float]:
    """Figures by name; 1 is full agreement, 0 what chance would give (kappa) or none at all (overlap)."""
    figures = {
        f"kappa {axis}": float(cohen_kappa_score([axis in a.axes for a, _ in both], [axis in b.axes for _, b in both]))
        for axis in AXES.values()
    }
    figures["kappa severity (quadratic)"] = float(
        cohen_kappa_score([a.severity for a, _ in both], [b.severity for _, b in both], weights="quadratic")
    )
    violent = [(a, b) for a, b in both if a.types and b.types]
    shared = [len(a.types & b.types) / len(a.types | b.types) for a, b in violent]
    figures["types in common (Jaccard)"] = sum(shared) / len(shared)
    figures["trigger letters in common (F1)"] = _overlap(both, frozenset(TYPES))
    figures["letters of parts in common (F1)"] = _overlap(both, frozenset(ROLES))
    return figures


def _overlap(both: Sequence[tuple[Sentence, Sentence]], labels: frozenset[str]) -> float:
    shared = first = second = 0
    for a, b in both:
        marked = [
            {place for span in one.spans if span.label in labels for place in range(span.start, span.end)}
            for one in (a, b)
        ]
        shared, first, second = shared + len(marked[0] & marked[1]), first + len(marked[0]), second + len(marked[1])
    return 2 * shared / (first + second) if first + second else 1.0


def main() -> None:
    for language in ("en", "ru"):
        both = pairs(language)
        print(f"{language}: {len(both)} sentences")
        for name, value in agree(both).items():
            print(f"  {name:34} {value:.2f}")


if __name__ == "__main__":
    main()
