from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.types import dtype_of, parse_type
from gradloom.passes import batch, transpose
from tests.ir.ops.checks import (
    check,
    check_batch,
    check_decomposition,
    check_types,
    graph_on,
    normal,
    run,
)

SIZES = {"a": 2, "b": 3, "c": 1, "d": 4}


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, str, str]:
    lhs, rhs = ("".join(draw(st.permutations("abcd")))[: draw(st.integers(0, 3))] for _ in "xy")
    both = "".join(dict.fromkeys(lhs + rhs))
    return lhs, rhs, "".join(draw(st.permutations(both)))[: draw(st.integers(0, 4))]


def array(letters: str, seed: int) -> np.ndarray[Any, Any]:
    return normal(seed, *(SIZES[c] for c in letters))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(equations())
def test_einsum_is_numpys(equation: tuple[str, str, str]) -> None:
    lhs, rhs, out = equation
    x, y = array(lhs, 1), array(rhs, 2)

    def f(x: Any, y: Any) -> Any:
        return o.einsum(x, y, lhs=lhs, rhs=rhs, out=out)

    np.testing.assert_allclose(run(f, x, y)[0], np.einsum(f"{lhs},{rhs}->{out}", x, y), atol=1e-12)
    check_types(f, x, y)
    check_decomposition("einsum", f, x, y)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(equations())
def test_einsum_has_right_derivatives_and_batches(equation: tuple[str, str, str]) -> None:
    lhs, rhs, out = equation

    def f(x: Any, y: Any) -> Any:
        return o.einsum(x, y, lhs=lhs, rhs=rhs, out=out)

    check(f, array(lhs, 1), array(rhs, 2))
    check_batch(f, array(lhs, 1), array(rhs, 2))


def test_derivatives_never_conjugate() -> None:
    x, y = normal(1, 2, 3, dtype="complex128"), normal(2, 3, 2, dtype="complex128")
    graph = transpose.vjp(graph_on(o.matmul, [x, y]), [True, False])
    ct = normal(3, 2, 2, dtype="complex128")
    np.testing.assert_allclose(interpret(graph, [x, y, ct])[1], ct @ y.T)
    check(o.matmul, x, y)


@pytest.mark.parametrize("marks", [(True, False), (False, True), (True, True)])
def test_a_batched_matmul_is_one_big_one(marks: tuple[bool, bool]) -> None:
    """A loop of small products would cost as many calls as there are entries."""
    x, y = normal(1, 4, 3), normal(2, 3, 5)
    mapped = batch.vmap(graph_on(o.matmul, [x, y]), marks, 7)
    if all(marks):
        assert [str(n.result.type) for n in mapped if n.op is o.matmul] == ["f64[7,4,5]"]
    elif marks[0]:
        assert [str(n.result.type) for n in mapped if n.op is o.matmul] == ["f64[28,5]"]
    else:
        (einsum,) = mapped
        lowered = build.graph_of(lambda *xs: _on(einsum, xs), [v.type for v in einsum.operands])
        assert [str(n.result.type) for n in lowered if n.op is o.matmul] == ["f64[4,35]"]
    check_batch(o.matmul, x, y)
    check_batch(o.matmul, normal(1, 2, 4, 3), normal(2, 2, 3, 5))


def _on(node: Any, operands: Any) -> Any:
    node.operands = tuple(operands)
    return node.op.decompose(node)


def test_named_sizes_pass_through() -> None:
    types = [parse_type("f64[n,3]"), parse_type("f64[3,m]")]
    mapped = batch.vmap(
        build.graph_of(o.matmul, types), [True, False], parse_type("f64[b]").shape[0]
    )
    assert str(mapped.results[0].type) == "f64[b,n,m]"
    x, y = normal(1, 4, 2, 3), normal(2, 3, 5)
    np.testing.assert_allclose(interpret(mapped, [x, y])[0], x @ y)


@pytest.mark.parametrize("name", ["i8", "u16", "i64", "bf16", "f16", "f32", "c64"])
def test_dtypes_are_kept(name: str) -> None:
    x, y = (np.arange(6).reshape(s).astype(dtype_of(name)) for s in ((2, 3), (3, 2)))
    check_types(o.matmul, x, y)
    check_types(lambda x, y: o.einsum(x, y, lhs="ab", rhs="ca", out="c"), x, y)


def test_mistakes_are_named() -> None:
    x, y = np.ones((8, 3)), np.ones((5, 4))
    with pytest.raises(ShapeError, match=r"matmul: inner sizes differ: 3 \(axis 1 of f64\[8,3\]\)"):
        graph_on(o.matmul, [x, y])
    with pytest.raises(ShapeError, match=r"matmul: two arrays with the same number of axes"):
        graph_on(o.matmul, [x, np.ones(3)])
    with pytest.raises(ShapeError, match=r"matmul: sizes differ: 2 .* and 3"):
        graph_on(o.matmul, [np.ones((2, 1, 1)), np.ones((3, 1, 1))])
    with pytest.raises(DtypeError, match=r"matmul is not defined for bool"):
        graph_on(o.matmul, [x > 0, x.T > 0])
    for letters, problem in [
        (("aa", "ab", "b"), "stands twice"),
        (("a", "ab", "b"), "1 letters for the 2 axes"),
        (("ab", "cd", "e"), "stands in neither"),
        (("ab", "ac", "bc"), "sizes differ: 8"),
    ]:
        names = dict(zip(("lhs", "rhs", "out"), letters, strict=True))
        with pytest.raises(ShapeError, match=problem):
            graph_on(lambda x, y, names=names: o.einsum(x, y, **names), [x, y])


def test_flops_are_two_per_product() -> None:
    (node,) = graph_on(o.matmul, [np.ones((7, 2, 3)), np.ones((7, 3, 4))]).nodes
    assert node.op.cost(node, {}) == 2 * 7 * 2 * 3 * 4
    names = {"lhs": "ab", "rhs": "bc", "out": "ca"}
    (node,) = graph_on(
        lambda x, y: o.einsum(x, y, **names), [np.ones((2, 3)), np.ones((3, 4))]
    ).nodes
    assert node.op.cost(node, {}) == 2 * 2 * 3 * 4
