"""Loops over elements: nditer, ndenumerate, broadcast, vectorize, and the index objects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import NotSupported
from tests.frontend.traced import assert_like_numpy, run_traced

X = np.array([[3.0, -1.0, 2.0], [0.5, 7.0, -2.5]])


def pairs(v: Any) -> Any:
    """Two results."""
    return v.sum(), v.max()


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.r_["0,2", x[0], [1, 2, 3]],
        lambda x: np.r_["1", x, x],
        lambda x: np.r_["-1", x, x],
        lambda x: np.r_["0,2,0", x[0], [1, 2, 3]],
        lambda x: np.r_["1,3,1", x, x[0], 2.0],
        lambda x: np.r_["a,b", x],
        lambda x: np.r_[x[0], "0", x[0]],
        lambda x: np.r_[0 : x[0, 0] : 5j, x[0]],
        lambda x: np.r_[x[0].astype("f4"), 1, 2.5],
        lambda x: np.r_[x[0].astype("f4"), [1.5]],
        lambda x: np.r_[x, x[0]],
        lambda x: np.c_[x[0], [1, 2, 3], x.T],
        lambda x: np.c_[np.array([[1, 2, 3]]), x[:1], 0, 4],
        lambda x: np.c_[0:3, x[0]],
        lambda x: np.mgrid[0 : x[0, 0] : 5j],
        lambda x: np.mgrid[0 : x[0, 0] : 5j, 0:1:3j],
        lambda x: np.ogrid[x[0, 1] : x[0, 0] : 5j, 0:1:3j],
        lambda x: x[np.ix_([True, False], [0, 2])],
        lambda x: x[np.s_[::-1, 1:]],
    ],
)
def test_index_objects_take_traced_values(f: Any) -> None:
    assert_like_numpy(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.vectorize(lambda a, b=1: a * b)(x, b=2),
        lambda x: np.vectorize(lambda a, b: a * b, excluded=["b"])(x, b=x[0, 0]),
        lambda x: np.vectorize(lambda a, b: a * b.sum(), excluded={1})(x, x[0]),
        lambda x: np.vectorize(lambda a, b: a * b.sum(), excluded=[1, "b"])(x, b=x[0]),
        lambda x: np.vectorize(np.dot, signature="(n),(n)->()")(x, x),
        lambda x: np.vectorize(np.outer, signature="(n),(m)->(n,m)")(x, x[0]),
        lambda x: np.vectorize(lambda m: m.T, signature="(n,m)->(m,n)")(np.stack([x, x])),
        lambda x: np.vectorize(pairs, signature="(n)->(),()")(x),
        lambda x: np.vectorize(lambda v: v * 2, signature="(n)->(n)", otypes=["f4"])(x),
        lambda x: np.vectorize(lambda v: v[:2], signature="(n)->(n)")(x),
        lambda x: np.vectorize(lambda v: v, signature="(n),(m)->(n)")(x),
        lambda x: np.vectorize(np.dot, signature="(n),(n)->()")(x, x[0, :2]),
        lambda x: np.vectorize(lambda v: v.sum(), signature="(n->()")(x),
        lambda x: np.vectorize(lambda a: (a, a * 2))(x),
        lambda x: np.vectorize(lambda a: a * 2, otypes="f")(x),
        lambda x: np.vectorize(lambda a: a)(x[:0]),
        lambda x: np.vectorize(lambda a: a * 2, otypes="d")(x[:0]),
        lambda x: np.vectorize(lambda v: v * v.sum(), signature="(n)->(n)")(np.tile(x, (150, 1))),
        lambda x: np.vectorize(lambda a, b: a + b)(x, np.ones(2)),
    ],
)
def test_vectorize_calls_the_function_of_every_part(f: Any) -> None:
    assert_like_numpy(f, X)


def test_ndenumerate_goes_through_the_elements() -> None:
    def f(x: Any) -> Any:
        total: Any = 0.0
        for place, v in np.ndenumerate(x):
            total = total + v * place[1]
        assert isinstance(np.nditer(x, order="C"), np.nditer)
        return total

    assert_like_numpy(f, X)


def writes(x: Any) -> Any:
    """Loops that write."""
    y, z = x.copy(), np.zeros((2, 3))
    for v in np.nditer(y, op_flags=["readwrite"]):
        v[...] = 2 * v
    with np.nditer([x, z], op_flags=[["readonly"], ["writeonly"]]) as it:
        for a, b in it:
            b[...] = a * 3
    made = np.nditer([x, None])
    for a, b in made:
        b[...] = a + 1
    return y, z, made.operands[1]


def walks(x: Any) -> Any:
    """A loop by hand."""
    it = np.nditer(x, flags=["multi_index"])
    found = []
    while not it.finished:
        found.append(it[0] * it.multi_index[0])
        it.iternext()
    return found


@pytest.mark.parametrize(
    "f",
    [
        writes,
        walks,
        lambda x: [v * it.index for it in [np.nditer(x, flags=["f_index"])] for v in it],
        lambda x: [v.copy() for v in np.nditer(x, order="F")],
        lambda x: [a * b for a, b in np.nditer([x, x[0]], order="C")],
        lambda x: [v * 2 for v in np.nditer(np.zeros(3) + x[0], flags=["external_loop"])],
        lambda x: [v.__setitem__(..., 1) for v in np.nditer(x.copy(), order="C")],
        lambda x: np.nditer(x, flags=["no_such"]),
        lambda x: [1 for _ in np.nditer([np.zeros(2), x], op_flags=[["readwrite"], ["readonly"]])],
    ],
)
def test_nditer_goes_through_elements_and_writes_them(f: Any) -> None:
    assert_like_numpy(f, X)


def test_an_order_in_memory_that_shows_is_refused() -> None:
    with pytest.raises(NotSupported, match=r"np\.nditer with order='K'"):
        run_traced(lambda x: list(np.nditer(x)), X)
    with pytest.raises(NotSupported, match="external_loop"):
        run_traced(lambda x: list(np.nditer(x, ["external_loop"], order="C")), X)


@pytest.mark.parametrize("name", ["sqrt", "log", "log2", "log10", "arccos", "arcsin", "arctanh"])
@pytest.mark.parametrize("scale", [0.1, -0.1, 4.0, -4.0])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "c16", "u1"])
def test_emath_follows_the_values_where_they_are_at_hand(
    name: str, scale: float, dtype: str
) -> None:
    x = (np.array([1, 2, 3]) * scale).astype(dtype)
    function = getattr(np.emath, name)
    with np.errstate(all="ignore"):
        assert_like_numpy(lambda x: function(x), x, rtol=1e-6, values=True)
        assert_like_numpy(lambda x: function([x[0], 0.5]), x, rtol=1e-6, values=True)


def test_emath_of_two_arguments_and_without_values() -> None:
    x = np.array([-2.0, 3.0])
    for f in (
        lambda x: np.emath.power(x, 2),
        lambda x: np.emath.power(x, 0.5),
        lambda x: np.emath.power([2, 4], (x < 0).astype(int) * -2),
        lambda x: np.emath.logn(2, x),
        lambda x: np.emath.logn(x, 4.0),
    ):
        assert_like_numpy(f, x, rtol=1e-12, values=True)
    with pytest.raises(NotSupported, match=r"np\.emath\.sqrt: the dtype of its result"):
        run_traced(lambda x: np.emath.sqrt(x), x)
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(np.emath.sqrt(x)))(x**2), 0.5 / np.abs(x))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("np.ma.array", lambda x: np.ma.array(x)),
        ("np.ma.masked_where", lambda x: np.ma.masked_where(x > 0, x)),
        ("np.matrix", lambda x: np.matrix(x)),
        ("np.matrix", lambda x: np.asmatrix(x)),
        ("np.strings.upper", lambda x: np.strings.upper(x)),
        ("np.datetime_as_string", lambda x: np.datetime_as_string(x)),
        ("np.busday_count", lambda x: np.busday_count(x, x)),
        ("np.save", lambda x: np.save("x.npy", x)),
        ("np.frombuffer", lambda x: np.frombuffer(x)),
        ("np.lib.stride_tricks.as_strided", lambda x: np.lib.stride_tricks.as_strided(x, (2,))),
        ("np.asarray_chkfinite", lambda x: np.asarray_chkfinite(x)),
        ("np.nested_iters", lambda x: np.nested_iters(x, [[0], [1]])),
        ("ndarray.astype", lambda x: x.astype(object)),
        ("ndarray.astype", lambda x: x.astype("M8[s]")),
        ("ndarray.astype", lambda x: x.astype([("a", "f8")])),
        ("np.array", lambda x: np.array(x, dtype="U3")),
        ("np.zeros", lambda x: np.zeros(2, dtype=object)),
    ],
)
def test_what_is_out_of_scope_is_refused_by_name_with_a_reason(name: str, f: Any) -> None:
    with pytest.raises(NotSupported) as info:
        run_traced(f, X)
    assert str(info.value).startswith(name), str(info.value)
    assert "test_iterators.py" in str(info.value)


def test_assertions_of_numpy_look_at_the_values_at_hand() -> None:
    def f(x: Any) -> Any:
        np.testing.assert_allclose(x, [1.0, 2.0])
        np.testing.assert_array_less([x[0]], 5.0)
        return np.sum(x**2)

    np.testing.assert_array_equal(gl.grad(f)(np.array([1.0, 2.0])), [2.0, 4.0])
    with pytest.raises(AssertionError):
        gl.grad(f)(np.array([1.0, 3.0]))
    with pytest.raises(gl.ValueNeeded, match=r"np\.testing\.assert_allclose"):
        gl.compile(f)(np.array([1.0, 2.0]))
