"""One int8 ONNX file: the quantised body with all heads, their calibration and the n-gram table on it."""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import compose

from models.ngrams import CYRILLIC, NO_NGRAM
from training.base import OPSET, WIDTH
from training.calibration import Calibration
from training.network import Heads

LANGUAGES = ("en", "ru")


class Scorer(torch.nn.Module):
    """Pooled embedding (1, width) and n-gram ids (1, n) -> scores (1, heads)."""

    table: torch.Tensor
    step: torch.Tensor
    prior: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor

    def __init__(self, heads: Heads, columns: Sequence[int], calibrations: Mapping[str, Sequence[Calibration]]) -> None:
        super().__init__()
        self.heads = heads
        self.register_buffer("columns", torch.tensor(list(columns)))
        table = heads.table.weight.detach()[:, list(columns)]
        step = table.abs().amax(0).clamp(min=1e-8) / 127
        self.register_buffer("table", torch.round(table / step).to(torch.int8))
        self.register_buffer("step", step)
        self.register_buffer("prior", heads.prior.detach()[list(columns)])
        self.register_buffer("scale", torch.tensor([[c.scale for c in calibrations[code]] for code in LANGUAGES]))
        self.register_buffer("bias", torch.tensor([[c.bias for c in calibrations[code]] for code in LANGUAGES]))

    def forward(self, pooled: torch.Tensor, ngram_ids: torch.Tensor) -> torch.Tensor:
        known = (ngram_ids != NO_NGRAM).to(torch.float32)
        weights = self.table[ngram_ids].to(torch.float32) * known.unsqueeze(-1)
        summed = weights.sum(1) * self.step / known.sum(1, keepdim=True).clamp(min=1.0).sqrt() + self.prior
        is_cyrillic = ngram_ids[:, :1] == CYRILLIC
        logits = torch.where(is_cyrillic, summed, self.heads.read(pooled)[:, self.columns])
        language = is_cyrillic[:, 0].to(torch.int64)
        scores: torch.Tensor = torch.sigmoid(logits * self.scale[language] + self.bias[language])
        return scores


def export_network(body: Path, scorer: Scorer, target: Path) -> None:
    """Write *target*: inputs ``input_ids``, ``attention_mask``, ``ngram_ids``; output ``scores``."""
    part = target.with_suffix(".heads.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that are constant here
        torch.onnx.export(
            scorer.eval(),
            (torch.zeros(1, WIDTH), torch.tensor([[CYRILLIC, 5, 7]])),
            str(part),
            input_names=["pooled_in", "ngram_ids"],
            output_names=["scores"],
            dynamic_axes={"ngram_ids": {1: "ngrams"}},
            opset_version=OPSET,
            dynamo=False,
        )
    encoder, heads = onnx.load(str(body)), onnx.load(str(part))
    part.unlink()
    heads.ir_version = encoder.ir_version
    # Domains of quantised operators must be known to both halves for the merge.
    known = {entry.domain for entry in heads.opset_import}
    heads.opset_import.extend(entry for entry in encoder.opset_import if entry.domain not in known)
    merged = compose.merge_models(
        encoder,
        compose.add_prefix(heads, "heads/", rename_inputs=False, rename_outputs=False),
        [("pooled", "pooled_in")],
    )
    onnx.checker.check_model(merged)
    onnx.save(merged, str(target))


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """``manifest.json`` with the SHA-256 of every file that is loaded."""
    files = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in ("model.onnx", "tokenizer.json")}
    text = json.dumps({**facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")
