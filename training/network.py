"""The heads: what is learned on top of the encoder, and how a masked multi-task loss trains it.

A head's logit is a linear reading of the pooled embedding plus one of a small shared layer; for a mostly Cyrillic
text it is instead a prior plus the sum of the head's weights for the n-grams of the text, over the root of their
number. Without the prior a rare head could only learn from each n-gram that it is rare, and long texts would sink below
short ones. One forward pass serves all heads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from models.ngrams import CYRILLIC, NO_NGRAM, Ids

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the result besides the data."""

    seed: int = 20260911
    epochs: int = 12
    batch: int = 1024
    rate: float = 4e-3
    table_rate: float = 4e-2
    decay: float = 1e-2
    hidden: int = 128
    dropout: float = 0.3
    buckets: int = 2**15


@dataclass(frozen=True, slots=True)
class Samples:
    """``targets`` and ``weights`` are (texts, heads); a weight of 0 masks a head the row does not label."""

    embeddings: Matrix
    ngrams: list[Ids]
    targets: Matrix
    weights: Matrix


class Heads(torch.nn.Module):
    """Pooled embeddings (texts, width) and n-gram ids -> logits (texts, heads)."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, width: int, heads: int, settings: Settings) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        self.direct = torch.nn.Linear(width, heads)
        self.shared = torch.nn.Linear(width, settings.hidden)
        self.out = torch.nn.Linear(settings.hidden, heads, bias=False)
        self.dropout = torch.nn.Dropout(settings.dropout)
        self.table = torch.nn.Embedding(settings.buckets, heads)
        torch.nn.init.zeros_(self.table.weight)
        self.prior = torch.nn.Parameter(torch.zeros(heads))

    def read(self, pooled: torch.Tensor) -> torch.Tensor:
        """The encoder's part of the logits."""
        x = self.dropout((pooled - self.mean) / self.deviation)
        logits: torch.Tensor = self.direct(x) + self.out(self.dropout(functional.gelu(self.shared(x))))
        return logits

    def forward(self, pooled: torch.Tensor, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """*ids* is flat; *offsets* says where each text's begin."""
        counts = torch.diff(offsets, append=torch.tensor([len(ids)])).clamp(min=1)
        summed = functional.embedding_bag(ids, self.table.weight, offsets, mode="sum", padding_idx=NO_NGRAM)
        is_cyrillic = (ids[offsets] == CYRILLIC).unsqueeze(1)
        return torch.where(is_cyrillic, summed / counts.sqrt().unsqueeze(1) + self.prior, self.read(pooled))


def train_heads(samples: Samples, settings: Settings) -> Heads:
    """Train from zero; the same samples and settings give the same heads on the same machine."""
    torch.manual_seed(settings.seed)
    torch.use_deterministic_algorithms(mode=True)
    heads = Heads(samples.embeddings.shape[1], samples.targets.shape[1], settings)
    latin = samples.embeddings[[ids[0] != CYRILLIC for ids in samples.ngrams]]
    if len(latin):
        heads.mean.copy_(torch.from_numpy(latin.mean(0)))
        heads.deviation.copy_(torch.from_numpy(latin.std(0) + 1e-4))
    with torch.no_grad():
        heads.prior.copy_(_prior(samples))
    others = [p for name, p in heads.named_parameters() if not name.startswith("table")]
    optimiser = torch.optim.AdamW(
        [
            {"params": others, "lr": settings.rate},
            {"params": [heads.table.weight], "lr": settings.table_rate, "weight_decay": settings.decay},
        ],
        weight_decay=settings.decay,
    )
    steps = settings.epochs * -(-len(samples.targets) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=[settings.rate, settings.table_rate], total_steps=max(steps, 2), pct_start=0.15
    )
    # A head with few rows must not drown: each head's weights sum to the same.
    share = torch.from_numpy(samples.weights.sum(0).clip(min=1.0) / len(samples.targets)).float()
    random = np.random.default_rng(settings.seed)
    heads.train()
    for _ in range(settings.epochs):
        for rows in _batches(len(samples.targets), settings.batch, random):
            logits = _logits(heads, samples, rows)
            target = torch.from_numpy(samples.targets[rows])
            weight = torch.from_numpy(samples.weights[rows])
            losses = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
            loss = ((losses * weight).mean(0) / share.sqrt()).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return heads.eval()


def _prior(samples: Samples) -> torch.Tensor:
    """The logit of how often each head is 1 in mostly Cyrillic texts (heads,); where nothing is known, one half."""
    rows = np.array([ids[0] == CYRILLIC for ids in samples.ngrams])
    weights, targets = samples.weights[rows], samples.targets[rows]
    share = ((weights * targets).sum(0) + 0.5) / (weights.sum(0) + 1.0)
    return torch.from_numpy(np.log(share / (1 - share)).astype(np.float32))


@torch.no_grad()
def predict(heads: Heads, samples: Samples) -> Matrix:
    """Raw logits (texts, heads)."""
    rows = [_logits(heads, samples, r).numpy() for r in np.array_split(np.arange(len(samples.ngrams)), 64) if len(r)]
    result: Matrix = np.concatenate(rows)
    return result


def _batches(count: int, size: int, random: np.random.Generator) -> Iterator[npt.NDArray[np.int64]]:
    order = random.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]


def _logits(heads: Heads, samples: Samples, rows: npt.NDArray[np.int64]) -> torch.Tensor:
    picked = [samples.ngrams[row] for row in rows]
    offsets = np.cumsum([0, *map(len, picked[:-1])])
    logits: torch.Tensor = heads(
        torch.from_numpy(samples.embeddings[rows]),
        torch.from_numpy(np.concatenate(picked)),
        torch.from_numpy(offsets.astype(np.int64)),
    )
    return logits
