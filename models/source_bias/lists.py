"""Lists of words and phrases kept beside the code: ``[name]`` on a line, then its entries."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

Listed = frozenset[str] | tuple[str, ...]
"""Words, or the stems that words begin with."""


@cache
def read_lists(name: str) -> Mapping[str, str]:
    """The lists of the file *name* beside this module, each as it is written, without comments."""
    lists: dict[str, list[str]] = {}
    for line in Path(__file__).with_name(name).read_text("utf-8").splitlines():
        if line.startswith("["):
            lists[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            lists[next(reversed(lists))].append(line)
    return {title: "\n".join(lines) for title, lines in lists.items()}


def phrases(listing: str) -> str:
    """Phrases parted by bars, one a line as ``phrase_list`` takes them."""
    return "\n".join(" ".join(phrase.split()) for line in listing.splitlines() for phrase in line.split("|"))


def listed(listing: str) -> Listed:
    """Words parted by spaces: a set, or stems where they end in ``*``."""
    words = listing.split()
    return tuple(word[:-1] for word in words) if words and words[0].endswith("*") else frozenset(words)


def is_in(form: str, entries: Listed) -> bool:
    return form.startswith(entries) if isinstance(entries, tuple) else form in entries
