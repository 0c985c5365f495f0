"""Arguments of another kind than a function takes are refused: where numpy refuses them, with an
error that is numpy's too, names the function and the value, and says one thing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.traced import assert_like_numpy, run_traced

X: Final = np.arange(12.0).reshape(3, 4) - 5.3
V: Final = np.array([0.3, -1.2, 2.5, 0.9])
WHOLE: Final = np.array([2, 0, 1, 2])

Case = tuple[Callable[..., Any], str, str]
"""A wrong program of `x`; the function that the error names, and the value."""

COUNTS: Final[list[Case]] = [
    (lambda x: np.partition(x, 1.5), "np.partition", "1.5"),
    (lambda x: np.argpartition(x, "no"), "np.argpartition", "'no'"),
    (lambda x: x.argpartition([1.5]), "ndarray.argpartition", "[1.5]"),
    (lambda x: np.tensordot(x, x.T, axes=1.5), "np.tensordot", "1.5"),
    (lambda x: np.linalg.norm(x, axis=(0, 1.5)), "np.linalg.norm", "1.5"),
    (lambda x: np.vander(x[0], 2.5), "np.vander", "2.5"),
    (lambda x: np.vander(x[0], -7), "np.vander", "-7"),
    (lambda x: np.array(x, ndmin=1.5), "np.array", "1.5"),
    (lambda x: np.linspace(x[0], 1, 2.5), "np.linspace", "2.5"),
    (lambda x: np.einsum(x, [0, 1.5]), "np.einsum", "1.5"),
    (lambda x: np.einsum(x, [0, -1]), "np.einsum", "-1"),
    (lambda x: np.pad(x, {-1: (1, 1.5)}), "np.pad", "1.5"),
    (lambda x: np.bincount(x[0].astype(int) + 6, minlength=1.5), "np.bincount", "1.5"),
    (lambda x: np.sum(x, axis=1.5), "np.sum", "1.5"),
    (lambda x: np.round(x, 1.5), "np.round", "1.5"),
    (lambda x: np.zeros_like(x, shape=-2), "np.zeros_like", "-2"),
    (lambda x: np.fft.fft(x, axis=1.5), "np.fft.fft", "1.5"),
    (lambda x: np.fft.fft(x, n=1.5), "np.fft.fft", "1.5"),
    (lambda x: np.fft.fft(x, n=True), "np.fft.fft", "True"),
    (lambda x: np.bitwise_or.reduce(x > 0, axis=True), "np.bitwise_or.reduce", "True"),
]
DTYPES: Final[list[Case]] = [
    (lambda x: np.zeros_like(x, x), "np.zeros_like", "f64[3,4]"),
    (lambda x: np.asarray(x, x), "np.asarray", "f64[3,4]"),
    (lambda x: np.full((3, 4), x, x), "np.full", "f64[3,4]"),
    (lambda x: np.add(x, x, dtype=x), "np.add", "f64[3,4]"),
    (lambda x: x.astype(x), "ndarray.astype", "f64[3,4]"),
    (lambda x: np.sum(x, dtype=x), "np.sum", "f64[3,4]"),
    (lambda x: np.eye(3, dtype=x) @ x, "np.eye", "f64[3,4]"),
]
TARGETS: Final[list[Case]] = [
    (lambda x: np.round(x[0], out=np.zeros((3, 4))), "np.round", "(3, 4)"),
    (lambda x: np.take(x, [0], out=np.zeros(4)), "np.take", "(4,)"),
    (lambda x: np.choose(WHOLE, x, out=np.zeros((3, 4))), "np.choose", "(3, 4)"),
    (lambda x: np.matmul(x[:1], x.T, out=np.zeros((3, 3))), "np.matmul", "(3, 3)"),
    (lambda x: np.concatenate([x[:1]], out=np.zeros((3, 4))), "np.concatenate", "(3, 4)"),
    (lambda x: np.einsum("ij->i", x, out=np.zeros((3, 3))), "np.einsum", "2 axes"),
    (lambda x: np.sum(x, out="no"), "np.sum", "'no'"),
    (lambda x: np.fft.fft(x, out=np.zeros((2, 3, 4), complex)), "np.fft.fft", "(2, 3, 4)"),
    (lambda x: np.multiply.accumulate(x, out=np.zeros((2, 3, 4))), "np.multiply.accu", "(2, 3, 4)"),
]
FLAGS: Final[list[Case]] = [
    (lambda x: np.sum(x, keepdims="no"), "np.sum", "'no'"),
    (lambda x: np.any(x, keepdims=None), "np.any", "None"),
    (lambda x: np.reshape(x, (4, 3), copy="no"), "np.reshape", "'no'"),
    (lambda x: np.asarray(x, copy="no"), "np.asarray", "'no'"),
    (lambda x: x.astype(np.float64, np.float64, copy=False), "ndarray.astype", "float64"),
    (lambda x: x.view(np.float64, np.float64), "ndarray.view", "float64"),
    (lambda x: np.concatenate([x, x], casting="any"), "np.concatenate", "'any'"),
    (lambda x: np.astype(x, int, device="gpu"), "np.astype", "gpu"),
    (lambda x: np.shares_memory(x, x[0], 1.5), "np.shares_memory", "1.5"),
    (lambda x: np.einsum("ij,jk,kl", x, x.T, x, optimize="any"), "np.einsum", "'any'"),
]
NUMBERS: Final[list[Case]] = [
    (lambda x: np.std(x, ddof=[0, 0]), "np.std", "[0, 0]"),
    (lambda x: x.var(ddof=[0, 0]), "ndarray.var", "[0, 0]"),
    (lambda x: np.tril(x, [0, 0]), "np.tril", "[0, 0]"),
    (lambda x: np.triu(x, x), "np.triu", "f64[3,4]"),
    (lambda x: np.kaiser(4, x[0]), "np.kaiser", "f64[4]"),
    (lambda x: np.max(x, initial=[1, 1]), "np.max", "i64[2]"),
    (lambda x: np.sum(x, initial=1j), "np.sum", "c128[]"),
    (lambda x: np.insert(x[0], 1, 2j), "np.insert", "c128[]"),
    (lambda x: np.pad(x, 1, constant_values=((0, 1j), (2, 3))), "np.pad", "c128[2,2]"),
    (lambda x: np.full_like(x, [0, 0]), "np.full_like", "(2,)"),
    (lambda x: np.gradient(x, axis=[0, 0]), "np.gradient", "[0, 0]"),
    (lambda x: np.mean(x, where=None), "np.mean", "None"),
]


@pytest.mark.parametrize(
    ("program", "function", "value"), [*COUNTS, *DTYPES, *TARGETS, *FLAGS, *NUMBERS]
)
def test_what_numpy_refuses_is_refused_by_name_with_the_value(
    program: Callable[..., Any], function: str, value: str
) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011  (whatever numpy says)
        program(X)
    with pytest.raises(gl.GradloomError) as ours:
        run_traced(program, X)
    kinds = (ValueError, TypeError, KeyError, AssertionError)
    assert isinstance(theirs.value, kinds)
    assert isinstance(ours.value, (ValueError, TypeError))
    first = str(ours.value).splitlines()[0]
    assert first.startswith((function, f"{function}:"))
    assert value in first


@pytest.mark.parametrize(
    "program",
    [
        lambda x: np.correlate(x[0, 0], x[0]),
        lambda x: np.poly(x[0, 0]),
        lambda x: np.roots(x[0, 0]),
        lambda x: np.polyder(x[0, 0]),
        lambda x: np.polyder(x.T),
        lambda x: x[0, 0].dot(x),
        lambda x: np.fromiter((row for row in x), float),
        lambda x: np.trapezoid(x[0], x[0][:, None]),
        lambda x: np.nanvar(x[:1], axis=1, mean=np.full((3, 1), 0.1)),
        lambda x: np.intersect1d(WHOLE, x[0], x[0]),
        lambda x: np.setxor1d(WHOLE, x[0], x[0]),
        lambda x: np.moveaxis(x, 0, None),
        lambda x: np.multiply.accumulate(x, axis=None),
    ],
)
def test_arrays_of_another_rank_are_refused_where_numpy_refuses_them(
    program: Callable[..., Any],
) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        program(X)
    with pytest.raises(gl.GradloomError):
        run_traced(program, X)


@pytest.mark.parametrize(
    "program",
    [
        lambda x: np.reshape(x, (2, 6), order=None),
        lambda x: np.ravel(x, order="f"),
        lambda x: np.array(x, ndmin=True, copy=1.5),
        lambda x: np.array_split(x, 2.0),
        lambda x: np.full((3, 4), [1, 1, 1, 1]) * x,
        lambda x: np.full((4,), np.ones((1, 1, 4))) * x,
        lambda x: np.linalg.norm(x, axis=1.5),
        lambda x: np.sum(x, initial=None, keepdims=2),
        lambda x: np.sum(x, where=[1, 0, 1, 1]),
        lambda x: np.sum(x, where=None),
        lambda x: np.max(x, where=3, initial=-9),
        lambda x: np.add(x, x, where=[1, 0, 1, 1], out=np.zeros((3, 4)), order="c"),
        lambda x: np.matmul(x, x[0], out=np.zeros((2, 3))),
        lambda x: np.einsum("ij->i", x[:1], out=np.zeros(3)),
        lambda x: np.einsum("ij,jk,kl", x, x.T, x, optimize=["einsum_path", (1, 2), (0, 1)]),
        lambda x: np.outer(x[0, :1], x[0], out=np.zeros((3, 4))),
        lambda x: np.std(x.astype(int), mean=2, correction=1),
        lambda x: np.tril(x, np.float64(1)),
        lambda x: np.unpackbits(WHOLE.astype(np.uint8), count=np.array(5)) * x[0, 0],
        lambda x: np.interp(x, [0, 1], [2, 3], period=2.5, left=[0, 0]),
        lambda x: np.choose(WHOLE, x, mode=None),
        lambda x: np.histogram(x, bins=[1.5])[0],
        lambda x: np.trapezoid(x, x[0] + np.arange(4) * 9),
        lambda x: np.linalg.lstsq(x.T, x[0], rcond=1.5)[2],
        lambda x: np.cov(x, bias=None),
        lambda x: np.pad(x, 1, mode="maximum", stat_length=1.5),
        lambda x: np.broadcast_to(x, (2, 3, 4), subok="no"),
        lambda x: np.fft.rfft2(x, axes=(0, 0)),
        lambda x: np.fft.fft(x[:1], out=np.zeros((3, 4), complex)),
        lambda x: (x + 1j).view(None),
        lambda x: np.multiply.accumulate(x[0], axis=None),
        lambda x: np.count_nonzero(x, keepdims=None),
    ],
)
def test_what_numpy_takes_is_taken(program: Callable[..., Any]) -> None:
    assert_like_numpy(program, X)


def test_a_grid_that_is_neither_spread_nor_copied_is_a_list() -> None:
    made = run_traced(lambda v: np.meshgrid(v, v, sparse=True, copy=False), V)
    assert type(made) is type(np.meshgrid(V, V, sparse=True, copy=False)) is list


def test_the_path_that_is_asked_for_is_taken() -> None:
    def program(x: Any, first: Any) -> Any:
        return np.einsum("ij,jk,kl", x, x.T, x, optimize=["einsum_path", first, (0, 1)])

    def sizes(first: Any) -> list[Any]:
        graph = gl.trace(lambda x: program(x, first), X)
        return [node.result.type.size for node in graph.nodes if "einsum" in node.op.name]

    assert [sizes((0, 1)), sizes((1, 2))] == [[9, 12], [16, 12]]
