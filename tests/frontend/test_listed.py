"""Lists of traced values are arrays wherever numpy takes array-likes, ufuncs included."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from tests.frontend.traced import assert_like_numpy

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])
UNARY = ("exp", "sin", "abs", "sqrt", "isnan", "negative", "square", "floor", "logical_not")
BINARY = ("add", "multiply", "maximum", "power", "arctan2", "less", "hypot", "true_divide")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_ufuncs_take_nested_lists_of_traced_values(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(UNARY + BINARY))
    forms = st.sampled_from(
        [
            lambda x: [x[0, 0], x[1, 1]],
            lambda x: (x[0, 2], 1),
            lambda x: [[x[0, 0], 2.5]],
            lambda x: [x[0, :2], x[1, 1:]],
            lambda x: [x[0, 0].astype("f4"), np.float32(2)],
            lambda x: [2, 3.0],
            lambda x: x[0, :2],
        ]
    )
    first, second = data.draw(forms), data.draw(forms)

    def f(x: Any) -> Any:
        function = getattr(np, name)
        return function(first(x)) if name in UNARY else function(first(x), second(x))

    assert_like_numpy(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.add.reduce([x[0], x[1]], axis=1),
        lambda x: np.logical_and.reduce([x[0] > 0, x[1] > 0]),
        lambda x: np.multiply.outer([x[0, 0], 1], [1, 2]),
        lambda x: np.add.accumulate([x[0, 0], 1.0]),
        lambda x: np.ones(2) + [x[0, 0], 1],
        lambda x: [x[0, 0], 2.0] * x[0, :2],
        lambda x: np.matmul([[x[0, 0], 1]], [[1], [2]]),
        lambda x: np.linspace([x[0, 0], 1], 2, 3),
        lambda x: np.zeros_like([x[0, 0], 1]),
        lambda x: np.full(2, [x[0, 0], 1]),
        lambda x: np.diag([x[0, 0], 1]),
        lambda x: np.copy([x[0, 0], 1]),
        lambda x: np.iscomplexobj([x[0, 0], 1j]),
        lambda x: np.fromiter((v * 2 for v in x[0]), float),
        lambda x: np.fromiter(iter([x[0, 0], x[0, 1]]), "f4", count=1),
        lambda x: np.fromiter([x[0, 0]], float, count=2),
        lambda x: np.array([x[0], [1, 2]]),
        lambda x: np.array([x[0, 0], 1], ndmin=3),
        lambda x: np.array([x[0, 0], 1], ndmax=0),
        lambda x: np.array(x, copy=False) is x,
        lambda x: np.array(x, copy=None) is x,
        lambda x: np.array(x, dtype="f4", copy=False),
        lambda x: np.asarray(x, copy=True) is x,
        lambda x: np.require(x, dtype="f4", requirements=["C", "W"]),
        lambda x: np.require(x, requirements=["C", "F"]),
        lambda x: np.kaiser(5, x[0, 0]),
        lambda x: np.kaiser(1, x[0, 0]),
        lambda x: np.zeros(2, device="gpu") + x[0, 0],
    ],
)
def test_array_likes_are_read_as_numpy_reads_them(f: Any) -> None:
    assert_like_numpy(f, X)


def test_a_list_is_written_through_out_and_at() -> None:
    def f(x: Any) -> Any:
        y, z, w = np.zeros(3), np.zeros(3), np.zeros((2, 3))
        np.add([x[0, 0], 1, 2], 1, out=y)
        np.add.at(z, [0, 0, 1], [x[0, 0], 1, 2])
        w.flat = [x[0, 0], 1.0]
        np.copyto(z, [x[0, 0], 1, 2], where=[True, False, True])
        return y, z, w

    assert_like_numpy(f, X)


def test_what_a_program_asks_of_a_ufunc_is_answered_as_outside_a_trace() -> None:
    outside, table = np.add, {np.add: "add", np.exp: "exp"}

    def f(x: Any) -> Any:
        assert isinstance(np.add, np.ufunc)
        assert np.add == outside
        assert outside == np.add
        assert table[np.add] == "add"
        assert {np.exp: 1}[np.exp] == 1
        assert (np.add.nin, np.add.__name__, np.abs is np.absolute) == (2, "add", True)
        assert pickle.loads(pickle.dumps(np.add)) == outside
        return np.add(x, 1)

    np.testing.assert_array_equal(gl.compile(f)(X), X + 1)
    assert type(np.add) is np.ufunc


def test_lists_are_differentiated_and_batched() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.exp([x[0], 2 * x[1]]) * [1.0, x[2]])

    x = np.array([0.3, -0.2, 1.5])
    want = [np.exp(0.3), 2 * 1.5 * np.exp(-0.4), np.exp(-0.4)]
    np.testing.assert_allclose(gl.grad(f)(x), want, rtol=1e-14)
    np.testing.assert_allclose(gl.vmap(f)(np.stack([x, -x])), [f(x), f(-x)], rtol=1e-14)


def test_no_module_of_ours_compares_ufuncs_by_identity() -> None:
    """While a trace runs, `np.add` is another object than the ufunc that numpy hands over."""
    ufuncs = {n for n, v in vars(np).items() if isinstance(v, np.ufunc)}
    found = [
        (path.name, name)
        for path in Path(gl.__file__).parent.rglob("*.py")
        for name in re.findall(r"\bis (?:not )?np\.(\w+)", path.read_text())
        if name in ufuncs
    ]
    assert found == []
