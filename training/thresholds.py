"""``python -m training.thresholds [--data …]``: chooses from which score each technique is reported.

Writes ``models/source_bias/techniques.tsv`` for the weights of the research profile, the only ones that know
techniques. English: the articles of PTC's training part that no head learned from. Russian: the training and
calibration paragraphs of SemEval-2023 and SlavicNLP-2025, for no others hold the 23 techniques; the network has learned
from most, so its scores are surer there than elsewhere. The thresholds of one language are chosen together, for the
micro-F1 of all its techniques: a rare one must not find so much that it costs more than it brings.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoder import Encoder, load_encoder
from models.source_bias.labels import TECHNIQUES
from models.source_bias.thresholds import THRESHOLDS_FILE
from models.text import split_sentences
from training.data.techniques import read_ptc, read_semeval_ru, read_slavicnlp
from training.rows import Row, part_of

GRID = np.arange(0.3, 0.96, 0.05).round(2)
NEVER = 2.0
_ROUNDS = 4  # the thresholds stay as they are after two or three


def english_rows(data: Path) -> Iterator[Row]:
    for row in read_ptc(data / "bias/ptc_v2.jsonl"):
        if row.part is None and part_of("ptc", row.group) != "train":
            yield row


def russian_rows(data: Path) -> Iterator[Row]:
    semeval = read_semeval_ru(data / "bias/semeval23_t3_ru_paragraphs.jsonl")
    slavicnlp = read_slavicnlp(data / "bias/slavicnlp2025_ru.jsonl")
    for name, rows in (("semeval2023_ru", semeval), ("slavicnlp2025", slavicnlp)):
        yield from (row for row in rows if row.text and part_of(name, row.group) != "dev")


def choose(scores: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], marked: int) -> npt.NDArray[np.float64]:
    """The threshold of each column (``NEVER``: it brings nothing), by coordinate ascent on micro-F1.

    *marked*: how many labels the rows have, those without a column included.
    """
    chosen = np.full(scores.shape[1], NEVER)
    for _ in range(_ROUNDS):
        for column in range(scores.shape[1]):
            chosen[column] = NEVER
            found = scores >= chosen
            hits, finds = int((found & truth).sum()), int(found.sum())
            best = 2 * hits / (finds + marked)
            for threshold in GRID:
                more = scores[:, column] >= threshold
                f1 = 2 * (hits + int((more & truth[:, column]).sum())) / (finds + int(more.sum()) + marked)
                if f1 > best:
                    best, chosen[column] = f1, threshold
    return chosen


def thresholds_of(encoder: Encoder, language: str, rows: Iterable[Row]) -> Iterator[tuple[str, float]]:
    """Labels with their thresholds. Of a text with several sentences the highest score counts, as in a report."""
    rows = list(rows)
    sentences = [[sentence.text for sentence in split_sentences(row.text)] for row in rows]
    read = [encoder.score(of_row).speaking(language) for of_row in sentences]
    heads = [head for head in read[0].heads if head in TECHNIQUES]
    columns = [read[0].heads.index(head) for head in heads]
    scores = np.array([one.values[:, columns].max(axis=0) for one in read], dtype=np.float64)
    truth = np.array([[row.labels.get(head, 0.0) >= 0.5 for head in heads] for row in rows])
    marked = sum(value >= 0.5 for row in rows for head, value in row.labels.items() if head in TECHNIQUES)
    for head, threshold in zip(heads, choose(scores, truth, marked), strict=True):
        if threshold < NEVER:
            yield head, float(threshold)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    encoder = load_encoder("research")
    lines = [f"# language, technique, threshold; for {encoder.version}, by python -m training.thresholds"]
    for language, rows in (("en", english_rows(data)), ("ru", russian_rows(data))):
        lines += [f"{language}\t{head}\t{threshold}" for head, threshold in thresholds_of(encoder, language, rows)]
    THRESHOLDS_FILE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
