"""Every ufunc on every dtype, and the keywords of a call, beside numpy's own answers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import TraceError
from gradloom.ir.types import tensor_type
from tests.frontend.traced import assert_like_numpy, run_traced

UFUNCS = {
    value.__name__: value
    for value in vars(np).values()
    if isinstance(value, np.ufunc) and value.signature is None
}
DTYPES = [
    *map(np.dtype, "?bBhHiIlLefdFD"),
    np.dtype(ml_dtypes.bfloat16),
    np.dtype(ml_dtypes.float8_e4m3fn),
]
_FLOATS = ([1.75, -2.5, 0.125, 3.0], [0.5, -1.5, 2.0, -0.25])
_INTEGERS = ([7, 0, 12, -9], [3, 2, 5, 2])  # powers and shifts by them are defined
_IMAGINARY = np.array([0.5, 0.25, -1, 2])


def _values(dtype: np.dtype, i: int) -> np.ndarray:
    if dtype.kind == "b":
        return np.array([i, 0, 1, 1], bool)
    if dtype.kind in "iu":
        numbers = np.array(_INTEGERS[i])
        return (np.abs(numbers) if dtype.kind == "u" else numbers).astype(dtype)
    x = np.array(_FLOATS[i])
    return (x + 1j * _IMAGINARY if dtype.kind == "c" else x).astype(dtype)


def _answer(f: Callable[..., Any], *args: Any) -> Any:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = f(*args)
    except TypeError as error:
        return error
    return found if isinstance(found, tuple) else (found,)


def _differs(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, TypeError) or isinstance(theirs, TypeError):
        return isinstance(ours, TypeError) != isinstance(theirs, TypeError)
    for a, b in zip(map(np.asarray, ours), map(np.asarray, theirs), strict=True):
        if a.dtype != b.dtype:
            return True
        if a.dtype.kind in "biu":
            same = np.array_equal(a, b)
        else:
            digits = 1e-14 if a.dtype.itemsize >= 8 and a.dtype.kind == "f" else 1e-6
            same = np.allclose(a.astype("D"), b.astype("D"), rtol=digits, atol=0, equal_nan=True)
        if not same:
            return True
    return False


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_every_dtype_gives_numpys_dtype_and_values_or_its_error(name: str) -> None:
    ufunc = UFUNCS[name]
    given = [_values(d, i) for i in range(ufunc.nin) for d in DTYPES]
    columns = [range(i * len(DTYPES), (i + 1) * len(DTYPES)) for i in range(ufunc.nin)]
    cases = list(product(*columns))

    def all_of_them(*xs: Any) -> Any:  # one trace, so that it costs one graph
        return [_answer(ufunc, *[xs[i] for i in case]) for case in cases]

    ours, theirs = run_traced(all_of_them, *given), all_of_them(*given)
    pairs = zip(cases, ours, theirs, strict=True)
    assert [([given[i].dtype for i in c], a, b) for c, a, b in pairs if _differs(a, b)] == []


X = np.array([3.0, -2.0, 0.5, 8.0])
Y = np.array([2.0, 3.0, -0.5, 1.0])
N = np.array([5, 0, -7, 12])
U = np.array([1, 2, 200, 255], np.uint8)
MASK = np.array([True, False, True, False])
M = np.arange(24.0).reshape(2, 3, 4)
ROWS = np.arange(6.0).reshape(2, 3)

CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "out": (lambda x, y: np.add(x, y, out=np.zeros_like(x)), (X, Y)),
    "out by position": (lambda x, y: np.add(x, y, np.zeros_like(x)), (X, Y)),
    "out as a tuple": (lambda x, y: np.add(x, y, out=(np.zeros_like(x),)), (X, Y)),
    "two outs": (lambda x: np.modf(x, out=(np.zeros_like(x), np.zeros_like(x))), (X,)),
    "one of two outs": (lambda x: np.modf(x, out=(None, np.zeros_like(x))), (X,)),
    "two outs by position": (
        lambda x, y: np.divmod(x, y, np.zeros_like(x), np.zeros_like(x)),
        (X, Y),
    ),
    "too few outs": (lambda x: np.modf(x, out=(np.zeros_like(x),)), (X,)),
    "a narrower out": (lambda x, y: np.add(x, y, out=np.zeros_like(x, "f4")), (X, Y)),
    "an integer out": (lambda x, y: np.add(x, y, out=np.zeros_like(x, "i8")), (X, Y)),
    "an integer out, unsafely": (
        lambda x, y: np.add(x, y, out=np.zeros_like(x, "i8"), casting="unsafe"),
        (X, Y),
    ),
    "a narrower out, safely": (
        lambda x, y: np.add(x, y, out=np.zeros_like(x, "f4"), casting="safe"),
        (X, Y),
    ),
    "where": (lambda x, y, m: np.add(x, y, out=x * 2, where=m), (X, Y, MASK)),
    "where of two results": (lambda x, m: np.modf(x, out=(x * 1, x * 2), where=m), (X, MASK)),
    "where broadcast": (
        lambda m, x: np.add(m, x, out=m * 0, where=[[True], [False], [True]]),
        (M, X),
    ),
    "where of integers": (
        lambda x, y: np.add(x, y, out=np.zeros_like(x), where=np.array([1, 0, 1, 1])),
        (X, Y),
    ),
    "where without out": (
        lambda x, y: np.where(y > 0, np.divide(x, y, where=y > 0), 0),
        (X, Y),
    ),
    "dtype": (lambda x, y: np.add(x, y, dtype="f4"), (X, Y)),
    "a complex dtype": (lambda x, y: np.multiply(x, y, dtype=complex), (X, Y)),
    "an integer dtype": (lambda x, y: np.add(x, y, dtype=int), (X, Y)),
    "an integer dtype, unsafely": (lambda x, y: np.add(x, y, dtype=int, casting="unsafe"), (X, Y)),
    "dtype of a root": (lambda u: np.sqrt(u, dtype="f4"), (U,)),
    "dtype of a floor": (lambda u: np.floor(u, dtype="f4"), (U,)),
    "dtype of a comparison": (lambda x, y: np.less(x, y, dtype=bool), (X, Y)),
    "signature": (lambda x, y: np.add(x, y, signature="ff->f"), (X, Y)),
    "sig as a tuple": (lambda x, y: np.add(x, y, sig=(None, None, np.float32)), (X, Y)),
    "a complex signature": (lambda x, y: np.add(x, y, signature="DD->D"), (X, Y)),
    "signature of one letter": (lambda x, y: np.add(x, y, signature="d"), (X, Y)),
    "signature and dtype": (lambda x, y: np.add(x, y, signature="dd->d", dtype=float), (X, Y)),
    "an unknown keyword": (lambda x, y: np.add(x, y, foo=1), (X, Y)),
    "too few operands": (lambda x: np.add(x), (X,)),
    "too many operands": (lambda x: np.sin(x, x, x), (X,)),
    "order": (lambda m: np.sin(m, order="F"), (M,)),
    "an unknown order": (lambda m: np.sin(m, order="Z"), (M,)),
    "subok": (lambda m: np.sin(m, subok=False), (M,)),
    "casting=no": (lambda x, n: np.add(x, n, casting="no"), (X, N)),
    "casting=safe": (lambda x, n: np.add(x, n, casting="safe"), (X, N)),
    "numbers beyond a byte": (lambda u: (u <= 1000, u != -5, u < -1, u < 300, u == 300), (U,)),
    "weak scalars": (
        lambda x: (x + 1, x * 2.5, x - 1j, np.power(x, 2), np.maximum(x, 1.5)),
        (X.astype("f4"),),
    ),
    "numpy scalars": (lambda x: (x * np.float64(2), x + np.int8(3)), (X.astype("f4"),)),
    "vecdot's axis": (lambda m: np.vecdot(m, m, axis=1), (M,)),
    "vecdot's axes": (lambda m: np.vecdot(m, m, axes=[1, 1]), (M,)),
    "vecdot's three axes": (lambda m: np.vecdot(m, m, axes=[(1,), (1,), ()]), (M,)),
    "vecdot's keepdims": (lambda m: np.vecdot(m, m, axis=0, keepdims=True), (M,)),
    "vecdot of complex": (lambda m: np.vecdot(m * 1j, m * (1 + 1j)), (M,)),
    "matmul's axes": (lambda m: np.matmul(m, m, axes=[(0, 1), (1, 0), (0, 1)]), (M,)),
    "matvec's axes": (lambda m, v: np.matvec(m, v, axes=[(2, 1), (1,), (0,)]), (M, ROWS)),
    "vecmat's axes": (lambda v, m: np.vecmat(v, m, axes=[1, (1, 2), 0]), (ROWS, M)),
    "matmul's out": (lambda m: np.matmul(m, X, out=np.zeros((2, 3))), (M,)),
    "matmul's wrong out": (lambda m: np.matmul(m, X, out=np.zeros((3, 3))), (M,)),
    "matmul's dtype": (lambda m: np.matmul(m, X, dtype="f4"), (M,)),
    "matmul's signature": (lambda m: np.matmul(m, X, signature="DD->D"), (M,)),
    "matmul of bfloat16": (lambda m: m @ m[0].T, (M.astype(ml_dtypes.bfloat16),)),
    "operators of a number": (
        lambda x: (abs(x), round(x), round(x, 1), divmod(x, 2), pow(x, 2), divmod(7, x)),
        (np.float64(2.5),),
    ),
    "packbits": (lambda n: (np.packbits(n), np.packbits(n, bitorder="little")), (N,)),
    "packbits along an axis": (
        lambda m: (np.packbits(m, axis=1), np.packbits(m, axis=-1, bitorder="little")),
        (np.arange(60).reshape(3, 4, 5) % 3 == 0,),
    ),
    "unpackbits": (
        lambda u: (
            np.unpackbits(u),
            np.unpackbits(u, count=13),
            np.unpackbits(u, count=-3, bitorder="little"),
            np.unpackbits(u, count=40),
            np.unpackbits(u.reshape(2, 2), axis=0),
        ),
        (U,),
    ),
    "unpackbits of integers": (lambda n: np.unpackbits(n), (N,)),
}


@pytest.mark.parametrize("name", CALLS)
def test_keywords_are_numpys(name: str) -> None:
    f, args = CALLS[name]
    assert_like_numpy(f, *args)


SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 5e-324, -3e-310, 1e-300, 2.0**-1022, 1.7e308, np.inf, -np.inf, np.nan]
)


@pytest.mark.parametrize(
    "shift", [-2200, -1100, -1074, -1023, -54, -1, 0, 1, 970, 1023, 1100, 2099]
)
def test_ldexp_rounds_once(shift: int) -> None:
    with np.errstate(all="ignore"):
        assert_like_numpy(lambda x: np.ldexp(x, shift), SPECIAL, rtol=0)
        assert_like_numpy(lambda x: np.ldexp(x, shift), SPECIAL.astype("f4"), rtol=0)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_frexp_and_spacing_are_exact(dtype: str) -> None:
    with np.errstate(all="ignore"):
        x = np.concatenate([SPECIAL, 2.0 ** np.arange(-14, 15), np.linspace(-3, 3, 41)])
        x = x.astype(dtype)
    assert_like_numpy(np.frexp, x, rtol=0)
    ours, theirs = run_traced(np.spacing, x), _answer(np.spacing, x)[0]
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", "bBhHiIlL")
def test_gcd_lcm_and_bits_hold_at_the_ends_of_a_dtype(dtype: str) -> None:
    limits = np.iinfo(dtype)
    x = np.array([limits.min, limits.max, 0, 1, 6, limits.max - 1, limits.min], dtype)
    y = np.array([limits.max, 0, 0, limits.min, 4, 2, limits.min], dtype)
    for ufunc in (np.gcd, np.lcm):
        assert_like_numpy(ufunc, x, y)
        assert_like_numpy(ufunc, y[::-1], np.arange(100, 107).astype(dtype))
    assert_like_numpy(np.bitwise_count, x)


def test_comparisons_of_signed_with_unsigned_are_exact() -> None:
    signed = np.array([-1, 2**63 - 1, 0, -(2**63)])
    unsigned = np.array([2**64 - 1, 2**63 - 1, 2**63, 0], np.uint64)
    for ufunc in (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal):
        assert_like_numpy(ufunc, signed, unsigned)
        assert_like_numpy(ufunc, unsigned, signed)


def test_an_outside_array_as_out_is_refused() -> None:
    outside = np.zeros(4)
    with pytest.raises(TraceError, match="an array that the trace neither made nor received"):
        run_traced(lambda x: np.add(x, 1, out=outside), X)


def test_numpys_second_dtype_of_64_bits_is_the_first() -> None:
    x, y = np.array([2**63], "Q"), np.array([7, -7], "q")
    assert tensor_type(x.dtype, (7, 13)).dtype.char == np.dtype(np.uint64).char
    compiled = gl.compile(lambda x, y: (x // np.uint64(3), y // 2))
    for a, b in zip(compiled(x, y), (x // np.uint64(3), y // 2), strict=True):
        np.testing.assert_array_equal(a, b)
