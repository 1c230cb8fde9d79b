"""The rate at which one core multiplies int8 matrices in onnxruntime, quantisation of what goes in included."""

import time

import numpy as np
import onnxruntime

from models.onnx_file import Field, build, inner, make_node, make_tensor
from models.onnx_file import text as text_field

_ROUNDS = 40


def measure_rate(rows: int, *, width: int, inner_width: int, layers: int) -> float:
    """Operations a second over the products of all layers, for all *rows* at once; each layer has weights of its own,
    which have to come from memory as a network's have."""
    shapes = [(width, 3 * width), (width, width), (width, inner_width), (inner_width, width)]
    sessions = [(_session(taken, columns), taken) for _ in range(layers) for taken, columns in shapes]
    draw = np.random.default_rng(1)
    given = {taken: draw.normal(size=(rows, taken)).astype(np.float32) for taken in (width, inner_width)}
    seconds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        for session, taken in sessions:
            session.run(None, {"rows": given[taken]})
        seconds.append(time.process_time() - began)
    return 2 * rows * layers * sum(taken * columns for taken, columns in shapes) / min(seconds)


def _session(width: int, columns: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(_network(width, columns), options, providers=["CPUExecutionProvider"])


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
    domains = [
        inner(8, [text_field(1, domain), (2, 0, version)]) for domain, version in (("", 17), ("com.microsoft", 1))
    ]
    return build([(1, 0, 9), inner(7, graph), *domains])


def _floats(number: int, name: str) -> Field:
    """A matrix of floats of any size, as the graph's input or output."""
    dimension = inner(1, [text_field(2, f"of {name}")])
    other = inner(1, [text_field(2, f"of {name} too")])
    kind = inner(1, [(1, 0, 1), inner(2, [dimension, other])])
    return inner(number, [text_field(1, name), inner(2, [kind])])
