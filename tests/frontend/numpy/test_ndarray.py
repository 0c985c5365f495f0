from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import NotSupported
from tests.frontend.traced import assert_like_numpy, run_traced

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])


def test_every_public_attribute_of_an_array_is_there_or_refused_with_a_reason() -> None:
    names = [name for name in dir(np.ndarray) if not name.startswith("_")]
    assert [name for name in names if name not in dir(Tracer)] == []

    def f(x: Any) -> Any:
        for name in names:
            with contextlib.suppress(NotSupported):
                getattr(x, name)
        return x

    run_traced(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.sum(1),
        lambda x: x.prod(axis=0, keepdims=True),
        lambda x: x.mean(0),
        lambda x: x.std(ddof=1),
        lambda x: x.var(axis=1),
        lambda x: (x.max(), x.min(0), x.argmax(1), x.argmin()),
        lambda x: ((x > 0).any(0), (x > 9).all()),
        lambda x: (x.cumsum(), x.cumprod(1)),
        lambda x: (x.argsort(), x.argsort(axis=0)),
        lambda x: x.clip(0, 2),
        lambda x: x.round(),
        lambda x: x.take([0, 2], axis=1),
        lambda x: x.repeat(2, 0),
        lambda x: x.dot(x.T),
        lambda x: x.trace(),
        lambda x: x.diagonal(1),
        lambda x: np.sort(x[0]).searchsorted([0.0, 2.5]),
        lambda x: x.compress([True, False], axis=0),
        lambda x: x[0].astype(int).clip(0, 1).choose([x[0], x[1]]),
        lambda x: x.swapaxes(0, 1),
        lambda x: x.conj().conjugate(),
        lambda x: x.view(np.float64),
        lambda x: x.to_device("cpu"),
        lambda x: x.__array_namespace__().exp(x),
        lambda x: (x.device, len(x), x.ndim),
        lambda x: [row.sum() for row in x],
        lambda x: x.flatten("F"),
        lambda x: round(x[0, 1], 1),
        lambda x: x[1, 1].sum() + x[0, 0].max() + x[0, 1].reshape(1)[0],
    ],
)
def test_methods_are_numpys(f: Any) -> None:
    assert_like_numpy(f, X)


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nosuch"):
        run_traced(lambda x: x.nosuch, X)
    assert run_traced(lambda x: hasattr(x, "nosuch"), X) is False


def test_methods_that_write_do_so_in_place() -> None:
    def f(x: Any) -> Any:
        a, b, c = x.copy(), x.copy(), x.copy()
        a.sort()
        b.T.sort(axis=0)
        c.put([0, 4], [10.0, 20.0])
        d = np.zeros(3)
        np.copyto(d, x[0])
        np.copyto(d, -1.0, where=d > 2.5)
        return a, b, c, d

    assert_like_numpy(f, X)


def test_contiguous_copies_share_no_memory_that_numpy_does_not_share() -> None:
    def f(x: Any) -> Any:
        y = np.zeros((2, 3))
        y += x
        same = np.ascontiguousarray(y)
        same[0, 0] = 5.0
        return y, same

    assert_like_numpy(f, X)

    def g(x: Any) -> Any:
        y = x.copy()
        other = np.ascontiguousarray(y.T)
        other[0] = 5.0
        return y

    assert_like_numpy(g, X)


def test_rows_of_made_arrays_are_reshaped_as_views() -> None:
    def f(x: Any) -> Any:
        y = np.zeros((2, 2, 6))
        y[0, 1].reshape(2, 3)[...] = x
        y[1:].reshape(-1)[:3] = x[1]
        y[1, 0, ::2].reshape(3, 1)[1] = 4.0
        return y

    assert_like_numpy(f, X)


def test_bytes_as_an_own_kind_of_number_are_refused() -> None:
    with pytest.raises(NotSupported, match="astype"):
        run_traced(lambda x: x.view(np.dtype(">f8")), X)


def test_type_queries_need_no_values() -> None:
    def f(x: Any) -> Any:
        return [
            np.ndim(x),
            np.shape(x),
            np.size(x, 1),
            np.iscomplexobj(x),
            np.isrealobj(x),
            np.result_type(x, 1j),
            np.can_cast(x.dtype, np.float32),
            np.common_type(x, x),
            np.min_scalar_type(x),
            isinstance(x, np.ndarray),
            np.may_share_memory(x.T, x),
            np.may_share_memory(x + 1, x),
            np.real_if_close(x).dtype,
        ]

    assert run_traced(f, X) == f(X)


def test_real_if_close_follows_the_values_where_they_are_at_hand() -> None:
    z = np.array([1 + 1e-18j, 2.0])
    for x, tol in ((z, 100), (z + 1e-15j, 100), (z + 1e-9j, 100), (z + 1e-9j, 1e9), (z, 1e-20)):
        due = np.real_if_close(x, tol)
        given = run_traced(lambda x: np.real_if_close(x, tol), x, values=True)  # noqa: B023
        assert given.dtype == due.dtype
        np.testing.assert_array_equal(given, due)
