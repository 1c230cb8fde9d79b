"""As much of the ONNX file format as it takes to put one node in the place of many: Protocol Buffers' wire format, by
the numbers of onnx.proto. The ``onnx`` library does it all, at 60 MB that a worker has no other use for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
Value = int | bytes | memoryview  # a number; four bytes; or bytes with their length
Field = tuple[int, int, Value]  # number, wire type, value
Message = list[Field]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_}  # TensorProto.DataType
_CODES = {np.dtype(kind).name: code for code, kind in _DTYPES.items()}


class FormatError(Exception):
    """Not a message of this format."""


def parse(data: bytes | memoryview) -> Message:
    """The fields of a message in order; what is inside them stays bytes, and is not copied."""
    view, at = memoryview(data), 0
    fields: Message = []
    while at < len(view):
        key, at = _read_varint(view, at)
        number, wire = key >> 3, key & 7
        value: Value
        if wire == _VARINT:
            value, at = _read_varint(view, at)
        else:
            size, at = _read_varint(view, at) if wire == _BYTES else ({_FIXED32: 4, _FIXED64: 8}.get(wire, -1), at)
            if size < 0 or at + size > len(view):
                raise FormatError("a field of unknown kind, or longer than its message")
            value, at = view[at : at + size], at + size
        fields.append((number, wire, value))
    return fields


def build(fields: Iterable[Field]) -> bytes:
    parts: list[bytes | memoryview] = []
    for number, wire, value in fields:
        parts.append(_varint(number << 3 | wire))
        if isinstance(value, int):
            parts.append(_varint(value))
            continue
        if wire == _BYTES:
            parts.append(_varint(len(value)))
        parts.append(value)
    return b"".join(parts)


def text(number: int, value: str) -> Field:
    return number, _BYTES, value.encode()


def inner(number: int, fields: Iterable[Field]) -> Field:
    return number, _BYTES, build(fields)


def texts_of(fields: Iterable[Field], number: int) -> Iterator[str]:
    return (bytes(value).decode() for found, _, value in fields if found == number and not isinstance(value, int))


def _read_varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    try:
        while True:
            byte = view[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at
    except IndexError:
        raise FormatError("a number that does not end") from None


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


@dataclass(frozen=True)
class Node:
    """An operation: ``message`` is it as it stands in the file."""

    message: bytes | memoryview

    @cached_property
    def _fields(self) -> Message:
        return parse(self.message)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return tuple(texts_of(self._fields, 1))

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return tuple(texts_of(self._fields, 2))

    @cached_property
    def kind(self) -> str:
        return next(texts_of(self._fields, 4), "")

    def value(self) -> Array:
        """The tensor of a ``Constant``."""
        attribute = next(parse(v) for n, _, v in self._fields if n == 5 and not isinstance(v, int))
        return read_tensor(next(v for n, _, v in attribute if n == 5 and not isinstance(v, int)))


def make_node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], *, domain: str = "", numbers: dict[str, int] | None = None
) -> Node:
    attributes = [
        inner(5, [text(1, name), (3, _VARINT, value), (20, _VARINT, 2)]) for name, value in (numbers or {}).items()
    ]
    fields = [*(text(1, name) for name in inputs), *(text(2, name) for name in outputs), text(4, kind)]
    return Node(build([*fields, *attributes, text(7, domain)]))


def read_tensor(message: bytes | memoryview) -> Array:
    """A tensor of numbers that are kept raw, as floats, or as numbers of varying length. FormatError for another."""
    fields = parse(message)
    shape = [value for number, _, value in fields if number == 1 and isinstance(value, int)]
    code = next((value for number, _, value in fields if number == 2), None)
    if not isinstance(code, int) or code not in _DTYPES:
        raise FormatError("a tensor of another kind")
    values = [value for number, _, value in fields if number in (4, 9) and not isinstance(value, int)]
    if values:  # float_data is laid out like raw_data
        return np.frombuffer(b"".join(values), dtype=_DTYPES[code]).reshape(shape)
    return np.array(list(_int32_data(fields)), dtype=np.int64).astype(_DTYPES[code]).reshape(shape)


def _int32_data(fields: Message) -> Iterator[int]:
    for number, _, value in fields:
        if number != 5:
            continue
        if isinstance(value, int):
            yield value
            continue
        view, at = memoryview(value), 0
        while at < len(view):
            found, at = _read_varint(view, at)
            yield found - (1 << 64) if found >> 63 else found


def make_tensor(name: str, values: Array) -> bytes:
    shape: Message = [(1, _VARINT, size) for size in values.shape]
    return build([*shape, (2, _VARINT, _CODES[values.dtype.name]), text(8, name), (9, _BYTES, values.tobytes())])
