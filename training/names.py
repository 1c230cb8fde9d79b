"""Names of countries, capitals, outlets, parties and leaders, swapped in training, so that no score hangs on who it is.

``names.tsv``: language, kind, and the names of one form (a case, an adjective); the names of one kind stand in one
order in all its forms. Other names than those that `quality` measures with.
"""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np

NAMES_FILE = Path(__file__).with_name("names.tsv")
Words = tuple[tuple[int, int, str], ...]


@cache
def _forms(language: str) -> tuple[re.Pattern[str], dict[str, tuple[str, int, int]], dict[tuple[str, int], list[str]]]:
    """A pattern of all names; of each its kind, form and place; and the names of each form."""
    forms: dict[tuple[str, int], list[str]] = {}
    counted: dict[str, int] = defaultdict(int)
    for line in NAMES_FILE.read_text("utf-8").splitlines():
        code, kind, names = line.split("\t")
        if code == language:
            forms[kind, counted[kind]] = names.split("|")
            counted[kind] += 1
    places: dict[str, tuple[str, int, int]] = {}
    for (kind, form), names_of_form in forms.items():
        for place, name in enumerate(names_of_form):
            places.setdefault(name, (kind, form, place))
    longest_first = sorted(places, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"), places, forms


def swap_names(text: str, words: Words | None, language: str, random: np.random.Generator) -> tuple[str, Words | None]:
    """*text* with each of its names in another's place, all forms of one by the same other; *words* move along."""
    pattern, places, forms = _forms(language)
    drawn: dict[str, list[int]] = {}
    pieces: list[str] = []
    moved = np.arange(len(text) + 1)
    done = shift = 0
    for match in pattern.finditer(text):
        kind, form, place = places[match.group()]
        if kind not in drawn:
            drawn[kind] = random.permutation(len(forms[kind, form])).tolist()
        other = forms[kind, form][drawn[kind][place]]
        pieces += [text[done : match.start()], other]
        done = match.end()
        moved[match.start() + 1 : match.end()] = match.start() + shift  # a span may begin or end within the name
        shift += len(other) - len(match.group())
        moved[match.end() :] = np.arange(match.end(), len(text) + 1) + shift
    if words is not None:
        words = tuple((int(moved[start]), int(moved[end]), label) for start, end, label in words)
    return "".join([*pieces, text[done:]]), words
