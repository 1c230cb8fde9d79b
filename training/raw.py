"""What an exported network says of many texts, in several processes: what is calibrated is what is shipped."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.encoder import open_encoder

Scores = npt.NDArray[np.float32]
_CHUNK = 500


def read_raw(texts: Sequence[str], model: Path, tokenizers: Path, *, processes: int) -> Scores:
    """(texts, heads); each text alone, as at run time. *tokenizers* is the folder they lie in."""
    jobs = [(list(texts[at : at + _CHUNK]), model, tokenizers) for at in range(0, len(texts), _CHUNK)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_read, jobs)))


def _read(job: tuple[list[str], Path, Path]) -> Scores:
    texts, model, tokenizers = job
    return open_encoder(model, tokenizers).score(texts).values
