"""Embeddings of all training texts by the int8 body: heads learn on exactly what is shipped."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from models.ngrams import is_cyrillic
from training.base import MAX_TOKENS, WIDTH

Embeddings = npt.NDArray[np.float32]
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Embedder:
    """What makes an embedding, and the folder where known ones are kept."""

    body: Path
    tokenizer: Path
    cache: Path
    processes: int = 2


def embed(texts: Sequence[str], embedder: Embedder) -> Embeddings:
    """(texts, 384), one text at a time as at run time; mostly Cyrillic texts as the empty text.

    Chunks are kept under the hash of the body: a second run, or the second profile, embeds only what is new.
    """
    home = embedder.cache / hashlib.sha256(embedder.body.read_bytes()).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    read = ["" if is_cyrillic(text) else text for text in texts]
    known = _load(home)
    new = sorted(text for text in set(read) if _key(text) not in known)
    jobs = [(new[start : start + _CHUNK], embedder, home) for start in range(0, len(new), _CHUNK)]
    if embedder.processes > 1 and len(jobs) > 1:
        with ProcessPoolExecutor(embedder.processes) as pool:
            list(pool.map(_embed_chunk, jobs))
    else:
        list(map(_embed_chunk, jobs))
    if jobs:
        known = _load(home)
    vectors = np.zeros((len(read), WIDTH), dtype=np.float32)
    for row, text in enumerate(read):
        vectors[row] = known[_key(text)]
    return vectors


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _load(home: Path) -> dict[str, npt.NDArray[np.float32]]:
    known: dict[str, npt.NDArray[np.float32]] = {}
    for file in sorted(home.glob("*.npz")):
        with np.load(file, allow_pickle=False) as chunk:
            known.update(zip(chunk["keys"].tolist(), chunk["vectors"], strict=True))
    return known


def _embed_chunk(job: tuple[list[str], Embedder, Path]) -> None:
    texts, embedder, home = job
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(embedder.body), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(embedder.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in enumerate(texts):
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        vectors[row] = session.run(["pooled"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    keys = list(map(_key, texts))
    np.savez(home / f"{_key(''.join(keys))}.npz", keys=np.array(keys), vectors=vectors)
