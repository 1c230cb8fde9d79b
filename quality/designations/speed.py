"""Speed: the whole classifier against its limit, the search for names against the obvious ways, growth with names.

Processor seconds of one core, the least of several runs, on the project's own sample articles at 430 words.
"""

import random
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from models.designations.classifier import classify
from models.designations.matcher import Matcher, build_matcher
from models.designations.register import Listing, Name, Organisation, Register
from models.folding import fold
from models.text import PreparedArticle, split_sentences
from models.types import Article, Language, Rules

SAMPLES = Path(__file__).parents[2] / "models" / "samples"
WORDS = 430
_ROUNDS = 7
_REPEATS = 20
_SIZES = (2_000, 10_000, 25_000, 50_000)  # names in all, made-up ones included
_SYLLABLES = "ba de gi ko lu ma ne pi ro su ta ve zi jo har kem lin dor sat mur".split()  # noqa: SIM905


def sample(language: str) -> str:
    """The sample article of *language*, repeated and cut to 430 words."""
    name = "islamic_state_retreat.ru.txt" if language == "ru" else "islamic_state_retreat.txt"
    text = (SAMPLES / name).read_text(encoding="utf-8")
    while len(text.split()) < WORDS:
        text += "\n\n" + text
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[WORDS - 1]]


def ordinary(language: str) -> str:
    """430 words about nothing in the register."""
    sentences = {
        "en": "The council met on Monday and agreed to mend the bridge over the river before the winter. ",
        "ru": "Городской совет собрался в понедельник и решил починить мост через реку до наступления зимы. ",
    }
    return " ".join((sentences[language] * 40).split()[:WORDS])


def measure_speed(register: Register) -> dict[str, Any]:
    """Milliseconds an article for the classifier, for the search alone and its rivals, and by size of register."""
    texts = {f"{kind} {language}": make(language) for kind, make in (("named", sample), ("ordinary", ordinary))
             for language in ("en", "ru")}  # fmt: skip
    return {
        "plain_loop_ms": _milliseconds(lambda: sum(range(1_000_000)), 1),  # how fast the core was just then
        "classifier_ms": {name: _milliseconds(_classifier(text, register)) for name, text in texts.items()},
        "names_only_ms": {name: _rivals(text, register.matcher) for name, text in texts.items()},
        "growth": [_growth(register, size, texts) for size in _SIZES],
    }


def _classifier(text: str, register: Register) -> Callable[[], object]:
    page = PreparedArticle(Article(text), Language("en", 1.0, supported=True), split_sentences(text))
    return lambda: classify(page, register, Rules(), today=date(2026, 1, 1))


def _milliseconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - started) / repeats)
    return round(1_000 * best, 3)


def _rivals(text: str, matcher: Matcher) -> dict[str, float]:
    """The same whole-word search of the same spellings in the same folded text, three obvious ways."""
    spellings = sorted(matcher.spellings, key=len, reverse=True)
    folded = fold(text).folded
    alternation = re.compile(r"\b(?:" + "|".join(map(re.escape, spellings)) + r")\b")
    known, longest = set(spellings), max(spelling.count(" ") + 1 for spelling in spellings)

    def look_up() -> int:
        words = folded.split(" ")
        return sum(
            " ".join(words[at : at + size]) in known
            for at in range(len(words))
            for size in range(1, min(longest, len(words) - at) + 1)
        )

    return {
        "automaton": _milliseconds(lambda: matcher.automaton.find_matches_as_indexes(folded, overlapping=True)),
        "each name in turn": _milliseconds(lambda: [s for s in spellings if s in folded], 3),
        "one regular expression": _milliseconds(lambda: alternation.findall(folded), 1),
        "every run of words in a set": _milliseconds(look_up, 3),
    }


def _growth(register: Register, size: int, texts: dict[str, str]) -> dict[str, Any]:
    """The register with made-up organisations added until it has *size* names."""
    known = sum(len(organisation.names) for organisation in register.organisations)
    draw = random.Random(size)
    extra = [_made_up(draw, number) for number in range(max(0, size - known))]
    started = time.process_time()
    larger = Register(register.version, (*register.organisations, *extra), register.lists, register.forms)
    build_matcher(larger.organisations, forms=larger.forms)
    built = time.process_time() - started
    return {
        "names": known + len(extra),
        "build_seconds": round(built, 2),
        "classifier_ms": {name: _milliseconds(_classifier(text, larger)) for name, text in texts.items()},
    }


def _made_up(draw: random.Random, number: int) -> Organisation:
    words = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize() for _ in range(draw.randint(1, 3))]
    text = f"{' '.join(words)} {number}"
    listing = Listing("RU", "made up", "terrorist", "listed", "2020-01-01")
    return Organisation(f"made-up-{number}", text, (Name(text, "en", "alias", text),), (listing,))
