"""The shipped network made ready for the processor: each attention, some forty nodes as exported, becomes one
``QAttention`` of onnxruntime, which multiplies queries, keys and values in one product.

Nothing is learned or rounded anew: weights, scales and the quantisation of what goes in are the file's own. Done on
load, in some 50 ms, so there is nothing to keep beside the file that could be older than it. What does not look like
our export is left as it is. See docs/decisions/0030-reading-less.md.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from models.onnx_file import (
    Array,
    Field,
    Message,
    Node,
    build,
    inner,
    make_node,
    make_tensor,
    parse,
    read_tensor,
    texts_of,
)
from models.onnx_file import text as text_field

_MODEL_GRAPH, _MODEL_OPSET = 7, 8
_GRAPH_NODE, _GRAPH_TENSOR = 1, 5
_NODE_ATTRIBUTE, _ATTRIBUTE_GRAPH = 5, 6
_DOMAIN = "com.microsoft"  # of onnxruntime's own operators
_MOVES = frozenset({"Reshape", "Transpose", "Mul", "Add", "Cast"})  # between a product and the attention


def fuse(model: bytes | memoryview) -> bytes:
    """*model* with its attentions fused. `FormatError` where it is no ONNX file."""
    fields = _inside(parse(model), _MODEL_GRAPH, _fuse_graph)
    domain = inner(_MODEL_OPSET, [text_field(1, _DOMAIN), (2, 0, 1)])
    known = [parse(v) for n, _, v in fields if n == _MODEL_OPSET and not isinstance(v, int)]
    return build(fields if any(_DOMAIN in texts_of(opset, 1) for opset in known) else [*fields, domain])


def _inside(fields: Message, number: int, change: Callable[[Message], Message]) -> Message:
    """*fields* with what is in the field *number* changed."""
    return [
        inner(number, change(parse(value))) if found == number and not isinstance(value, int) else (found, wire, value)
        for found, wire, value in fields
    ]


def _fuse_graph(fields: Message) -> Message:
    """The graph of the file holds an ``If`` whose branches are the networks."""

    def fuse_branches(node: Message) -> Message:
        return _inside(node, _NODE_ATTRIBUTE, lambda attribute: _inside(attribute, _ATTRIBUTE_GRAPH, _fuse_branch))

    return _inside(fields, _GRAPH_NODE, fuse_branches)


def _fuse_branch(fields: Message) -> Message:
    graph = _Graph.of(fields)
    for softmax in [node for node in graph.nodes if node.kind == "Softmax"]:
        if attention := graph.attention_around(softmax):
            graph.replace(attention)
    outputs = [next(texts_of(parse(v), 1)) for n, _, v in fields if n == 12 and not isinstance(v, int)]
    nodes, tensors = graph.needed_for(outputs)
    others = [one for one in fields if one[0] not in (_GRAPH_NODE, _GRAPH_TENSOR)]
    kept: list[Field] = [(_GRAPH_NODE, 2, node.message) for node in nodes]
    return [*kept, *others, *((_GRAPH_TENSOR, 2, tensor) for tensor in tensors)]


@dataclass(frozen=True, slots=True)
class _Product:
    """``input`` (quantised: values, scale, zero) times ``weights``, whose columns have scales, plus ``bias``."""

    quantised: tuple[str, str, str]
    weights: Array
    scales: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class _Attention:
    """Queries, keys and values, their heads, and the name of what comes out."""

    products: tuple[_Product, _Product, _Product]
    heads: int
    output: str


@dataclass(slots=True)
class _Graph:
    nodes: list[Node]
    tensors: dict[str, bytes | memoryview]
    makers: dict[str, Node] = field(default_factory=dict)
    users: dict[str, list[Node]] = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Message) -> "_Graph":
        nodes = [Node(v) for n, _, v in fields if n == _GRAPH_NODE and not isinstance(v, int)]
        tensors = [v for n, _, v in fields if n == _GRAPH_TENSOR and not isinstance(v, int)]
        graph = cls(nodes, {next(texts_of(parse(tensor), 8)): tensor for tensor in tensors})
        for node in nodes:
            graph.makers |= dict.fromkeys(node.outputs, node)
            for name in node.inputs:
                graph.users.setdefault(name, []).append(node)
        return graph

    def attention_around(self, softmax: Node) -> _Attention | None:
        """None where it is not made as our export makes it."""
        scores = self._back(softmax, "MatMul", {"Add"})
        mixed = self._on(softmax, "MatMul", {"IsNaN", "Where"})
        end = mixed and self._on(mixed, "DynamicQuantizeLinear", {"Transpose", "Reshape"})
        if scores is None or mixed is None or end is None:
            return None
        found = [self._product_behind(name) for name in (*scores.inputs, mixed.inputs[1])]
        products = [one for one in found if one is not None]
        width = self._head_width(scores.inputs[0])
        if len(products) != 3 or width is None or len({one.quantised for one in products}) != 1:
            return None
        return _Attention((products[0], products[1], products[2]), len(products[0].bias) // width, end.inputs[0])

    def replace(self, attention: _Attention) -> None:
        values, scale, zero = attention.products[0].quantised
        parts: Mapping[str, Array] = {
            "weights": np.concatenate([one.weights for one in attention.products], axis=1),
            "bias": np.concatenate([one.bias for one in attention.products]),
            "scales": np.concatenate([one.scales for one in attention.products]),
            "zero": np.zeros((), dtype=np.int8),
        }
        names = {part: f"{attention.output}/{part}" for part in parts}
        self.tensors |= {names[part]: make_tensor(names[part], value) for part, value in parts.items()}
        inputs = [values, names["weights"], names["bias"], scale, names["scales"], "", zero, names["zero"]]
        node = make_node(
            "QAttention", inputs, [attention.output], domain=_DOMAIN, numbers={"num_heads": attention.heads}
        )
        self.makers[attention.output] = node

    def needed_for(self, outputs: list[str]) -> tuple[list[Node], list[bytes | memoryview]]:
        """Nodes in an order in which they can run, and tensors, without those that nobody uses any more."""
        order: dict[int, Node] = {}
        seen: set[str] = set()
        tensors: list[bytes | memoryview] = []
        waiting: list[str | Node] = list(outputs)
        while waiting:
            one = waiting.pop()
            if isinstance(one, Node):
                order.setdefault(id(one), one)
            elif one not in seen:
                seen.add(one)
                if one in self.tensors:
                    tensors.append(self.tensors[one])
                elif one in self.makers:
                    node = self.makers[one]
                    waiting += [node, *node.inputs]
        return list(order.values()), tensors

    def _on(self, node: Node, kind: str, through: set[str]) -> Node | None:
        """The next node of a kind, with nothing but *through* in between."""
        for user in self.users.get(node.outputs[0], ()):
            if user.kind == kind:
                return user
            if user.kind in through and (found := self._on(user, kind, through)):
                return found
        return None

    def _back(self, node: Node, kind: str, through: set[str]) -> Node | None:
        for maker in self._makers_of(node):
            if maker.kind == kind:
                return maker
            if maker.kind in through and (found := self._back(maker, kind, through)):
                return found
        return None

    def _makers_of(self, node: Node) -> Iterator[Node]:
        return (self.makers[name] for name in node.inputs if name in self.makers)

    def _product_behind(self, name: str) -> _Product | None:
        """MatMulInteger, Cast, Mul by both scales, Add of the bias; then moved about."""
        maker = self.makers.get(name)
        product = maker and (
            maker if maker.kind == "MatMulInteger" else self._back(maker, "MatMulInteger", set(_MOVES))
        )
        scaled = product and self._on(product, "Mul", {"Cast"})
        added = scaled and self._on(scaled, "Add", set())
        if product is None or scaled is None or added is None:
            return None
        both = [
            self._tensor(tensor) for node in self._makers_of(scaled) if node.kind == "Mul" for tensor in node.inputs
        ]
        scales = [one for one in both if one is not None]
        bias = [one for one in map(self._tensor, added.inputs) if one is not None]
        weights, zero = self._tensor(product.inputs[1]), self._tensor(product.inputs[3])
        quantised = self.makers.get(product.inputs[0])
        if len(scales) != 1 or len(bias) != 1 or weights is None or zero is None or quantised is None or zero.any():
            return None
        values, scale, shift = quantised.outputs
        return _Product((values, scale, shift), weights, scales[0], bias[0])

    def _head_width(self, queries: str) -> int | None:
        """The last number of the shape in which the queries are parted into heads."""
        maker = self.makers.get(queries)
        reshape = maker and self._back(maker, "Reshape", {"Mul", "Transpose"})
        shape = reshape and self.makers.get(reshape.inputs[1])
        last = shape and self.makers.get(shape.inputs[-1])
        return int(last.value().reshape(-1)[-1]) if last and last.kind == "Constant" else None

    def _tensor(self, name: str) -> Array | None:
        return read_tensor(self.tensors[name]) if name in self.tensors else None
