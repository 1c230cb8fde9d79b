"""The network made ready for the processor says what the file says, and only our own export is touched."""

import numpy as np
import onnxruntime
import pytest

from models.encoder import WEIGHTS_FOLDER, Encoder, load_encoder, open_session
from models.fusing import fuse
from models.memory import Memory
from models.onnx_file import FormatError, build, inner, make_node, make_tensor, parse, read_tensor, text
from models.text import split_sentences
from quality.speed.product import _network

LAYERS = {False: 6, True: 2}  # of each language's network, by whether it is Russian's
SAMPLES = WEIGHTS_FOLDER.parent / "samples"


@pytest.mark.weights
@pytest.mark.parametrize("profile", ["research", "permissive"])
def test_scores_stay_those_of_the_file(profile: str) -> None:
    """Within 0.02 at the 99th percentile; rounding differs where a product is made in one piece."""
    fused = load_encoder(profile)
    plain = open_session(WEIGHTS_FOLDER / profile / "model.onnx", threads=1)
    encoder = Encoder(plain, fused.tokenizers, fused.facts, memory=Memory(size=0))
    sentences = [
        span.text for sample in sorted(SAMPLES.glob("*.txt")) for span in split_sentences(sample.read_text("utf-8"))
    ]
    assert len(sentences) > 30
    ours, theirs = fused.score(sentences).values, encoder.score(sentences).values
    assert np.quantile(np.abs(ours - theirs), 0.99) <= 0.02
    assert theirs.max() > 0.5  # they do say something


@pytest.mark.weights
@pytest.mark.parametrize("profile", ["research", "permissive"])
def test_every_attention_of_the_shipped_networks_is_fused(profile: str) -> None:
    network = fuse((WEIGHTS_FOLDER / profile / "model.onnx").read_bytes())
    assert network.count(b"QAttention") == sum(LAYERS.values())
    assert network.count(b"Softmax") == 0
    assert fuse(network) == network


def test_another_network_computes_what_it_did() -> None:
    network = _network(8, 4)
    rows = np.arange(16, dtype=np.float32).reshape(2, 8)
    options = onnxruntime.SessionOptions()
    before, after = (
        onnxruntime.InferenceSession(one, options, providers=["CPUExecutionProvider"]).run(None, {"rows": rows})[0]
        for one in (network, fuse(network))
    )
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("damaged", [b"\x3a\xff", b"\x0a", b"\xff" * 4, b"\x0b"])
def test_what_is_no_file_of_the_format_is_refused(damaged: bytes) -> None:
    with pytest.raises(FormatError):
        fuse(damaged)


@pytest.mark.parametrize(
    "values",
    [
        np.array([[1.5, -2.0]], dtype=np.float32),
        np.array([-128, 127], dtype=np.int8),
        np.zeros((), dtype=np.int8),
        np.array([2**40], dtype=np.int64),
    ],
)
def test_a_tensor_comes_back_as_it_was(values: np.ndarray) -> None:  # type: ignore[type-arg]
    found = read_tensor(make_tensor("name", values))
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    np.testing.assert_array_equal(found, values)


def test_numbers_of_varying_length_are_read() -> None:
    """As exporters keep the zero points: -1 takes ten bytes."""
    packed = build([(1, 0, 2), (2, 0, 3), (5, 2, b"\xff" * 9 + b"\x01" + b"\x05")])
    assert read_tensor(packed).tolist() == [-1, 5]


def test_a_node_keeps_its_inputs_in_order() -> None:
    node = make_node("Add", ["b", "", "a"], ["c"], numbers={"axis": 300})
    assert (node.kind, node.inputs, node.outputs) == ("Add", ("b", "", "a"), ("c",))
    assert build(parse(node.message)) == node.message
    assert parse(inner(1, [text(2, "x")])[2]) == [(2, 2, b"x")]
