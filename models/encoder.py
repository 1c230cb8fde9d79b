"""The one shared encoder: batches of sentences in, a score of every head for every sentence out, and its words.

What runs is ``weights/<profile>/model.onnx``: int8 encoders for English and Russian with all heads on them, so a
sentence is read once for all classifiers. ``manifest.json`` beside it names the heads in column order, those that are
silent in a language because they learned nothing there, and the SHA-256 of each file.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from models.fusing import fuse
from models.memory import Memory
from models.spelling import read_through

if TYPE_CHECKING:
    import onnxruntime

Scores = npt.NDArray[np.float32]
Pause = Callable[[], None]  # called before each sentence: whoever has something more urgent may do it there

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
FORMAT = 2  # of the file's inputs and outputs; another one is refused
MAX_TOKENS = 256
MIN_WORD_SCORE = 0.5
_KINDS = {"version": str, "files": dict, "heads": list, "silent": dict, "span_labels": list}
_FILES = ("model.onnx", "tokenizer.json", "tokenizer.ru.json")
_SHORTEST_WORD = 3  # code points: less is no evidence to anybody
_SLOW_FUSIONS = ["SkipLayerNormFusion"]  # onnxruntime 1.32 takes three times as long for the two in one
_JOINT = re.compile(r"[^\w.,;:!?]{0,3}(?:\w{1,12}[^\w.,;:!?]{1,3})?")  # one word between two of a span
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")


class WeightsError(Exception):
    """The weights folder is missing, incomplete or not what its manifest says."""


def go_on() -> None:
    """The pause of those who have nothing more urgent."""


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Words of a sentence that tell of violence or play a part in it: offsets in it, label, score 0.5..1."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class SentenceScores:
    """Scores 0..1, shape (sentences, heads); ``heads`` names the columns; ``words`` has the spans of each sentence.

    ``silent`` names, per language, the heads whose scores mean nothing there: see ``speaking``.
    """

    heads: tuple[str, ...]
    values: Scores
    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: tuple[tuple[WordSpan, ...], ...] = ()

    def of(self, head: str) -> Scores:
        """One head's scores, shape (sentences,). KeyError where these weights have no such head."""
        try:
            column = self.heads.index(head)
        except ValueError:
            raise KeyError(head) from None
        scores: Scores = self.values[:, column]
        return scores

    def words_of(self, row: int) -> tuple[WordSpan, ...]:
        return self.words[row] if self.words else ()

    def slice(self, start: int, end: int) -> "SentenceScores":
        return SentenceScores(self.heads, self.values[start:end], self.silent, self.words[start:end])

    def speaking(self, language: str) -> "SentenceScores":
        """Only the heads that learned something in *language* (the page's, not each sentence's): what was not
        learned is then missing, and nobody can take it for a score of 0."""
        silent = self.silent.get(language, frozenset())
        columns = [column for column, head in enumerate(self.heads) if head not in silent]
        heads = tuple(self.heads[column] for column in columns)
        return SentenceScores(heads, self.values[:, columns], words=self.words)


@dataclass(frozen=True, slots=True)
class Readable:
    """A sentence as tokens: (1, tokens) ids of each window, and where each token stands in the sentence."""

    sentence: str
    is_russian: bool
    windows: tuple[npt.NDArray[np.int64], ...]
    offsets: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence as the network saw it: (heads,) scores, and its words."""

    scores: Scores
    words: tuple[WordSpan, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the manifest says of a network: its columns, the labels of its words, who is silent, its version."""

    heads: tuple[str, ...] = ()
    span_labels: tuple[str, ...] = ()
    silent: Mapping[str, frozenset[str]] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Encoder:
    """The loaded network; build it once with ``load_encoder`` and never fork after."""

    session: "onnxruntime.InferenceSession"  # one thread a call: sentences are short, and calls may be many at once
    tokenizers: Mapping[bool, Tokenizer]  # by whether the sentence is Russian
    facts: Facts
    threads: int = 1  # sentences read at the same time
    pause: Pause = go_on
    memory: Memory[Reading] = field(default_factory=Memory)

    @property
    def heads(self) -> tuple[str, ...]:
        return self.facts.heads

    @property
    def version(self) -> str:
        return self.facts.version

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        """Score each distinct sentence once, each alone, so that a sentence's score never depends on its
        neighbours in a batch (int8 scales are set per call; measured, one by one is as fast on one thread).
        A sentence longer than the network's window is read in windows and keeps the highest score of each head.
        What ``memory`` still holds is not read again."""
        distinct = dict.fromkeys(sentences)
        read = {one: kept for one in distinct if (kept := self.memory.recall(one)) is not None}
        unknown = [one for one in distinct if one not in read]
        for one, reading in zip(unknown, self._read_all(unknown), strict=True):
            read[one] = reading
            self.memory.keep(one, reading)
        values = [read[sentence].scores for sentence in sentences]
        return SentenceScores(
            self.heads,
            np.stack(values) if values else np.zeros((0, len(self.heads)), dtype=np.float32),
            self.facts.silent,
            tuple(read[sentence].words for sentence in sentences),
        )

    def _read_all(self, sentences: Sequence[str]) -> list[Reading]:
        """As many at a time as there are threads, those of one length together: then none waits for long."""
        order = sorted(range(len(sentences)), key=lambda place: len(sentences[place]))
        found: dict[int, Reading] = {}
        with ThreadPoolExecutor(self.threads) as pool:
            for first in range(0, len(order), self.threads):
                self.pause()
                some = order[first : first + self.threads]
                read = map(self._read, (sentences[place] for place in some)) if len(some) == 1 else None
                found |= zip(some, read or pool.map(self._read, (sentences[place] for place in some)), strict=True)
        return [found[place] for place in range(len(sentences))]

    def _read(self, sentence: str) -> Reading:
        readable = self.make_readable(sentence)
        return self.interpret(readable, self.run(readable))

    def make_readable(self, sentence: str) -> Readable:
        """Its tokens, in as many windows as it takes."""
        is_russian = is_cyrillic(sentence)
        tokenizer = self.tokenizers[is_russian]
        legible = read_through(sentence)
        pieces = tokenizer.encode(legible.text, add_special_tokens=False)
        first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        ids, room = pieces.ids, MAX_TOKENS - 2
        windows = tuple(
            np.array([[first, *ids[start : start + room], last]], dtype=np.int64)
            for start in range(0, max(len(ids), 1), room)
        )
        offsets = [legible.original(*offset) for offset in pieces.offsets]
        return Readable(sentence, is_russian, windows, offsets)

    def run(self, readable: Readable) -> list[tuple[Scores, Scores]]:
        """The network's answer to each window: (1, heads) scores, (1, tokens, labels) of words."""
        language = np.array(readable.is_russian)
        return [self.session.run(None, {"input_ids": ids, "is_russian": language}) for ids in readable.windows]

    def interpret(self, readable: Readable, answers: Sequence[tuple[Scores, Scores]]) -> Reading:
        found: list[WordSpan] = []
        at = 0
        for _, words in answers:
            inner = words[0, 1:-1]
            found += self._spans(inner, readable.offsets[at : at + len(inner)], readable.sentence)
            at += len(inner)
        return Reading(np.max([scores[0] for scores, _ in answers], axis=0), tuple(found))

    def _spans(self, words: Scores, offsets: Sequence[tuple[int, int]], sentence: str) -> Iterator[WordSpan]:
        """Runs of tokens with one label, as whole words of the sentence; a word left out between two does not part
        them."""
        marked = words >= MIN_WORD_SCORE
        for column in np.flatnonzero(marked.any(axis=0)).tolist() if self.facts.span_labels else ():
            start = end = -1
            scores: list[float] = []
            for place in [*np.flatnonzero(marked[:, column]).tolist(), None]:
                left, right = _whole_words(sentence, *offsets[place]) if place is not None else (0, 0)
                if place is not None and start >= 0 and _JOINT.fullmatch(sentence, end, max(left, end)):
                    end = max(end, right)
                    scores.append(float(words[place, column]))
                    continue
                if end - start >= _SHORTEST_WORD:
                    yield WordSpan(start, end, self.facts.span_labels[column], sum(scores) / len(scores))
                start, end = left, right
                scores = [float(words[place, column])] if place is not None else []


def _whole_words(sentence: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and sentence[start - 1].isalnum() and sentence[start].isalnum():
        start -= 1
    while end < len(sentence) and sentence[end].isalnum() and sentence[end - 1].isalnum():
        end += 1
    return start, end


def is_cyrillic(text: str) -> bool:
    """Whether more letters are Cyrillic than not."""
    cyrillic = sum(map(len, _CYRILLIC.findall(text)))
    return 2 * cyrillic > sum(map(str.isalpha, text))


def load_encoder(profile: str = "research", *, folder: Path = WEIGHTS_FOLDER, threads: int = 1) -> Encoder:
    """Load and check one profile's weights.

    Raises WeightsError, naming the file, where something is missing, of another format, or its SHA-256 differs from the
    manifest's.
    """
    home = folder / profile
    manifest = _read_manifest(home / "manifest.json")
    for name in _FILES:
        if name not in manifest["files"]:
            raise WeightsError(f"{profile}/manifest.json has no SHA-256 of {name}")
    for name, expected in manifest["files"].items():
        _check_file(home / name, expected)
    facts = Facts(
        heads=tuple(manifest["heads"]),
        span_labels=tuple(manifest["span_labels"]),
        silent={language: frozenset(heads) for language, heads in manifest["silent"].items()},
        version=f"{profile}@{manifest['version']}",
    )
    encoder = open_encoder(home / "model.onnx", home, facts, threads=threads)
    widths = {output.name: output.shape[-1] for output in encoder.session.get_outputs()}
    if widths.get("scores") not in (len(facts.heads), "heads"):
        raise WeightsError(f"{profile}/manifest.json names other heads than model.onnx has")
    return encoder


def open_encoder(model: Path, tokenizers: Path, facts: Facts | None = None, *, threads: int = 1) -> Encoder:
    """An encoder of files that nobody checked: training calibrates with it what is not shipped yet."""
    session = _open_fused(model)
    tokenizer = {False: _sentence_tokenizer(tokenizers / _FILES[1]), True: _sentence_tokenizer(tokenizers / _FILES[2])}
    return Encoder(session, tokenizer, facts or Facts(), threads)


def _open_fused(model: Path) -> "onnxruntime.InferenceSession":
    """By way of a file: what it is handed as bytes onnxruntime keeps, 29 MB beside the network."""
    try:
        with NamedTemporaryFile(suffix=".onnx") as file:
            file.write(fuse(model.read_bytes()))
            file.flush()
            return open_session(Path(file.name), threads=1)
    except OSError as error:
        raise WeightsError(f"{_name(model)} cannot be made ready: {error.strerror}") from None
    except Exception as error:  # bytes that are no network fail in many ways
        raise WeightsError(f"{_name(model)} is no network that runs here: {type(error).__name__}") from None


def open_session(path: Path, *, threads: int) -> "onnxruntime.InferenceSession":
    """A network in onnxruntime. WeightsError where it is none."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # or the wheel keeps a device id and calls its maker
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads  # N processes x 1 thread beats 1 x N on shared cores
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; its warnings about a network are for whoever made it
    try:
        return onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOW_FUSIONS
        )
    except Exception as error:  # its own exceptions have no common class, and their messages hold the whole path
        raise WeightsError(f"{_name(path)} is no network that runs here: {type(error).__name__}") from None


def open_tokenizer(path: Path) -> Tokenizer:
    """WeightsError where the file is no tokenizer."""
    try:
        return Tokenizer.from_file(str(path))
    except Exception:  # the library raises nothing narrower
        raise WeightsError(f"{_name(path)} is no tokenizer") from None


def _sentence_tokenizer(path: Path) -> Tokenizer:
    tokenizer = open_tokenizer(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for name in ("[CLS]", "[SEP]"):
        if tokenizer.token_to_id(name) is None:
            raise WeightsError(f"{_name(path)} lacks {name}")
    return tokenizer


def _name(path: Path) -> str:
    """Enough to find the file; what is said of it reaches `/readyz`, where the folders above are nobody's business."""
    return f"{path.parent.name}/{path.name}"


def _read_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"no weights: {_name(path)} is missing") from None
    except OSError as error:
        raise WeightsError(f"{_name(path)} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise WeightsError(f"{_name(path)} is not JSON: {error}") from None
    if not isinstance(manifest, dict):
        raise WeightsError(f"{_name(path)} is not a JSON object")
    if manifest.get("format") != FORMAT:
        found = f"{manifest.get('format')!r:.20}"
        raise WeightsError(f"{_name(path)} is of format {found}; this Obelus reads format {FORMAT}")
    if missing := _KINDS.keys() - manifest.keys():
        raise WeightsError(f"{_name(path)} lacks {', '.join(sorted(missing))}")
    if wrong := [key for key, kind in _KINDS.items() if not isinstance(manifest[key], kind)]:
        raise WeightsError(f"{_name(path)} has no usable {', '.join(wrong)}")
    return manifest


def _check_file(path: Path, expected_sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise WeightsError(f"no weights: {_name(path)} is missing") from None
    except OSError as error:
        raise WeightsError(f"{_name(path)} cannot be read: {error.strerror}") from None
    if found != expected_sha256:
        raise WeightsError(f"{_name(path)} is damaged: SHA-256 {found}, the manifest says {expected_sha256}")
