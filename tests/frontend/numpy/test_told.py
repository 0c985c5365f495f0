"""Errors are gradloom's and numpy's at once, and begin with the function as the user wrote it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir.errors import GradloomError
from tests.frontend.traced import run_traced

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])
KINDS = (np.exceptions.AxisError, np.linalg.LinAlgError, IndexError, ValueError, TypeError)

WRONG = {
    "np.sum": lambda x: np.sum(x, axis=7),
    "np.nansum": lambda x: np.nansum(x, axis=-3),
    "np.mean": lambda x: np.mean(x, axis=[0]),
    "np.prod": lambda x: np.prod(x, axis=1.0),
    "np.argmax": lambda x: np.argmax(x, axis=2),
    "np.std": lambda x: np.std(x, 0, dtype=int),
    "np.nanmean": lambda x: np.nanmean(x, dtype=int),
    "np.reshape": lambda x: np.reshape(x, (4, 2)),
    "np.concatenate": lambda x: np.concatenate([x, x[0]]),
    "np.stack": lambda x: np.stack([x, x], axis=4),
    "np.moveaxis": lambda x: np.moveaxis(x, 0, 5),
    "np.rollaxis": lambda x: np.rollaxis(x, 0, 9),
    "np.transpose": lambda x: np.transpose(x, (0, 0)),
    "np.quantile": lambda x: np.quantile(x, 0.3, method="middle"),
    "np.percentile": lambda x: np.percentile(x, 101),
    "np.pad": lambda x: np.pad(x, 1.0),
    "np.histogram": lambda x: np.histogram(x, bins=0),
    "np.cov": lambda x: np.cov(x, fweights=[1.5, 2, 3]),
    "np.interp": lambda x: np.interp(x, [0, 1], [1, 2, 3]),
    "np.gradient": lambda x: np.gradient(x, 1, 2, 3),
    "np.linspace": lambda x: np.linspace(0, x[0, 0], 4.5),  # type: ignore[call-overload]
    "np.geomspace": lambda x: np.geomspace(0, x[0, 0], 3),
    "np.insert": lambda x: np.insert(x, 9, 0),
    "np.delete": lambda x: np.delete(x, 7, 0),
    "np.take": lambda x: np.take(x, [99]),
    "np.clip": lambda x: np.clip(x, 0, None, max=1),
    "np.convolve": lambda x: np.convolve(x[0], x[1], mode="some"),  # type: ignore[call-overload]
    "np.fft.fft": lambda x: np.fft.fft(x, norm="some"),  # type: ignore[arg-type]
    "np.linalg.norm": lambda x: np.linalg.norm(x, axis=3),
    "np.dot": lambda x: np.dot(x, x),
    "np.matmul": lambda x: np.matmul(x, x),
    "np.add": lambda x: np.add(x, np.ones(4)),
    "np.add.reduce": lambda x: np.add.reduce(x, axis=5),
    "np.einsum": lambda x: np.einsum("ij,jk", x, x),
    "ndarray.sum": lambda x: x.sum(axis=7),
    "ndarray.reshape": lambda x: x.reshape(4, 2),
    "ndarray.swapaxes": lambda x: x.swapaxes(0, 3),
    "ndarray.astype": lambda x: x.astype("i4", casting="safe"),
    "np.apply_along_axis": lambda x: np.apply_along_axis(np.sum, 4, x),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_raises_what_numpy_raises_typed_and_named(name: str) -> None:
    f = WRONG[name]
    with pytest.raises(KINDS) as theirs:
        f(X)
    with pytest.raises(GradloomError) as ours:
        run_traced(f, X)
    kind = next(k for k in KINDS if isinstance(theirs.value, k))
    assert isinstance(ours.value, kind), (type(theirs.value), ours.value)
    text = str(ours.value)
    assert text.startswith((f"{name}:", f"{name} ")), text
    assert "test_told.py" in text


def test_an_axis_error_is_numpys_own() -> None:
    with pytest.raises(np.exceptions.AxisError) as info:
        run_traced(lambda x: x.sum(axis=5), X)
    assert isinstance(info.value, ValueError)
    assert isinstance(info.value, IndexError)


def test_what_the_users_function_raises_stays_as_it_is() -> None:
    def fails(v: Any) -> Any:
        raise ValueError("my own")

    with pytest.raises(ValueError, match=r"^my own$") as info:
        run_traced(lambda x: np.apply_along_axis(fails, 0, x), X)
    assert not isinstance(info.value, GradloomError)


def test_an_error_inside_the_users_function_is_named_after_its_own_call() -> None:
    def wrong(v: Any) -> Any:
        return np.sum(v, axis=3)

    with pytest.raises(np.exceptions.AxisError, match=r"^np\.sum: axis 3") as info:
        run_traced(lambda x: np.apply_along_axis(wrong, 0, x), X)
    assert "in test_an_error_inside_the_users_function_is_named_after_its_own_call" in str(
        info.value
    )
