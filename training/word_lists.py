"""``python -m training.word_lists``: the words of each language, the commonest first, into ``models/words/``.

Counted in the texts at hand whose source states a licence that allows commercial use; a word that stands twice is one.
"""

import argparse
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.spelling import FILES, WORDS_FOLDER
from training.rows import is_free, read_jsonl

_SETS = {
    False: (
        "unlabelled/en_articles.jsonl.xz", "news/clean_news_en.jsonl", "violence/muc4.jsonl",
        "violence/hrds_attack.jsonl", "violence/gvdb_dev_test.jsonl", "violence/threatgram101.jsonl",
        "violence/trigger_warning_passages.jsonl", "violence/edos.jsonl",
    ),
    True: (
        "unlabelled/ru.jsonl.xz", "news/clean_news_ru.jsonl", "violence/lenta_crime_ru.jsonl",
        "violence/factrueval_ru_unlabelled.jsonl", "violence/tgcontest_categories.jsonl",
    ),
}  # fmt: skip
_WORDS = {False: re.compile(r"(?<![^\W_])[a-z]{1,24}(?![^\W_])"), True: re.compile(r"(?<![^\W_])[а-я]{1,24}(?![^\W_])")}
_FEWEST = 2


def count_words(data: Path, *, is_russian: bool) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in _SETS[is_russian]:
        for row in read_jsonl(data / name):
            if _may_be_used(row):
                found.update(_WORDS[is_russian].findall(row["text"].lower().replace("ё", "е")))
    return found


def _may_be_used(row: dict[str, Any]) -> bool:
    """Some sets state a licence for each row; the others are free as a whole."""
    licence = row.get("licence") or row.get("provenance", {}).get("licence")
    return licence is None or is_free(str(licence))


def ranked(counted: Counter[str]) -> Iterator[str]:
    yield from (word for word, count in sorted(counted.items(), key=lambda p: (-p[1], p[0])) if count >= _FEWEST)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args()
    for is_russian, name in FILES.items():
        words = list(ranked(count_words(given.data, is_russian=is_russian)))
        (WORDS_FOLDER / name).write_bytes(lzma.compress("".join(f"{word}\n" for word in words).encode(), preset=9))
        print(f"{name}: {len(words)} words")


if __name__ == "__main__":
    main()
