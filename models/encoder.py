"""The one shared encoder: batches of sentences in, a score of every head for every sentence out.

What runs is ``weights/<profile>/model.onnx``: an int8 MiniLM with all heads on it, so a sentence is read once
for all classifiers. ``manifest.json`` beside it names the heads in column order, those that are silent in a
language because they learned nothing there, and the SHA-256 of each file.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from models.ngrams import CYRILLIC, Ids, hash_ngrams

if TYPE_CHECKING:
    import onnxruntime

Scores = npt.NDArray[np.float32]

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
_FILES = ("model.onnx", "tokenizer.json")


class WeightsError(Exception):
    """The weights folder is missing, incomplete or not what its manifest says."""


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores 0..1, shape (sentences, heads); ``heads`` names the columns.

    ``silent`` names, per language, the heads whose scores mean nothing there: see ``speaking``.
    """

    heads: tuple[str, ...]
    values: Scores
    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, head: str) -> Scores:
        """One head's scores, shape (sentences,). KeyError where these weights have no such head."""
        try:
            column = self.heads.index(head)
        except ValueError:
            raise KeyError(head) from None
        scores: Scores = self.values[:, column]
        return scores

    def slice(self, start: int, end: int) -> "SentenceScores":
        return SentenceScores(self.heads, self.values[start:end], self.silent)

    def speaking(self, language: str) -> "SentenceScores":
        """Only the heads that learned something in *language* (the page's, not each sentence's): what was not
        learned is then missing, and nobody can take it for a score of 0."""
        silent = self.silent.get(language, frozenset())
        columns = [column for column, head in enumerate(self.heads) if head not in silent]
        return SentenceScores(tuple(self.heads[column] for column in columns), self.values[:, columns])


@dataclass(frozen=True, slots=True)
class Encoder:
    """The loaded network; build it once with ``load_encoder`` and never fork after."""

    session: "onnxruntime.InferenceSession"
    tokenizer: Tokenizer
    heads: tuple[str, ...]
    silent: Mapping[str, frozenset[str]]
    max_tokens: int
    first_token: int
    last_token: int
    buckets: int
    version: str

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        """Score each distinct sentence once, each alone, so that a sentence's score never depends on its
        neighbours in a batch (int8 scales are set per call; measured, one by one is as fast on one thread).
        A sentence longer than the network's window is read in windows and keeps the highest score of each head."""
        order = {sentence: row for row, sentence in enumerate(dict.fromkeys(sentences))}
        values = np.zeros((len(order), len(self.heads)), dtype=np.float32)
        for sentence, row in order.items():
            ngrams = hash_ngrams(sentence, self.buckets)
            for tokens in self._windows("" if ngrams[0] == CYRILLIC else sentence):
                np.maximum(values[row], self._run(tokens, ngrams), out=values[row])
        rows = [order[sentence] for sentence in sentences]
        return SentenceScores(self.heads, values[rows], self.silent)

    def _windows(self, text: str) -> Iterable[list[int]]:
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        room = self.max_tokens - 2
        for start in range(0, max(len(ids), 1), room):
            yield [self.first_token, *ids[start : start + room], self.last_token]

    def _run(self, tokens: list[int], ngrams: Ids) -> Scores:
        ids = np.array([tokens], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "ngram_ids": ngrams[np.newaxis]}
        (scores,) = self.session.run(["scores"], inputs)
        result: Scores = scores[0]
        return result


def load_encoder(profile: str = "research", *, folder: Path = WEIGHTS_FOLDER, threads: int = 1) -> Encoder:
    """Load and check one profile's weights.

    Raises WeightsError, naming the file, where something is missing or its SHA-256 differs from the manifest's.
    """
    home = folder / profile
    manifest = _read_manifest(home / "manifest.json")
    for name in _FILES:
        if name not in manifest["files"]:
            raise WeightsError(f"{home / 'manifest.json'} has no SHA-256 of {name}")
    for name, expected in manifest["files"].items():
        _check_file(home / name, expected)
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # or the wheel keeps a device id and calls its maker
    import onnxruntime

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
        silent={language: frozenset(heads) for language, heads in manifest["silent"].items()},
        max_tokens=int(manifest["max_tokens"]),
        first_token=_token(tokenizer, "[CLS]"),
        last_token=_token(tokenizer, "[SEP]"),
        buckets=int(manifest["ngram_buckets"]),
        version=f"{profile}@{manifest['version']}",
    )


def _token(tokenizer: Tokenizer, name: str) -> int:
    number = tokenizer.token_to_id(name)
    if number is None:
        raise WeightsError(f"the tokenizer lacks {name}")
    return int(number)


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"no weights: {path} is missing") from None
    except ValueError as error:
        raise WeightsError(f"{path} is not JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise WeightsError(f"{path} is not a JSON object")
    if missing := {"version", "files", "heads", "silent", "max_tokens", "ngram_buckets"} - manifest.keys():
        raise WeightsError(f"{path} lacks {', '.join(sorted(missing))}")
    return manifest


def _check_file(path: Path, expected_sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise WeightsError(f"no weights: {path} is missing") from None
    if found != expected_sha256:
        raise WeightsError(f"{path} is damaged: SHA-256 {found}, the manifest says {expected_sha256}")
