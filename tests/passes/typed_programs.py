"""Random programs over every kind of number, full of the numbers and shapes that laws of algebra
look for.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Operand, literal
from tests.passes.graphs import graph

SPECS = (
    "f64[2,3]",
    "f64[2,3]",
    "f32[2,3]",
    "i64[2,3]",
    "i8[2,3]",
    "u8[2,3]",
    "bool[2,3]",
    "c128[2,3]",
)
NUMBERS = (0.0, -0.0, 1, -1, 2, 0.5, 3, np.nan, np.inf)
DTYPES = tuple(np.dtype(d) for d in ("f8", "f4", "i8", "i1", "u1", "?", "c16"))


def typed_program(seed: int, length: int = 25) -> Graph:
    """A graph over arrays of shape [2,3] of eight dtypes, all its steps returned but those that
    nothing names.
    """
    rng = random.Random(seed)

    def body(*parameters: Operand) -> list[Operand]:
        values = list(parameters)
        while len(values) < length + len(parameters):
            made = rng.choice(STEPS)(rng, rng.choice(values[-8:] + list(parameters)), values)
            if made is not None:
                values.append(made)
        return rng.sample(values[len(parameters) :], 5)

    return graph(body, *SPECS)


def _kind(x: Operand) -> str:
    return x.type.dtype.kind


def _partner(rng: random.Random, x: Operand, values: list[Operand]) -> Operand:
    """Another operand of x's type: a number, x itself, or any."""
    if rng.random() < 0.4:
        number = rng.choice(NUMBERS)
        if _kind(x) not in "fc":
            number = bool(rng.randrange(2)) if _kind(x) == "b" else rng.choice((0, 1, 2, 3))
        return literal(number, x.type)
    return rng.choice([v for v in values if v.type == x.type])


def _unary(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    ops = {
        "f": [o.negative, o.abs, o.square, o.floor, o.conj, o.stop_gradient, o.sin],
        "i": [o.negative, o.abs, o.square, o.bitwise_invert],
        "u": [o.square, o.bitwise_invert],
        "b": [o.logical_not],
        "c": [o.negative, o.conj, o.real, o.imag, o.square],
    }
    return rng.choice(ops[_kind(x)])(x)


def _binary(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    whole = [
        o.add,
        o.subtract,
        o.multiply,
        o.maximum,
        o.minimum,
        o.equal,
        o.less_equal,
        o.bitwise_and,
        o.bitwise_or,
    ]
    ops = {
        "f": [
            o.add,
            o.subtract,
            o.multiply,
            o.divide,
            o.maximum,
            o.minimum,
            o.less,
            o.equal,
            o.complex,
        ],
        "i": whole,
        "u": whole,
        "b": [o.logical_and, o.logical_or, o.logical_xor],
        "c": [o.add, o.subtract, o.multiply],
    }
    y = _partner(rng, x, values)
    pair = (x, y) if rng.random() < 0.5 else (y, x)
    return rng.choice(ops[_kind(x)])(*pair)


def _power(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    return o.power(x, literal(rng.choice((1, 2, 3)), x.type)) if _kind(x) in "if" else None


def _where(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    condition = rng.choice([v for v in values if _kind(v) == "b" and v.type.shape == x.type.shape])
    return o.where(condition, x, _partner(rng, x, values))


def _astype(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    """Only where numpy's answer does not depend on the platform: not from inexact to whole."""
    to = rng.choice(DTYPES)
    if _kind(x) == "c" or (_kind(x) == "f" and to.kind in "iu"):
        return None
    return o.astype(x, dtype=to)


def _there_and_back(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    ways: list[Callable[[Operand], Operand]] = [
        lambda y: o.reshape(o.reshape(y, shape=(6,)), shape=(2, 3)),
        lambda y: o.permute_dims(o.permute_dims(y, perm=(1, 0)), perm=(1, 0)),
        lambda y: o.flip(o.flip(y, axes=(0, 1)), axes=(rng.randrange(2),)),
        lambda y: o.slice(y, start=(0, 0), stop=(2, 3), step=(1, 1)),
        lambda y: o.concatenate(y, axis=0),
        lambda y: o.reshape(o.broadcast_to(y, shape=(1, 2, 3)), shape=(2, 3)),
        lambda y: o.slice(o.concatenate(y, y, axis=0), start=(1, 0), stop=(3, 3), step=(1, 1)),
        _every_second,
    ]
    return rng.choice(ways)(x)


def _every_second(x: Operand) -> Operand:
    rows = o.slice(o.concatenate(x, x, axis=0), start=(0, 0), stop=(4, 3), step=(2, 1))
    return o.slice(rows, start=(0, 0), stop=(2, 3), step=(1, 1))


def _known(rng: random.Random, x: Operand, values: list[Operand]) -> Operand | None:
    known = o.iota(dtype=np.dtype("i8"), shape=(2, 3), axis=rng.randrange(2))
    return known if x.type.dtype == known.type.dtype else o.astype(known, dtype=x.type.dtype)


STEPS = [
    _unary,
    _unary,
    _binary,
    _binary,
    _binary,
    _power,
    _where,
    _astype,
    _there_and_back,
    _known,
]
