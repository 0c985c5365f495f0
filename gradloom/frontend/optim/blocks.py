"""Steps in the memory of parameters and state: compiled once for any length, run block by block.

A whole array's temporaries go through main memory at every operation; those of a block stay in a
core's cache. Small parameters are joined, so that there are as few runs as if they were one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.optim.rule import Array, Options, Rule
from gradloom.frontend.optim.state import State

BLOCK: Final = 16_384
"""Elements of a block: with f32, the seven arrays that Adam has at once are 448 KiB, which fits the
second cache of today's cores; twice as many cost the same, half a seventh more
(docs/benchmarks.md).
"""
_FAST: Final = (np.dtype(np.float32), np.dtype(np.float64))
Piece = tuple[int, int, int]
"""The number of a parameter, and which of its elements."""


@lru_cache(maxsize=64)
def program(
    rule: Rule, options: tuple[tuple[str, Any], ...], dtype: np.dtype, kept: int, numbers: int
) -> Callable[..., tuple[np.ndarray, ...]]:
    """`(w, g, *kept, *numbers) -> (new w, *new kept)` for vectors of any length, compiled to write
    over w and what is kept where it can.
    """
    from gradloom.backends import get
    from gradloom.backends.numpy.plan import memory_plan
    from gradloom.frontend.program import optimize, trace
    from gradloom.frontend.spec import ShapeDtypeStruct, spec

    told = dict(options)

    def function(w: Array, g: Array, *rest: Array) -> tuple[Array, ...]:
        return rule.move(w, g, rest[:kept], rest[kept:], told)

    vector = spec(f"{'f32' if dtype == np.float32 else 'f64'}[n]")
    scalar = ShapeDtypeStruct((), dtype)
    graph = optimize(trace(function, *[vector] * (kept + 2), *[scalar] * numbers))
    donated = frozenset({0, *range(2, kept + 2)})
    backend = replace(get("numpy"), plan=partial(memory_plan, donated=donated))
    made: Callable[..., tuple[np.ndarray, ...]] = backend.build(graph, device=None).function
    return made


def fits(params: Mapping[str, Array], grads: Mapping[str, Array]) -> bool:
    """Whether all are arrays that blocks can be cut of."""
    return all(
        type(w) is np.ndarray and w.dtype in _FAST and w.flags.c_contiguous for w in params.values()
    ) and all(type(g) is np.ndarray and g.dtype in _FAST for g in grads.values())


@final
class Memory:
    """What is kept of the parameters of one group and dtype: a vector of each name, whose parts are
    the state's arrays.
    """

    def __init__(
        self, rule: Rule, options: Options, params: Mapping[str, np.ndarray], state: State
    ) -> None:
        self.rule, self.options = rule, options
        self.dtype = next(iter(params.values())).dtype
        self.places = {path: i for i, path in enumerate(params)}
        self._sizes = [w.size for w in params.values()]
        self._begins = np.cumsum([0, *self._sizes]).tolist()
        self._kept = [self._joined(name, params, state) for name in rule.kept(options, 0.0)]
        self._blocks: dict[tuple[int, ...], list[list[Piece]]] = {}
        self._scratch = [np.empty(BLOCK, self.dtype) for _ in range(2)]

    def _joined(self, name: str, params: Mapping[str, np.ndarray], state: State) -> np.ndarray:
        """One vector of what is kept by a name, and its parts in the state's place."""
        vector = np.empty(self._begins[-1], self.dtype)
        for path, i in self.places.items():
            part = vector[self._begins[i] : self._begins[i + 1]].reshape(params[path].shape)
            part[...] = state[name][path]
            state[name][path] = part
        return vector

    def step(
        self, olds: Mapping[int, np.ndarray], grads: Mapping[int, np.ndarray],
        news: Mapping[int, np.ndarray], numbers: Sequence[Any],
    ) -> None:  # fmt: skip
        """Write new parameters, of those that have gradients, and what is kept of them."""
        run = program(
            self.rule, tuple(self.options.items()), self.dtype, len(self._kept), len(numbers)
        )
        given = [np.asarray(x, self.dtype) for x in numbers]
        for block in self._cut(tuple(grads)):
            first, last = block[0], block[-1]
            begin, end = self._begins[first[0]] + first[1], self._begins[last[0]] + last[2]
            kept = [vector[begin:end] for vector in self._kept]
            w, g = self._own(block, olds, news), self._gathered(block, grads, 1)
            made = run(w, g, *kept, *given)
            self._scatter(block, made[0], news, w)
            for vector, new in zip(kept, made[1:], strict=True):
                if new is not vector:
                    vector[...] = new

    def _own(
        self, block: list[Piece], olds: Mapping[int, np.ndarray], news: Mapping[int, np.ndarray]
    ) -> np.ndarray:
        """The old values where they may be written over: in the new parameter, or on the side."""
        if len(block) > 1:
            return self._gathered(block, olds, 0)
        i, begin, end = block[0]
        w = news[i][begin:end]
        if news[i] is not olds[i]:
            w[...] = olds[i][begin:end]
        return w

    def _gathered(
        self, block: list[Piece], arrays: Mapping[int, np.ndarray], scratch: int
    ) -> np.ndarray:
        if len(block) == 1:
            i, begin, end = block[0]
            return arrays[i][begin:end]
        size = sum(end - begin for _, begin, end in block)
        out = self._scratch[scratch][:size]
        return np.concatenate([arrays[i] for i, _, _ in block], out=out, casting="same_kind")

    def _scatter(
        self, block: list[Piece], made: np.ndarray, news: Mapping[int, np.ndarray], w: np.ndarray
    ) -> None:
        if len(block) == 1 and made is w:
            return
        at = 0
        for i, begin, end in block:
            news[i][begin:end] = made[at : at + end - begin]
            at += end - begin

    def _cut(self, given: tuple[int, ...]) -> list[list[Piece]]:
        """The blocks of the parameters with these numbers."""
        found = self._blocks.get(given)
        if found is None:
            found = self._blocks[given] = list(self._cuts(given))
        return found

    def _cuts(self, given: tuple[int, ...]) -> Iterator[list[Piece]]:
        """Neighbours joined while they fit in a block, and what is larger cut in blocks; whole
        parameters where elements do not move by themselves.
        """
        block: list[Piece] = []
        room = BLOCK
        for i in given:
            size = self._sizes[i]
            small = self.rule.elementwise and size <= BLOCK
            if block and (not small or size > room or block[-1][0] != i - 1):
                yield block
                block, room = [], BLOCK
            if small and size:
                block.append((i, 0, size))
                room -= size
            elif size:
                length = BLOCK if self.rule.elementwise else size
                for begin in range(0, size, length):
                    yield [(i, begin, min(begin + length, size))]
        if block:
            yield block
