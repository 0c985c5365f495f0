"""Random bits from a key: each element depends on the key and its place only.

A key is two u32 words along the last axis. The generator is Threefry-2x32 with 20 rounds (Salmon,
Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC'11); element i of a result is
made of the block whose counter is i, in row-major order, as `jax_threefry_partitionable` has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, evaluate
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Op, Zero
from gradloom.ir.ops.rules import INDEX, broadcast, full, leading, per_result
from gradloom.ir.types import DType, Shape, TensorType, check_finite_size, size_of, tensor_type

_WORD: Final = np.dtype(np.uint32)
_MASK: Final = 0xFFFFFFFF
_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))
"""Table 4 of the paper."""
_PARITY: Final = 0x1BD11BDA
"""What the third word of the key schedule is made with (Threefish's constant for 32 bits)."""
_BLOCK: Final = 100
"""FLOPs of a block: 20 rounds of an addition, a rotation (three operations) and an xor."""


def _require_key(name: str, what: str, type: TensorType) -> None:
    if type.dtype != _WORD:
        raise DtypeError(f"{name}: {what} is two u32 words, not {type}", hint="make it by key()")
    if not type.ndim or type.shape[-1] != 2:
        raise ShapeError(f"{name}: {what} has 2 words along its last axis, not {type}")


# ---- one block per key and counter ---------------------------------------------------------------


def threefry_words(
    k0: np.ndarray, k1: np.ndarray, x0: np.ndarray, x1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The blocks of these counters `x0`, `x1` under these keys, all u32 arrays of one shape."""
    shape = np.broadcast_shapes(k0.shape, x0.shape) or (1,)
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(466688986))
    a, b = np.empty(shape, np.uint32), np.empty(shape, np.uint32)
    np.add(x0, k0, out=a)
    np.add(x1, k1, out=b)
    high = np.empty_like(b)
    for i in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[i % 2]:
            a += b
            np.left_shift(b, np.uint32(r), out=high)
            b >>= np.uint32(32 - r)
            b |= high
            b ^= a
        a += keys[(i + 1) % 3]
        b += keys[(i + 2) % 3]
        b += np.uint32(i + 1)
    return a, b


def threefry_pairs(key: np.ndarray, counter: np.ndarray) -> np.ndarray:
    """The blocks of these counters, words along the last axis as keys and counters have them."""
    key, counter = np.asarray(key), np.asarray(counter)
    words = threefry_words(key[..., 0], key[..., 1], counter[..., 0], counter[..., 1])
    return np.stack(words, -1).reshape(counter.shape)


def _block_axes(attrs: None, key: TensorType, counter: TensorType) -> AxisMap:
    _require_key("threefry", "a key", key)
    _require_key("threefry", "a counter", counter)
    axes = tuple(range(key.ndim))
    return AxisMap((axes, axes), (axes,), whole=frozenset((key.ndim - 1,)))


def _rotated(x: Operand, bits: int) -> Operand:
    """32-bit words held in i64, rotated to the left."""
    shifted = x * 2**bits
    made: Operand = o.bitwise_or(_low(shifted), o.floor_divide(shifted, full(x.type, 2**32)))
    return made


def _low(x: Operand) -> Operand:
    result: Operand = o.bitwise_and(x, full(x.type, _MASK))
    return result


def _block(keys: Sequence[Operand], counter: Sequence[Operand]) -> tuple[Operand, Operand]:
    """A block in i64, which every backend can add and multiply."""
    k0, k1 = keys
    third = o.bitwise_xor(o.bitwise_xor(k0, k1), full(k0.type, _PARITY))
    schedule = (k0, k1, third)
    x0, x1 = _low(counter[0] + k0), _low(counter[1] + k1)
    for i in range(5):
        for bits in _ROTATIONS[i % 2]:
            x0 = _low(x0 + x1)
            x1 = o.bitwise_xor(_rotated(x1, bits), x0)
        x0 = _low(x0 + schedule[(i + 1) % 3])
        x1 = _low(x1 + schedule[(i + 2) % 3] + (i + 1))
    return x0, x1


def _halves(x: Operand) -> list[Operand]:
    """The two words along the last axis, in i64, the axis kept."""
    wide, first = o.astype(x, dtype=INDEX), (0,) * (x.type.ndim - 1)
    lead, ones = x.type.shape[:-1], (1,) * x.type.ndim
    return [o.slice(wide, start=(*first, i), stop=(*lead, i + 1), step=ones) for i in (0, 1)]


def _decompose_block(node: Node) -> Operand:
    key, counter = map(_halves, node.operands)
    joined = o.concatenate(*_block(key, counter), axis=node.result.type.ndim - 1)
    made: Operand = o.astype(joined, dtype=_WORD)
    return made


threefry: Final[Op] = Op(
    "threefry",
    threefry_pairs,
    Zero(),
    axes=_block_axes,
    batch=leading("threefry"),
    decompose=_decompose_block,
    arity=2,
    cost=per_result(_BLOCK // 2),
)


# ---- an array of bits per key --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bits(Attrs):
    """The unsigned dtype and the shape of what each key gives."""

    dtype: DType
    shape: Shape


def random_bits_of(key: np.ndarray, shape: Sequence[int], bits: int) -> np.ndarray:
    """Unsigned numbers of so many bits: an array of this shape for each key."""
    size = 1
    for n in shape:
        size *= n
    lead, chunk = np.shape(key)[:-1], 16384  # so many at a time stay in the cache
    out = np.empty((*lead, size), np.dtype(f"uint{bits}"))
    k0, k1 = np.asarray(key)[..., 0, None], np.asarray(key)[..., 1, None]
    for start in range(0, size, chunk):
        count = np.arange(start, min(start + chunk, size), dtype=np.uint64)
        high, low = (count >> np.uint64(32)).astype(np.uint32), count.astype(np.uint32)
        a, b = threefry_words(k0, k1, high, low)
        mixed = (a.astype(np.uint64) << np.uint64(32)) | b if bits == 64 else a ^ b
        out[..., start : start + chunk] = mixed  # narrower ones keep the low bits
    return out.reshape((*lead, *shape))


def _bits_axes(attrs: Bits, key: TensorType) -> AxisMap:
    _require_key("random_bits", "a key", key)
    if attrs.dtype.kind != "u":
        raise DtypeError(f"random_bits: bits are unsigned integers, not {attrs.dtype}")
    check_finite_size(attrs.shape)
    lead = tuple(range(key.ndim - 1))
    return AxisMap(((*lead, WHOLE),), ((*lead, *(WHOLE,) * len(attrs.shape)),))


def _bits_infer(attrs: Bits, key: TensorType) -> tuple[TensorType, ...]:
    _bits_axes(attrs, key)
    return (tensor_type(attrs.dtype, (*key.shape[:-1], *attrs.shape)),)


def _bits_numpy(attrs: Bits, key: np.ndarray) -> np.ndarray:
    shape = [evaluate(d, {}) for d in attrs.shape]
    return random_bits_of(key, shape, attrs.dtype.itemsize * 8)


def _bits_batch(
    attrs: Bits, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    made: Operand = o.random_bits(operands[0], dtype=attrs.dtype, shape=attrs.shape)
    return made


def _decompose_bits(node: Node) -> Operand:
    (key,), attrs = node.operands, node.attrs
    assert isinstance(attrs, Bits)
    lead, size = key.type.shape[:-1], size_of(attrs.shape)
    shape = (*lead, size)
    count = broadcast(o.iota(dtype=INDEX, shape=(size,), axis=0), shape)
    counter = (o.floor_divide(count, full(count.type, 2**32)), _low(count))
    x0, x1 = _block([broadcast(k, shape) for k in _halves(key)], counter)
    if attrs.dtype.itemsize == 8:
        wide = [o.astype(x, dtype=attrs.dtype) for x in (x0, x1)]
        made = o.bitwise_or(o.left_shift(wide[0], full(wide[0].type, 32)), wide[1])
    else:
        mixed = o.bitwise_xor(x0, x1)
        mask = 2 ** (8 * attrs.dtype.itemsize) - 1
        made = o.astype(o.bitwise_and(mixed, full(mixed.type, mask)), dtype=attrs.dtype)
    result: Operand = o.reshape(made, shape=node.result.type.shape)
    return result


random_bits: Final[Op] = Op(
    "random_bits",
    _bits_numpy,
    Zero(),
    attrs=Bits,
    axes=_bits_axes,
    infer=_bits_infer,
    batch=_bits_batch,
    decompose=_decompose_bits,
    cost=per_result(_BLOCK),
)
