"""How the time of a reading grows with its article, and what texts cost that mean harm."""

import re
from itertools import count

from models.reader import Reader
from models.types import Article
from quality.speed.reading import SEED, Figures, load_forgetful, timed

SIZES = (100, 1_000, 10_000, 100_000)
_LARGEST = 200_000  # code points: what the API takes
_HARM = {
    "one word": "a" * _LARGEST,
    "newlines": "\n" * (_LARGEST - 1) + "a",
    "combining marks": "a" + "\u0301" * (_LARGEST - 1),
}


def measure(*, rounds: int) -> Figures:
    """Milliseconds by size, and for 1,000 code points; harmful texts in multiples of a plain one of their size."""
    reader, _ = load_forgetful(threads=1)
    _read(reader, written(SIZES[0]), 1)
    figures: Figures = {}
    for size in SIZES:
        taken = _read(reader, written(size), rounds)
        figures[str(size)] = {**taken, "cpu_ms_a_thousand": round(taken["cpu_ms"] / size * 1000, 2)}
    plain = _read(reader, written(_LARGEST), 1)
    figures[str(_LARGEST)] = {**plain, "cpu_ms_a_thousand": round(plain["cpu_ms"] / _LARGEST * 1000, 2)}
    for name, text in _HARM.items():
        taken = _read(reader, text, 1)
        figures[name] = {**taken, "times_plain": round(taken["cpu_ms"] / plain["cpu_ms"], 2)}
    return figures


def written(size: int) -> str:
    """*size* code points of the sample's sentences, no two alike."""
    sentences = [one for one in re.split(r"(?<=[.!?])\s+|\n+", SEED.read_text("utf-8")) if one]
    found: list[str] = []
    length = 0
    for number in count():
        found.append(f"{sentences[number % len(sentences)].rstrip('.')} {number}.")
        length += len(found[-1]) + 1
        if length > size:
            return " ".join(found)[:size]
    raise AssertionError


def _read(reader: Reader, text: str, rounds: int) -> dict[str, float]:
    return timed(lambda: reader.read([Article(text=text)]), rounds)
