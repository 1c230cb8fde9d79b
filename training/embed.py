"""Embeddings of all training texts by the int8 body: heads learn on exactly what is shipped."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from models.ngrams import is_cyrillic
from training.base import MAX_TOKENS, WIDTH

Embeddings = npt.NDArray[np.float32]
_CHUNK = 2_000


def embed(texts: Sequence[str], body: Path, tokenizer: Path, *, cache: Path, processes: int = 2) -> Embeddings:
    """(texts, 384), one text at a time as at run time; mostly Cyrillic texts as the empty text. Chunks are kept in *cache* under the hash of what made
    them, so that a second run, or the second profile, embeds only what is new."""
    cache.mkdir(parents=True, exist_ok=True)
    body_hash = hashlib.sha256(body.read_bytes()).hexdigest()[:16]
    read = ["" if is_cyrillic(text) else text for text in texts]
    order = {text: row for row, text in enumerate(sorted(set(read)))}
    distinct = list(order)
    chunks = [distinct[start : start + _CHUNK] for start in range(0, len(distinct), _CHUNK)]
    jobs = [(chunk, body, tokenizer, cache, body_hash) for chunk in chunks]
    if processes > 1 and len(jobs) > 1:
        with ProcessPoolExecutor(processes) as pool:
            parts = list(pool.map(_embed_chunk, jobs))
    else:
        parts = [_embed_chunk(job) for job in jobs]
    vectors = np.concatenate(parts) if parts else np.zeros((0, WIDTH), dtype=np.float32)
    result: Embeddings = vectors[[order[text] for text in read]]
    return result


def _embed_chunk(job: tuple[list[str], Path, Path, Path, str]) -> Embeddings:
    texts, body, tokenizer_file, cache, body_hash = job
    key = hashlib.sha256("\0".join([body_hash, *texts]).encode()).hexdigest()[:24]
    kept = cache / f"{key}.npy"
    if kept.exists():
        known: Embeddings = np.load(kept, allow_pickle=False)
        return known
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(body), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in enumerate(texts):
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        vectors[row] = session.run(["pooled"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
    np.save(kept, vectors)
    return vectors
