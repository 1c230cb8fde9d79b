"""What was learned, small enough to keep beside the ONNX file and to train on from: ``adapters.safetensors``.

English: how the tuned body differs from the public base, each matrix by a few rows and columns, and the heads, in half
precision. Russian: the whole small encoder, its matrices as int8 with a scale a row. Names are those of the modules,
after ``en.`` or ``ru.``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel

from training.network import Network

ADAPTERS = "adapters.safetensors"
RANK = 40
_SCALE, _LEFT, _RIGHT = ".row_scale", ".left", ".right"
_MIN_ROWS = 64  # smaller tensors are not worth a scale


@torch.no_grad()
def keep_low_rank(body: BertModel, base: BertModel, rank: int = RANK) -> None:
    """Leave of each matrix's change only its best approximation of *rank* (Eckart and Young 1936): what is shipped can
    then be stored and trained on. What tuning changes is nearly all of low rank (Hu et al. 2022)."""
    before = base.state_dict()
    for name, left, right in _changes(body, base, rank):
        body.state_dict()[name].copy_(before[name] + left @ right)


def _changes(body: BertModel, base: BertModel, rank: int) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
    """Name, (rows, rank) and (rank, columns) of every tuned matrix."""
    before = base.state_dict()
    for name, tensor in body.state_dict().items():
        if tensor.dim() == 2 and not torch.equal(tensor, before[name]):
            left, sizes, right = torch.linalg.svd(tensor - before[name], full_matrices=False)
            yield name, left[:, :rank] * sizes[:rank], right[:rank]


def save_adapters(networks: Mapping[str, Network], base: BertModel, target: Path) -> None:
    """Write what differs from the public base."""
    kept: dict[str, torch.Tensor] = {}
    for name, left, right in _changes(networks["en"].body, base, RANK):
        kept[f"en.body.{name}{_LEFT}"], kept[f"en.body.{name}{_RIGHT}"] = (
            left.half().contiguous(),
            right.half().contiguous(),
        )
    before = base.state_dict()
    for name, tensor in networks["en"].state_dict().items():
        inner = name.removeprefix("body.")
        is_own = inner == name or (tensor.dim() == 1 and not torch.equal(tensor, before[inner]))
        if is_own and tensor.is_floating_point():
            kept[f"en.{name}"] = tensor.half().contiguous()
    for name, tensor in networks["ru"].state_dict().items():
        if tensor.dim() == 2 and len(tensor) >= _MIN_ROWS:
            scale = tensor.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
            kept[f"ru.{name}"] = torch.round(tensor / scale).to(torch.int8)
            kept[f"ru.{name}{_SCALE}"] = scale.to(torch.float32).contiguous()
        elif tensor.is_floating_point():
            kept[f"ru.{name}"] = tensor.half().contiguous()
    save_file(kept, str(target))


def load_adapters(network: Network, code: str, source: Path) -> None:
    """Put what was learned back on a network of the same shape, an English one on the base. ValueError names a tensor
    that does not fit it."""
    stored = load_file(str(source))
    state = network.state_dict()
    for name, tensor in stored.items():
        inner = name.removeprefix(f"{code}.")
        if inner == name or inner.endswith((_SCALE, _RIGHT)):
            continue
        learned = tensor.float()
        if inner.endswith(_LEFT):
            inner = inner.removesuffix(_LEFT)
            learned = learned @ stored[f"{code}.{inner}{_RIGHT}"].float()
            if inner in state and state[inner].shape == learned.shape:
                learned = state[inner] + learned
        elif f"{name}{_SCALE}" in stored:
            learned = learned * stored[f"{name}{_SCALE}"]
        if inner not in state or state[inner].shape != learned.shape:
            raise ValueError(f"{source.name}: {code}.{inner} does not fit this network")
        state[inner] = learned
    network.load_state_dict(state)
