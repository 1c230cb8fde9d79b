"""The one shared encoder: batches of sentences in, a score of every head for every sentence out.

What runs is ``weights/<profile>/model.onnx``: an int8 MiniLM with all heads on it, so a sentence is read once
for all classifiers. ``manifest.json`` beside it names the heads in column order and the SHA-256 of each file.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

Scores = npt.NDArray[np.float32]

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
_TOKENS_PER_BATCH = 4_096  # bounds memory; larger batches were not faster (shared/research bench, section 1)
_MAX_PADDING = 0.08  # share of a bucket that may be padding


class WeightsError(Exception):
    """The weights folder is missing, incomplete or not what its manifest says."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores 0..1, shape (sentences, heads); ``heads`` names the columns."""

    heads: tuple[str, ...]
    values: Scores

    def of(self, head: str) -> Scores:
        """One head's scores, shape (sentences,). KeyError where these weights have no such head."""
        try:
            column = self.heads.index(head)
        except ValueError:
            raise KeyError(head) from None
        scores: Scores = self.values[:, column]
        return scores

    def slice(self, start: int, end: int) -> "SentenceScores":
        return SentenceScores(self.heads, self.values[start:end])


@dataclass(frozen=True, slots=True)
class Encoder:
    """The loaded network; build it once with ``load_encoder`` and never fork after."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    heads: tuple[str, ...]
    max_tokens: int
    version: str

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        """Score each distinct sentence once. A sentence longer than the network's window is read in
        windows and keeps the highest score of each head: nothing is cut off."""
        order = {sentence: row for row, sentence in enumerate(dict.fromkeys(sentences))}
        encodings = self.tokenizer.encode_batch_fast(list(order), add_special_tokens=False)
        windows = [
            (row, window) for row, encoding in enumerate(encodings) for window in self._windows(encoding.ids)
        ]
        values = np.zeros((len(order), len(self.heads)), dtype=np.float32)
        for bucket in _buckets(windows):
            for (row, _), scores in zip(bucket, self._run([ids for _, ids in bucket]), strict=True):
                np.maximum(values[row], scores, out=values[row])
        rows = [order[sentence] for sentence in sentences]
        return SentenceScores(self.heads, values[rows])

    def _windows(self, ids: list[int]) -> Iterable[list[int]]:
        first, last = self.tokenizer.token_to_id("[CLS]"), self.tokenizer.token_to_id("[SEP]")
        room = self.max_tokens - 2
        for start in range(0, max(len(ids), 1), room):
            yield [first, *ids[start : start + room], last]

    def _run(self, batch: list[list[int]]) -> Scores:
        width = max(map(len, batch))
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        (scores,) = self.session.run(["scores"], {"input_ids": ids, "attention_mask": mask})
        result: Scores = scores
        return result


def _buckets(windows: list[tuple[int, list[int]]]) -> Iterable[list[tuple[int, list[int]]]]:
    """Sort by length and cut where padding or size would grow: the fastest layout measured."""
    bucket: list[tuple[int, list[int]]] = []
    tokens = 0
    for window in sorted(windows, key=lambda item: len(item[1])):
        width = len(window[1])
        slots = width * (len(bucket) + 1)
        if bucket and (slots > _TOKENS_PER_BATCH or 1 - (tokens + width) / slots > _MAX_PADDING):
            yield bucket
            bucket, tokens = [], 0
        bucket.append(window)
        tokens += width
    if bucket:
        yield bucket


def load_encoder(profile: str = "research", *, folder: Path = WEIGHTS_FOLDER, threads: int = 1) -> Encoder:
    """Load and check one profile's weights.

    Raises WeightsError, naming the file, where something is missing or its SHA-256 differs from the manifest's.
    """
    home = folder / profile
    manifest = _read_manifest(home / "manifest.json")
    for name, expected in manifest["files"].items():
        _check_file(home / name, expected)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # N processes x 1 thread beats 1 x N on shared cores
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(home / "model.onnx", options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Encoder(
        session=session,
        tokenizer=tokenizer,
        heads=tuple(manifest["heads"]),
        max_tokens=int(manifest["max_tokens"]),
        version=f"{profile}@{manifest['version']}",
    )


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"no weights: {path} is missing") from None
    except ValueError as error:
        raise WeightsError(f"{path} is not JSON: {error}") from None
    if missing := {"version", "files", "heads", "max_tokens"} - manifest.keys():
        raise WeightsError(f"{path} lacks {', '.join(sorted(missing))}")
    return manifest


def _check_file(path: Path, expected_sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise WeightsError(f"no weights: {path} is missing") from None
    if found != expected_sha256:
        raise WeightsError(f"{path} is damaged: SHA-256 {found}, the manifest says {expected_sha256}")
