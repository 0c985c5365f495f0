"""Every rule of every op, checked by numbers on the op's samples."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.op import WHOLE
from gradloom.ir.ops.rules import sizes_of_factors
from gradloom.ir.types import is_inexact, type_of
from gradloom.passes.batch import vmap
from tests.ops.derivatives import check_derivatives, check_forward, check_reverse
from tests.ops.sample import Sample
from tests.ops.samples import SAMPLES

# Ops with regions or the user's own rules have no meaning apart from these; collectives and host
# effects none apart from a mesh or a log: their families' own tests hold them to their meaning.
SAMPLED = sorted(n for n, op in o.builtin_ops().items() if not op.regions and op.effect is None)


@pytest.mark.parametrize("name", SAMPLED)
def test_an_op_has_samples(name: str):
    assert SAMPLES.get(name)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_type_rule_is_numpys(name: str):
    for sample in SAMPLES[name]:
        graph = sample.graph(name)
        for got, result in zip(interpret(graph, sample.operands), graph.results, strict=True):
            assert (np.asarray(got).dtype, np.shape(got)) == (result.type.dtype, result.type.shape)


@pytest.mark.parametrize("name", [n for n in sorted(SAMPLES) if o.by_name(n).axes is not None])
def test_the_axis_mapping_tells_the_shape(name: str):
    op = o.by_name(name)
    for sample in SAMPLES[name]:
        (node,) = sample.graph(name).nodes
        types = [type_of(x) for x in sample.operands]
        mapping = op.axes(node.attrs, *types)
        sizes = sizes_of_factors(name, mapping, types)
        assert len(mapping.results) == len(node.results)
        for axes, result in zip(mapping.results, node.results, strict=True):
            assert len(axes) == result.type.ndim
            for factor, size in zip(axes, result.type.shape, strict=True):
                assert factor == WHOLE or sizes.get(factor, size) == size


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_operands_are_left_as_they_were(name: str):
    for sample in SAMPLES[name]:
        before = [x.copy() for x in sample.operands]
        interpret(sample.graph(name), sample.operands)
        for x, y in zip(before, sample.operands, strict=True):
            np.testing.assert_array_equal(x, y)


def _loop(
    graph: Graph, sample: Sample, marks: tuple[bool, ...], batches: list[np.ndarray]
) -> list[np.ndarray]:
    rows = []
    for b in range(3):
        picked = [y[b] if m else x for x, y, m in zip(sample.operands, batches, marks, strict=True)]
        rows.append(interpret(graph, picked))
    return [np.stack(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("name", [n for n in sorted(SAMPLES) if o.by_name(n).arity])
def test_the_batch_rule_is_a_loop(name: str):
    for sample in SAMPLES[name]:
        graph = sample.graph(name)
        batches = [sample.batch_of(i) for i in range(len(sample.operands))]
        for marks in product((False, True), repeat=len(sample.operands)):
            if not any(marks):
                continue
            given = [y if m else x for x, y, m in zip(sample.operands, batches, marks, strict=True)]
            made = vmap(graph, marks, 3)
            for got, wanted, r in zip(
                interpret(made, given),
                _loop(graph, sample, marks, batches),
                made.results,
                strict=True,
            ):
                assert (
                    (got.dtype, got.shape)
                    == (wanted.dtype, wanted.shape)
                    == (r.type.dtype, r.type.shape)
                )
                _assert_close(got, wanted)


def _assert_close(got: np.ndarray, wanted: np.ndarray) -> None:
    if not is_inexact(got.dtype):
        np.testing.assert_array_equal(got, wanted)
        return
    eps = float(np.finfo(got.dtype).eps)
    np.testing.assert_allclose(got, wanted, rtol=50 * eps, atol=50 * eps)


@pytest.mark.parametrize("name", [n for n in sorted(SAMPLES) if not o.by_name(n).arity])
def test_an_op_without_operands_is_the_same_in_every_row(name: str):
    for sample in SAMPLES[name]:
        one = sample.graph(name)
        many = vmap(one, [], 3)
        for x, y in zip(interpret(one, []), interpret(many, []), strict=True):
            np.testing.assert_array_equal(np.stack([x] * 3), y)


def _cases(name: str) -> list[Sample]:
    return [s for s in SAMPLES[name] if s.smooth]


def _active(sample: Sample) -> list[bool]:
    return [is_inexact(x.dtype) and i not in sample.fixed for i, x in enumerate(sample.operands)]


DIFFERENTIABLE = [n for n in sorted(SAMPLES) if any(s.smooth for s in SAMPLES[n])]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivatives_are_finite_differences_and_reverse_is_forward_twice_over(name: str):
    for sample in _cases(name):
        check_derivatives(sample.graph(name), sample.operands, _active(sample))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_derivatives_by_one_operand_are_right_too(name: str):
    for sample in _cases(name):
        active = _active(sample)
        if sum(active) > 1:
            for i, a in enumerate(active):
                if a:
                    alone = [j == i for j in range(len(active))]
                    check_forward(sample.graph(name), sample.operands, alone, i)
                    check_reverse(sample.graph(name), sample.operands, alone, i)
