"""Axis mappings: an op on parts is a part of the op, and named sizes stand for any size."""

from __future__ import annotations

import numpy as np
import pytest

from gradloom.ir import ops as o
from gradloom.ir.dims import symbol
from gradloom.ir.interpret import interpret
from gradloom.ir.types import is_inexact
from gradloom.passes.batch import vmap
from gradloom.passes.linearize import jvp
from gradloom.passes.transpose import vjp
from tests.ops.derivatives import directions
from tests.ops.factors import factors_of, mapping_of, part, size_of_factor, symbolic_graph
from tests.ops.sample import Sample
from tests.ops.samples import SAMPLES

MAPPED = [n for n in sorted(SAMPLES) if o.by_name(n).axes is not None]
REDUCE = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip


def _tolerance(x: np.ndarray) -> dict[str, float]:
    eps = float(np.finfo(x.dtype).eps) if x.dtype.kind in "fc" else 0.0
    return {"rtol": 50 * eps, "atol": 50 * eps}


@pytest.mark.parametrize("name", MAPPED)
def test_parts_of_the_operands_give_parts_of_the_results(name: str):
    for sample in SAMPLES[name]:
        mapping = mapping_of(name, sample)
        for factor in set(factors_of(mapping)) - mapping.whole:
            size = size_of_factor(mapping, factor, sample)
            if size > 1:
                _check_parts(name, sample, factor, size)


def _check_parts(name: str, sample: Sample, factor: int, size: int) -> None:
    mapping = mapping_of(name, sample)
    whole = interpret(sample.graph(name), sample.operands)
    parts = []
    for start, stop in ((0, 1), (1, size)):
        piece = part(name, sample, mapping, factor, start, stop)
        parts.append(interpret(piece.graph(name), piece.operands))
    for result, axes, a, b in zip(whole, mapping.results, *parts, strict=True):
        if factor in axes:
            joined = np.concatenate((a, b), axes.index(factor))
        else:
            with np.errstate(all="ignore"):
                joined = REDUCE[mapping.reduced](a, b)
        np.testing.assert_allclose(joined, result, **_tolerance(np.asarray(result)))


@pytest.mark.parametrize("name", MAPPED)
def test_a_named_size_works_in_every_rule(name: str):
    for sample in SAMPLES[name][:4]:
        mapping = mapping_of(name, sample)
        for factor in set(factors_of(mapping)) - mapping.whole:
            if size_of_factor(mapping, factor, sample):
                _check_symbolic(name, sample, factor)


def _check_symbolic(name: str, sample: Sample, factor: int) -> None:
    mapping, concrete = mapping_of(name, sample), sample.graph(name)
    graph = symbolic_graph(name, sample, mapping, factor, symbol("n"))
    _same(interpret(graph, sample.operands), interpret(concrete, sample.operands))
    marks = [True] * len(sample.operands)
    rows = [sample.batch_of(i) for i in range(len(marks))]
    _same(
        interpret(vmap(graph, marks, symbol("b")), rows), interpret(vmap(concrete, marks, 3), rows)
    )
    if sample.smooth:
        active = [
            is_inexact(x.dtype) and i not in sample.fixed for i, x in enumerate(sample.operands)
        ]
        types = [p.type for p, a in zip(concrete.parameters, active, strict=True) if a]
        cts = [
            *sample.operands,
            *directions([r.type for r in concrete.results if r.type.inexact], 8),
        ]
        tangents = [*sample.operands, *directions(types, 7)]
        _same(interpret(jvp(graph, active), tangents), interpret(jvp(concrete, active), tangents))
        _same(interpret(vjp(graph, active), cts), interpret(vjp(concrete, active), cts))


def _same(got: tuple[np.ndarray, ...], wanted: tuple[np.ndarray, ...]) -> None:
    for x, y in zip(got, wanted, strict=True):
        assert (np.shape(x), np.asarray(x).dtype) == (np.shape(y), np.asarray(y).dtype)
        np.testing.assert_allclose(x, y, **_tolerance(np.asarray(y)))
