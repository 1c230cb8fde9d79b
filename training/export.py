"""One int8 ONNX file for both languages: a branch for each, of which a sentence runs one.

Inputs ``input_ids`` (1, tokens) and ``is_russian`` (a truth value); outputs ``scores`` (1, heads) and ``words``
(1, tokens, span labels), both 0..1. Bodies are int8 with scales per channel; the heads stay float.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, compose, helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertModel

from models.encoder import MAX_TOKENS
from training.calibration import Calibration
from training.network import Network

LANGUAGES = ("en", "ru")
OPSET = 17
TOKENIZERS = {"en": "tokenizer.json", "ru": "tokenizer.ru.json"}
FILES = ("model.onnx", *TOKENIZERS.values())


@dataclass(frozen=True, slots=True)
class Parts:
    """By language: the networks, whose heads are exported, their bodies, already int8 files, and the calibration of
    each label of words."""

    networks: Mapping[str, Network]
    bodies: Mapping[str, Path]
    words: Mapping[str, Sequence[Calibration]]


class _Body(torch.nn.Module):
    """Token ids (1, tokens) -> states (1, tokens, width): one sentence at a time, so nothing is padded."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self.encoder(
            input_ids=input_ids, attention_mask=torch.ones_like(input_ids)
        ).last_hidden_state
        return states


class _Scorer(torch.nn.Module):
    """States -> calibrated scores of the wanted heads, and of the words."""

    columns: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor
    word_scale: torch.Tensor
    word_bias: torch.Tensor

    def __init__(
        self,
        network: Network,
        columns: Sequence[int],
        calibrations: Sequence[Calibration],
        words: Sequence[Calibration],
    ) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("columns", torch.tensor(list(columns)))
        self.register_buffer("scale", torch.tensor([c.scale for c in calibrations]))
        self.register_buffer("bias", torch.tensor([c.bias for c in calibrations]))
        self.register_buffer("word_scale", torch.tensor([c.scale for c in words]))
        self.register_buffer("word_bias", torch.tensor([c.bias for c in words]))

    def forward(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logits, words = self.network.read(states, torch.ones(states.shape[:2], dtype=torch.int64))
        scores = torch.sigmoid(logits[:, self.columns] * self.scale + self.bias)
        return scores, torch.sigmoid(words * self.word_scale + self.word_bias)


def export_body(network: Network, target: Path) -> None:
    """The encoder, int8: dynamic activations, weights per channel. Places beyond the window are never asked for."""
    places = network.body.embeddings.position_embeddings
    places.weight = torch.nn.Parameter(places.weight[:MAX_TOKENS].detach().clone())
    plain = target.with_suffix(".fp32.onnx")
    _trace(_Body(network.body), torch.tensor([[2, 5, 6, 3]]), plain, ["input_ids"], ["states"])
    quantize_dynamic(str(plain), str(target), per_channel=True, weight_type=QuantType.QInt8)
    plain.unlink()


def export_network(
    parts: Parts, columns: Sequence[int], calibrations: Mapping[str, Sequence[Calibration]], target: Path
) -> None:
    """Write *target*: the wanted columns of the heads, calibrated, on the bodies."""
    branches = {}
    for code in LANGUAGES:
        part = target.with_suffix(f".{code}.onnx")
        scorer = _Scorer(parts.networks[code], columns, calibrations[code], parts.words[code])
        width = parts.networks[code].direct.in_features
        _trace(scorer, torch.zeros(1, 4, width), part, ["states_in"], ["scores", "words"])
        body, heads = onnx.load(str(parts.bodies[code])), onnx.load(str(part))
        part.unlink()
        heads.ir_version = body.ir_version
        known = {entry.domain for entry in heads.opset_import}  # domains must be known to both for the merge
        heads.opset_import.extend(entry for entry in body.opset_import if entry.domain not in known)
        heads = compose.add_prefix(heads, "heads/", rename_inputs=False, rename_outputs=False)
        branches[code] = compose.merge_models(body, heads, [("states", "states_in")])
    onnx.save(_either(branches["ru"], branches["en"]), str(target))


def _trace(module: torch.nn.Module, sample: torch.Tensor, target: Path, inputs: list[str], outputs: list[str]) -> None:
    axes = {name: {1: "tokens"} for name in [*inputs, *outputs] if name != "scores"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that are constant here
        torch.onnx.export(
            module.eval(), (sample,), str(target), input_names=inputs, output_names=outputs, dynamic_axes=axes,
            opset_version=OPSET, dynamo=False,
        )  # fmt: skip


def _either(russian: onnx.ModelProto, english: onnx.ModelProto) -> onnx.ModelProto:
    """A model of one ``If``: only the branch that is asked for runs."""
    branches = {}
    for name, model in (("then_branch", russian), ("else_branch", english)):
        prefixed = compose.add_prefix(model, f"{name[:4]}/", rename_inputs=False)
        graph = prefixed.graph
        del graph.input[:]  # a branch takes ``input_ids`` from outside
        _shorten(graph, name[0])
        branches[name] = graph
    node = helper.make_node("If", ["is_russian"], ["scores", "words"], **branches)
    graph = helper.make_graph(
        [node],
        "obelus",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]),
            helper.make_tensor_value_info("is_russian", TensorProto.BOOL, []),
        ],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, "heads"]),
            helper.make_tensor_value_info("words", TensorProto.FLOAT, [1, "tokens", "labels"]),
        ],
    )
    model = helper.make_model(graph, opset_imports=english.opset_import, ir_version=english.ir_version)
    onnx.checker.check_model(model)
    return model


def _shorten(graph: onnx.GraphProto, letter: str) -> None:
    """Short names for what is inside, and no shapes of it: a quarter of a megabyte that nobody reads."""
    kept = {"input_ids", *(output.name for output in graph.output)}
    names: dict[str, str] = {}

    def short(name: str) -> str:
        if not name or name in kept:
            return name
        return names.setdefault(name, f"{letter}{len(names)}")

    del graph.value_info[:]
    for tensor in graph.initializer:
        tensor.name = short(tensor.name)
    for node in graph.node:
        node.name, node.doc_string = "", ""
        node.input[:] = [short(name) for name in node.input]
        node.output[:] = [short(name) for name in node.output]


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """``manifest.json`` with the SHA-256 of every file that is loaded."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    text = json.dumps({**facts, "files": files}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")
