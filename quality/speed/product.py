"""The rate at which one core multiplies int8 matrices in onnxruntime, quantisation of what goes in included."""

import time

import numpy as np
import onnxruntime

from models.onnx_file import Field, build, inner, make_node, make_tensor
from models.onnx_file import text as text_field

_ROWS = 512
_ROUNDS = 60


def measure_rate(width: int, inner_width: int) -> float:
    """Operations a second over the four products of a layer, each of many rows."""
    shapes = [(width, 3 * width), (width, width), (width, inner_width), (inner_width, width)]
    operations = sum(2 * _ROWS * rows * columns for rows, columns in shapes)
    return operations / sum(_seconds(rows, columns) for rows, columns in shapes)


def _seconds(width: int, columns: int) -> float:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(_network(width, columns), options, providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(1).normal(size=(_ROWS, width)).astype(np.float32)
    taken = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        session.run(None, {"rows": rows})
        taken.append(time.process_time() - began)
    return min(taken)


def _network(width: int, columns: int) -> bytes:
    draw = np.random.default_rng(2)
    tensors = {
        "weights": draw.integers(-127, 127, (width, columns)).astype(np.int8),
        "scales": draw.random(columns).astype(np.float32),
        "zeros": np.zeros(columns, dtype=np.int8),
    }
    node = make_node("DynamicQuantizeMatMul", ["rows", *tensors], ["product"], domain="com.microsoft")
    graph: list[Field] = [(1, 2, node.message), text_field(2, "product")]
    graph += [(5, 2, make_tensor(name, values)) for name, values in tensors.items()]
    graph += [_floats(11, "rows"), _floats(12, "product")]
    domains = [inner(8, [text_field(1, domain), (2, 0, version)]) for domain, version in (("", 17), ("com.microsoft", 1))]
    return build([(1, 0, 9), inner(7, graph), *domains])


def _floats(number: int, name: str) -> Field:
    """A matrix of floats of any size, as the graph's input or output."""
    dimension = inner(1, [text_field(2, f"of {name}")])
    other = inner(1, [text_field(2, f"of {name} too")])
    kind = inner(1, [(1, 0, 1), inner(2, [dimension, other])])
    return inner(number, [text_field(1, name), inner(2, [kind])])
