"""Random straight-line programs of float arrays, for tests that need many."""

from __future__ import annotations

import random
from collections.abc import Callable

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Operand
from tests.passes.graphs import graph

Step = Callable[[random.Random, list[Operand]], Operand]


def random_program(seed: int, length: int = 20, size: int = 4, flatten: bool = True) -> Graph:
    """A graph of `length` steps over matrices of size `size`, each step on values that fit, some
    results returned.

    With `flatten=False` no matrix is reshaped, which numpy does by a copy or a view as strides
    happen to be.
    """
    rng = random.Random(seed)
    steps = STEPS if flatten else [step for step in STEPS if step is not _through_shapes]

    def body(x: Operand, y: Operand) -> list[Operand]:
        values: list[Operand] = [x, y]
        for _ in range(length):
            values.append(rng.choice(steps)(rng, values))
        return [values[-1], *rng.sample(values[2:], 2)]

    return graph(body, f"f64[{size},{size}]", f"f64[{size},{size}]")


def _any(rng: random.Random, values: list[Operand]) -> Operand:
    recent = values[-6:] if rng.random() < 0.7 else values
    return rng.choice(recent)


def _unary(rng: random.Random, values: list[Operand]) -> Operand:
    return rng.choice([o.tanh, o.sin, o.negative, o.cos])(_any(rng, values))


def _binary(rng: random.Random, values: list[Operand]) -> Operand:
    op = rng.choice([o.add, o.subtract, o.multiply, o.maximum])
    return op(_any(rng, values), _any(rng, values))


def _matmul(rng: random.Random, values: list[Operand]) -> Operand:
    return o.tanh(o.matmul(_any(rng, values), _any(rng, values)))


def _permute(rng: random.Random, values: list[Operand]) -> Operand:
    return o.permute_dims(_any(rng, values), perm=(1, 0))


def _through_shapes(rng: random.Random, values: list[Operand]) -> Operand:
    x = _any(rng, values)
    rows, columns = x.type.shape
    return o.reshape(o.sin(o.reshape(x, shape=(columns * rows,))), shape=(rows, columns))


def _reduce(rng: random.Random, values: list[Operand]) -> Operand:
    x = _any(rng, values)
    reduce = rng.choice([o.sum, o.max])
    axis = rng.randrange(2)
    reduced = o.reshape(
        reduce(x, axes=(axis,)),
        shape=tuple(1 if i == axis else d for i, d in enumerate(x.type.shape)),
    )
    return o.broadcast_to(reduced, shape=x.type.shape)


def _cut_and_join(rng: random.Random, values: list[Operand]) -> Operand:
    x = _any(rng, values)
    rows, columns = x.type.shape
    cut = rng.randrange(1, rows)
    top = o.slice(x, start=(0, 0), stop=(cut, columns), step=(1, 1))
    rest = o.slice(_any(rng, values), start=(cut, 0), stop=(rows, columns), step=(1, 1))
    return o.concatenate(top, rest, axis=0)


def _flip(rng: random.Random, values: list[Operand]) -> Operand:
    return o.flip(_any(rng, values), axes=(rng.randrange(2),))


STEPS: list[Step] = [
    _unary,
    _binary,
    _binary,
    _matmul,
    _permute,
    _through_shapes,
    _reduce,
    _cut_and_join,
    _flip,
]
