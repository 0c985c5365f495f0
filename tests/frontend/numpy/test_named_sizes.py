"""Functions of numpy on arrays with named dimensions, and under vmap, agree with plain numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.traced import assert_same, run_symbolic

X = np.random.default_rng(8).normal(size=(4, 4))
STACK = np.random.default_rng(9).normal(size=(3, 4, 4))
L: Any = np.linalg


def _written(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        y = x.copy()
        f(y)
        return y

    return run


ANY: dict[str, Callable[[Any], Any]] = {
    "diff": np.diff,
    "trapezoid": np.trapezoid,
    "norm": L.norm,
    "norm of rows": lambda x: L.norm(x, axis=1),
    "cov": np.cov,
    "cov of columns": lambda x: np.cov(x, rowvar=False),
    "corrcoef": np.corrcoef,
    "clip": lambda x: np.clip(x, 0, 1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=1), 1),
    "put_along_axis": _written(
        lambda y: np.put_along_axis(y, np.argmax(y, axis=1, keepdims=True), 0, 1)
    ),
    "interp": lambda x: np.interp(x, [0, 1], [2, 3]),
    "kron": lambda x: np.kron(x, x),
    "outer": lambda x: np.outer(x, x),
    "einsum": lambda x: np.einsum("ij,ik->jk", x, x),
    "convolve": lambda x: np.convolve(x[0], [1, 2, 3]),
    "fft": np.fft.fft,
    "fft ortho": lambda x: np.fft.fft(x, norm="ortho"),
    "fftn": np.fft.fftn,
    "unwrap": np.unwrap,
    "nan_to_num": np.nan_to_num,
    "histogram": lambda x: np.histogram(x, 3, range=(0, 1))[0],
    "select": lambda x: np.select([x > 0], [x], 0.0),
    "piecewise": lambda x: np.piecewise(x, [x > 0], [1, 2]),
    "choose": lambda x: np.choose((x > 0).astype(int), [x, -x]),
    "put": _written(lambda y: np.put(y, [0], 9)),
    "place": _written(lambda y: np.place(y, y > 0, [9.0, 8.0])),
    "add.at": _written(lambda y: np.add.at(y, [0, 0], 1.0)),
    "isin": lambda x: np.isin(x, [1, 2]),
    "polyval": lambda x: np.polyval([1, 2], x),
    "round": lambda x: np.round(x, 2),
    "unravel_index": lambda x: np.unravel_index(np.argmax(x), x.shape),
}
SQUARE: dict[str, Callable[[Any], Any]] = {
    "det": L.det,
    "svdvals": L.svdvals,
    "pinv": lambda x: L.pinv(x, rcond=1e-12),
    "lstsq": lambda x: L.lstsq(x, x[:, 0], rcond=1e-10)[0],
    "matrix_power": lambda x: L.matrix_power(x, 3),
    "matrix_power 0": lambda x: L.matrix_power(x, 0),
    "trace": L.trace,
    "tensordot": lambda x: np.tensordot(x, x, 1),
}


@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("spec", ["f64[n,4]", "f64[4,n]", "f64[n,n]"])
def test_named_dimensions_give_numpys_values(name: str, spec: str) -> None:
    assert_same(run_symbolic(ANY[name], [spec], X), ANY[name](X), 1e-10)


@pytest.mark.parametrize("name", SQUARE)
def test_named_square_matrices_give_numpys_values(name: str) -> None:
    assert_same(run_symbolic(SQUARE[name], ["f64[n,n]"], X), SQUARE[name](X), 1e-9)


@pytest.mark.parametrize("name", [*ANY, *SQUARE])
def test_vmap_is_a_loop(name: str) -> None:
    f = {**ANY, **SQUARE}[name]
    given, expected = gl.vmap(f)(STACK), [f(x) for x in STACK]
    pairs = (
        zip(given, zip(*expected, strict=True), strict=True)
        if isinstance(given, tuple)
        else [(given, expected)]
    )
    for one, slices in pairs:
        np.testing.assert_allclose(one, np.stack(slices), rtol=1e-9, atol=1e-9)
