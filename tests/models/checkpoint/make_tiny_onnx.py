"""Makes ``tiny/`` anew: a sequence classifier of 1 kB that anybody can check by hand. Needs the package onnx.

    .venv-train/bin/python -m tests.models.checkpoint.make_tiny_onnx

The network looks up a row of three numbers for each token and adds the rows of one sentence up; the three sums are the
logits of CALM, VIOLENT and THREAT. "knife" is worth 4 for VIOLENT, "beware" 4 for THREAT, "tea" 4 for CALM, and every
other word nothing. Positions beyond 32 do not exist, as in a real network, so that a longer input fails.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

FOLDER = Path(__file__).parent / "tiny"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "knife", "beware", "tea", "нож", "a", "the", "long", "one"]
WORTH = {"knife": (0, 4, 0), "нож": (0, 4, 0), "beware": (0, 0, 4), "tea": (4, 0, 0)}
POSITIONS = 32


def make_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def make_network() -> onnx.ModelProto:
    table = np.array([WORTH.get(word, (0, 0, 0)) for word in WORDS], dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),  # (1, tokens, 3)
        helper.make_node("CumSum", ["attention_mask", "axis"], ["counted"]),  # 1, 2, 3 …
        helper.make_node("Sub", ["counted", "attention_mask"], ["positions"]),
        helper.make_node("Gather", ["nothing", "positions"], ["places"]),
        helper.make_node("Add", ["rows", "places"], ["placed"]),
        helper.make_node("ReduceSum", ["placed", "axis"], ["logits"], keepdims=0),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.zeros((POSITIONS, 3), dtype=np.float32), "nothing"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    make_tokenizer().save(str(FOLDER / "tokenizer.json"))
    onnx.save(make_network(), FOLDER / "model.onnx")
