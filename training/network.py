"""The network: an encoder with all heads on it, and how a masked multi-task loss trains it.

One forward pass serves every classifier: a score of each head for the sentence, and for each of its tokens which type
of violence it tells of, what part it plays, what technique it carries. English is read by the base, Russian by our own
small encoder; both are tuned and have heads of the same names.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from models.spelling import read_through
from training.names import swap_names
from training.noise import disturb
from training.rows import Row

Matrix = npt.NDArray[np.float32]
MAX_TRAINED_TOKENS = 96  # a longer sentence is cut in training, and read in windows at run time
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
_HAS_HALF = DEVICE.type == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)
_AXES = ("violence.describes", "violence.graphic", "violence.inciting", "bias.biased", "bias.subjective")


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the result besides the data."""

    seed: int = 20261124
    epochs: int = 4
    tokens_a_batch: int = 1_400
    rate: float = 1e-4
    head_rate: float = 1e-3
    decay: float = 0.01
    hidden: int = 128
    dropout: float = 0.15  # of the heads; the bodies have none, for drawing it costs as much as reading
    tuned_vectors: bool = False  # whether the vectors of tokens learn too
    noise: float = 0.2  # share of training sentences that get typing errors or a disguise
    swaps: float = 0.3  # share whose countries, outlets and leaders are swapped for others
    axis_weight: float = 3.0  # of the heads that every report shows
    token_weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Encoded:
    """A row as the network reads it; ``spans`` (tokens, labels) or None where the row says nothing of its words."""

    ids: list[int]
    targets: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    spans: npt.NDArray[np.float32] | None
    span_weights: npt.NDArray[np.float32]  # (labels,): 0 for those that were not looked for


def half_precision() -> torch.autocast:
    """Products in bfloat16 where the processor has it: two thirds of the time; the weights stay whole."""
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, enabled=_HAS_HALF)


class Network(torch.nn.Module):
    """Token ids (texts, tokens) -> logits (texts, heads) and (texts, tokens, span labels)."""

    def __init__(self, body: BertModel, heads: int, span_labels: int, settings: Settings) -> None:
        super().__init__()
        self.body = body
        width = body.config.hidden_size
        self.direct = torch.nn.Linear(width, heads)
        self.shared = torch.nn.Linear(width, settings.hidden)
        self.out = torch.nn.Linear(settings.hidden, heads, bias=False)
        self.spans = torch.nn.Linear(width, span_labels)
        self.dropout = torch.nn.Dropout(settings.dropout)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.read(states, attention_mask)

    def read(self, states: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The heads: of the mean of all tokens, and of each token."""
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled = self.dropout((states * mask).sum(1) / mask.sum(1).clamp(min=1.0))
        logits = self.direct(pooled) + self.out(self.dropout(functional.gelu(self.shared(pooled))))
        return logits, self.spans(self.dropout(states))


class Encoding:
    """Rows to token ids, targets and span labels, for one tokenizer and fixed lists of heads and span labels."""

    def __init__(self, tokenizer: Tokenizer, heads: Sequence[str], span_labels: Sequence[str]) -> None:
        self.tokenizer = tokenizer
        self.first, self.last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        self.columns = {name: column for column, name in enumerate(heads)}
        self.span_columns = {name: column for column, name in enumerate(span_labels)}

    def encode(self, row: Row, *, random: np.random.Generator | None = None) -> Encoded:
        """*random* disturbs the text, as typing errors and disguises do; its words are then no span labels."""
        legible = read_through(disturb(row.text, random) if random is not None else row.text)
        pieces = self.tokenizer.encode(legible.text, add_special_tokens=False)
        ids = pieces.ids[: MAX_TRAINED_TOKENS - 2]
        targets = np.zeros(len(self.columns), dtype=np.float32)
        weights = np.zeros_like(targets)
        for name, value in row.labels.items():
            targets[self.columns[name]], weights[self.columns[name]] = value, row.weight
        spans = None
        if row.spans is not None and random is None:
            spans = np.zeros((len(ids) + 2, len(self.span_columns)), dtype=np.float32)
            places = [legible.original(*offset) for offset in pieces.offsets[: len(ids)]]
            for start, end, label in row.spans:
                for place, (left, right) in enumerate(places, start=1):
                    if left < end and start < right:
                        spans[place, self.span_columns[label]] = 1.0
        span_weights = np.zeros(len(self.span_columns), dtype=np.float32)
        span_weights[[self.span_columns[name] for name in row.span_labels if name in self.span_columns]] = (
            row.span_weight
        )
        return Encoded([self.first, *ids, self.last], targets, weights, spans, span_weights)


def train(
    network: Network,
    rows: Sequence[tuple[str, Row]],
    encoding: Encoding,
    settings: Settings,
    *,
    most: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Train on (set, row) pairs; the same rows and settings give the same network on the same machine.

    *most* says how many rows of a set an epoch takes at most.
    """
    if not settings.epochs:
        return
    torch.manual_seed(settings.seed)
    random = np.random.default_rng(settings.seed)
    sets: dict[str, list[Row]] = {}
    for name, row in rows:
        sets.setdefault(name, []).append(row)
    plan = [_epoch(sets, encoding, settings, random, most) for _ in range(settings.epochs)]
    heads = [p for name, p in network.named_parameters() if not name.startswith("body") and p.requires_grad]
    body = [p for name, p in network.named_parameters() if name.startswith("body") and p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": settings.rate}, {"params": heads, "lr": settings.head_rate}],
        weight_decay=settings.decay,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=[settings.rate, settings.head_rate], total_steps=sum(map(len, plan)), pct_start=0.1
    )
    weight = _head_weights(plan, encoding, settings)
    began = time.monotonic()
    network.to(DEVICE).train()
    weight = weight.to(DEVICE)
    for number, batches in enumerate(plan, start=1):
        losses = []
        for batch in batches:
            with half_precision():
                loss = _loss(network, batch, weight, settings)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
            if len(losses) % 100 == 0:
                spent = time.monotonic() - began
                print(f"  epoch {number}, step {len(losses)} of {len(batches)}: {spent:.0f} s", flush=True)
        print(f"  epoch {number}: loss {np.mean(losses):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    network.to("cpu").eval()


def _epoch(
    sets: dict[str, list[Row]],
    encoding: Encoding,
    settings: Settings,
    random: np.random.Generator,
    most: Mapping[str, int],
) -> list[list[Encoded]]:
    """Batches of sentences of like length."""
    chosen: list[Encoded] = []
    for name, rows in sets.items():
        for index in random.permutation(len(rows))[: most.get(name, len(rows))]:
            row = rows[index]
            if random.random() < settings.swaps:
                text, words = swap_names(row.text, row.spans, row.language, random)
                row = replace(row, text=text, spans=words)
            disturbed = random if random.random() < settings.noise else None
            chosen.append(encoding.encode(row, random=disturbed))
    order = sorted(range(len(chosen)), key=lambda i: len(chosen[i].ids) + random.random() * 6)
    batches: list[list[Encoded]] = [[]]
    for index in order:
        if (len(batches[-1]) + 1) * len(chosen[index].ids) > settings.tokens_a_batch:
            batches.append([])
        batches[-1].append(chosen[index])
    return [batches[i] for i in random.permutation(len(batches))]


def _head_weights(plan: list[list[list[Encoded]]], encoding: Encoding, settings: Settings) -> torch.Tensor:
    """A head with few rows must not drown, and the axes lead."""
    encoded = [one for batches in plan for batch in batches for one in batch]
    share = np.sum([one.weights for one in encoded], axis=0) / len(encoded)
    # A head that no row of this language labels has no say, also not in how much the others count.
    weight = np.where(share > 0, 1.0 / np.sqrt(np.clip(share, 0.01, None)), 0.0)
    for name in _AXES:
        if name in encoding.columns:
            weight[encoding.columns[name]] *= settings.axis_weight
    return torch.from_numpy((weight / weight[weight > 0].mean()).astype(np.float32))


def _loss(network: Network, batch: list[Encoded], weight: torch.Tensor, settings: Settings) -> torch.Tensor:
    ids, mask = pad([one.ids for one in batch])
    logits, words = network(ids.to(DEVICE), mask.to(DEVICE))
    targets = torch.from_numpy(np.stack([one.targets for one in batch])).to(DEVICE)
    weights = torch.from_numpy(np.stack([one.weights for one in batch])).to(DEVICE)
    losses = functional.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none")
    loss = (losses * weights * weight).sum(1).mean()
    known = [row for row, one in enumerate(batch) if one.spans is not None]
    if known:
        truth = torch.zeros((len(known), *words.shape[1:]))
        for place, row in enumerate(known):
            spans = batch[row].spans
            assert spans is not None
            truth[place, : len(spans)] = torch.from_numpy(spans)
        share = torch.from_numpy(np.stack([batch[row].span_weights for row in known])).unsqueeze(1).to(DEVICE)
        found = functional.binary_cross_entropy_with_logits(words[known].float(), truth.to(DEVICE), reduction="none")
        present = mask[known].unsqueeze(-1).to(found)
        loss = loss + settings.token_weight * (found * present * share).sum() / present.sum()
    return loss


def pad(ids: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids of several texts as one rectangle, and which of them are there."""
    longest = max(map(len, ids))
    padded = torch.zeros((len(ids), longest), dtype=torch.int64)
    mask = torch.zeros_like(padded)
    for row, one in enumerate(ids):
        padded[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    return padded, mask


@torch.no_grad()
def predict(network: Network, texts: Sequence[str], encoding: Encoding) -> Matrix:
    """Logits (texts, heads) of the network as trained, before it is made int8."""
    encoded = [encoding.encode(Row(text, "", "", {})).ids for text in texts]
    order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
    found = np.zeros((len(texts), network.direct.out_features), dtype=np.float32)
    for chunk in _chunks(order, 64):
        logits, _ = network(*pad([encoded[i] for i in chunk]))
        found[chunk] = logits.numpy()
    return found


@torch.no_grad()
def predict_words(network: Network, rows: Sequence[Row], encoding: Encoding) -> tuple[Matrix, Matrix, Matrix]:
    """Logits, truth and weights (tokens, span labels) of rows whose words were marked; weight 0: not looked for."""
    logits, truth, weights = [], [], []
    encoded = [encoding.encode(row) for row in rows]
    for chunk in _chunks(sorted(range(len(rows)), key=lambda i: len(encoded[i].ids)), 64):
        _, words = network(*pad([encoded[i].ids for i in chunk]))
        for place, i in enumerate(chunk):
            spans = encoded[i].spans
            assert spans is not None
            logits.append(words[place, : len(spans)].numpy())
            truth.append(spans)
            weights.append(np.broadcast_to(encoded[i].span_weights, spans.shape))
    return np.concatenate(logits), np.concatenate(truth), np.concatenate(weights)


def _chunks(order: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
