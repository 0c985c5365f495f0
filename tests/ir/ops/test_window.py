from __future__ import annotations

import itertools
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
from tests.ir.ops.checks import (
    check,
    check_batch,
    check_decomposition,
    check_types,
    graph_on,
    normal,
    run,
)

Array = np.ndarray[Any, Any]


def conv_by_loops(x: Array, w: Array, attrs: dict[str, Any]) -> Array:
    """The definition, one product at a time."""
    axes, groups = x.ndim - 2, attrs["groups"]
    out = []
    for i in range(axes):
        inside = (x.shape[2 + i] - 1) * attrs["input_dilation"][i] + 1 if x.shape[2 + i] else 0
        room = inside + sum(attrs["padding"][i]) - (w.shape[2 + i] - 1) * attrs["dilation"][i] - 1
        out.append(room // attrs["strides"][i] + 1 if room >= 0 else 0)
    y = np.zeros((x.shape[0], w.shape[0], *out), x.dtype)
    per_group = w.shape[0] // groups
    for place in np.ndindex(*y.shape):
        for c, *k in np.ndindex(*w.shape[1:]):
            at = []
            for i in range(axes):
                p = place[2 + i] * attrs["strides"][i] + k[i] * attrs["dilation"][i]
                p -= attrs["padding"][i][0]
                at.append(divmod(p, attrs["input_dilation"][i]))
            if all(r == 0 and 0 <= q < n for (q, r), n in zip(at, x.shape[2:], strict=True)):
                channel = place[1] // per_group * w.shape[1] + c
                y[place] += w[(place[1], c, *k)] * x[(place[0], channel, *(q for q, _ in at))]
    return y


@st.composite
def cases(draw: st.DrawFn) -> tuple[Array, Array, dict[str, Any]]:
    axes = draw(st.integers(0, 2))
    small, step = st.integers(1, 2), st.integers(1, 3)

    def per_axis(of: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(of) for _ in range(axes))

    groups, channels, each = draw(small), draw(small), draw(small)
    attrs = {
        "strides": per_axis(step),
        "padding": per_axis(st.tuples(st.integers(-1, 3), st.integers(-1, 3))),
        "dilation": per_axis(step),
        "input_dilation": per_axis(step),
        "groups": groups,
    }
    x = normal(1, draw(small), groups * channels, *per_axis(st.integers(0, 5)))
    return x, normal(2, groups * each, channels, *per_axis(st.integers(1, 3))), attrs


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cases())
def test_values_are_those_of_the_definition(case: tuple[Array, Array, dict[str, Any]]) -> None:
    x, w, attrs = case
    (y,) = run(lambda x, w: o.conv(x, w, **attrs), x, w)
    np.testing.assert_allclose(y, conv_by_loops(x, w, attrs), atol=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cases())
def test_derivatives_and_batches_are_right(case: tuple[Array, Array, dict[str, Any]]) -> None:
    x, w, attrs = case

    def f(x: Any, w: Any) -> Any:
        return o.conv(x, w, **attrs)

    check(f, x, w)
    check_batch(f, x, w, size=2)
    check_types(f, x, w)
    check_decomposition("conv", f, x, w)


PLAIN: dict[str, Any] = {
    "strides": (1, 1),
    "padding": ((1, 1), (1, 1)),
    "dilation": (1, 1),
    "input_dilation": (1, 1),
}


@pytest.mark.parametrize("dtype", ["f32", "bf16", "c64", "c128", "i32", "u8"])
def test_every_kind_of_number_keeps_its_dtype(dtype: str) -> None:
    due = dtype_of(dtype)
    x, w = (10 * normal(i, 2, 3, 4, 4, dtype="float64") for i in (1, 2))
    if due.kind == "u":
        x, w = np.abs(x), np.abs(w)
    if due.kind == "c":
        x, w = x + 1j, w - 2j
        check(lambda x, w: o.conv(x, w, **PLAIN), x.astype("complex128"), w)
    check_types(lambda x, w: o.conv(x, w, **PLAIN), x.astype(due), w.astype(due))


def test_a_named_batch_size_and_named_groups_work_forward_and_back() -> None:
    from gradloom.passes import transpose

    types = [parse_type("f64[n,2,5,5]"), parse_type("f64[4,2,3,3]")]
    graph = build.graph_of(lambda x, w: o.conv(x, w, **PLAIN), types)
    backward = transpose.vjp(graph, [True, True])
    x, w, ct = normal(1, 3, 2, 5, 5), normal(2, 4, 2, 3, 3), normal(3, 3, 4, 5, 5)
    fixed = transpose.vjp(graph_on(lambda x, w: o.conv(x, w, **PLAIN), [x, w]), [True, True])
    for a, b in zip(interpret(backward, [x, w, ct]), interpret(fixed, [x, w, ct]), strict=True):
        np.testing.assert_allclose(a, b)


def test_mistakes_are_named() -> None:
    x, w = np.ones((1, 4, 5, 5)), np.ones((2, 3, 3, 3))
    with pytest.raises(ShapeError, match=r"conv: channels differ: 4 \(axis 1 of .*\) and 3"):
        graph_on(lambda x, w: o.conv(x, w, **PLAIN), [x, w])
    with pytest.raises(ShapeError, match=r"one entry per spatial axis"):
        graph_on(lambda x, w: o.conv(x, w, **{**PLAIN, "strides": (1,)}), [x, x])
    with pytest.raises(ShapeError, match=r"in 2 groups"):
        graph_on(lambda x, w: o.conv(x, w, **PLAIN, groups=2), [x, np.ones((3, 2, 3, 3))])
    with pytest.raises(ShapeError, match=r"the kernel has no elements"):
        graph_on(lambda x, w: o.conv(x, w, **PLAIN), [x, np.ones((2, 4, 0, 3))])
    with pytest.raises(DtypeError, match=r"conv: dtypes differ"):
        graph_on(lambda x, w: o.conv(x, w, **PLAIN), [x, np.ones((2, 4, 3, 3), np.float32)])


@pytest.mark.framework
def test_values_are_torchs() -> None:
    torch = pytest.importorskip("torch")
    x, w = normal(1, 2, 4, 9, 8), normal(2, 6, 2, 3, 2)
    for stride, pad, dilation in itertools.product((1, 2), (0, 2), (1, 2)):
        attrs = {**PLAIN, "strides": (stride,) * 2, "padding": ((pad, pad),) * 2}
        attrs |= {"dilation": (dilation,) * 2, "groups": 2}
        (y,) = run(lambda x, w, attrs=attrs: o.conv(x, w, **attrs), x, w)
        theirs = torch.nn.functional.conv2d(
            torch.tensor(x),
            torch.tensor(w),
            stride=stride,
            padding=pad,
            dilation=dilation,
            groups=2,
        )
        np.testing.assert_allclose(y, theirs.numpy(), atol=1e-12)
