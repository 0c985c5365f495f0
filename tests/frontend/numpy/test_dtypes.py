"""Dtypes that numpy refuses in an argument, keeps, or makes: traced functions do the same."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.traced import assert_like_numpy

X: Final = np.arange(6.0).reshape(2, 3).astype(np.float32)
B: Final = X > 2


def _written(source: Any, dtype: Any, **options: Any) -> Any:
    def write(x: np.ndarray) -> np.ndarray:
        target = np.zeros((2, 3), dtype)
        np.copyto(target, source if source is not None else x, **options)
        return target + x

    return write


CASES: Final[dict[str, tuple[Any, np.ndarray]]] = {
    "copyto a small number": (_written(2, np.uint8), X),
    "copyto a number out of range": (_written(300, np.uint8), X),
    "copyto a float into integers": (_written(2.0, int), X),
    "copyto a float into integers where": (_written(2.0, int, where=B), X),
    "copyto floats into integers where": (_written(None, int, where=B), X),
    "copyto unsafely": (_written(None, int, where=B, casting="unsafe"), X),
    "copyto float64 into float32": (_written(np.float64(2), np.float32, where=B), X),
    "asarray as float64": (lambda x: np.asarray(x, np.float64), X),
    "require float64": (lambda x: np.require(x, np.float64, "C"), X),
    "mgrid to a float32": (lambda x: np.mgrid[0 : x[0, 1] : 3j], X),
    "mgrid of two": (lambda x: np.mgrid[0:3:2j, x[0, 1] : 5 : 3j], X),
    "ogrid of two": (lambda x: np.ogrid[0:3:2j, x[0, 1] : 5 : 3j], X),
    "take into a wider out": (lambda x: np.take(x, [0, 1], out=np.zeros(2)), X),
    "take into a narrower out": (lambda x: np.take(x, [0, 1], out=np.zeros(2, "f2")), X),
    "dot into another dtype": (lambda x: np.dot(x, x.T, out=np.zeros((2, 2))), X),
    "dot into its dtype": (lambda x: np.dot(x, x.T, out=np.zeros((2, 2), "f4")), X),
    "einsum into a wider out": (lambda x: np.einsum("ij->i", x, out=np.zeros(2)), X),
    "einsum of truths": (lambda b: np.einsum("ij,kj->ik", b, b, out=np.zeros((2, 2))), B),
    "einsum into a narrower out": (lambda x: np.einsum("ij->i", x, out=np.zeros(2, "f2")), X),
    "einsum unsafely": (
        lambda x: np.einsum("ij->i", x, out=np.zeros(2, "f2"), casting="unsafe"),
        X,
    ),
    "roots of float16": (lambda x: np.roots(x[0] + x.dtype.type(1)), X.astype("f2")),
    "nanstd about a mean": (lambda x: np.nanstd(x, 1, mean=np.full((2, 1), 0.1)), X),
    "square of truths": (lambda b: b**2, B),
    "cube of truths": (lambda b: b**3, B),
    "gradient of truths": (lambda b: np.gradient(b, axis=1), B),
    "decimals of truths": (lambda b: np.round(b, 1), B),
    "truths rounded": (np.round, B),
    "interp at complex places": (lambda x: np.interp(x + 1j, [0, 1.0], [2, 3.0]), X),
    "interp of complex values": (lambda x: np.interp(x, [0, 1.0], [2, 3j]), X),
    "kaiser of complex": (lambda x: np.kaiser(3, x[0, 1] + 1j), X),
    "solve with float16": (lambda x: np.linalg.solve(x[:, 1:], x[:, 0].astype("f2")), X),
    "vectorize to another kind": (lambda x: np.vectorize(lambda s: s * 2j, [float])(x), X),
    "round of a complex number": (lambda x: round(x[0, 1] * 1j, 1), X),
    "complex weights": (lambda x: np.histogramdd(x, 2, weights=x[:, 0] + 1j)[0], X),
}


@pytest.mark.parametrize("name", CASES)
def test_dtypes_are_taken_and_refused_as_numpy_does(name: str) -> None:
    f, x = CASES[name]
    try:
        assert_like_numpy(f, x)
    except OverflowError:  # which both raise
        with pytest.raises(OverflowError):
            f(x)


def test_memory_is_not_lent_to_other_libraries() -> None:
    with pytest.raises(gl.NotSupported, match="a traced value has no memory"):
        gl.trace(lambda x: np.from_dlpack(x), X)
