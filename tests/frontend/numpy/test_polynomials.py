"""np.poly1d, np.roots, np.polydiv and numpy.polynomial on traced coefficients are numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.polynomial as P
import pytest

import gradloom as gl
from tests.frontend.derivatives import assert_gradient
from tests.frontend.traced import assert_like_numpy, run_traced

C, D, Z = np.array([1.0, -2, 3, 0.5]), np.array([2.0, 1, -1]), np.array([0.0, 0, 1, 2, 0])
X = np.linspace(-1, 1, 7)
Case = tuple[Callable[..., Any], tuple[Any, ...]]

CASES: dict[str, Case] = {
    "roots": (np.roots, (C,)),
    "roots of integers": (np.roots, (np.array([1, -3, 2]),)),
    "roots of complex": (np.roots, (C + 1j,)),
    "roots with zeros at the ends": (np.roots, (Z,)),
    "roots of zeros": (np.roots, (np.zeros(3),)),
    "roots of a number": (np.roots, (np.ones(1),)),
    "roots of a matrix": (np.roots, (np.ones((2, 2)),)),
    "poly": (np.poly, (C,)),
    "poly of integers": (np.poly, (np.array([1, 2]),)),
    "poly of complex roots": (np.poly, (C + 1j * C**2,)),
    "poly of pairs": (lambda d: np.poly(np.concatenate([d, np.conj(d)])), (D * (1 + 2j),)),
    "poly of a matrix": (np.poly, (np.arange(9.0).reshape(3, 3),)),
    "poly of a wide matrix": (np.poly, (np.ones((2, 3)),)),
    "polydiv": (np.polydiv, (C, D)),
    "polydiv by a longer one": (np.polydiv, (D, C)),
    "polydiv without remainder": (np.polydiv, (np.array([1, 3, 2]), np.array([1, 1]))),
    "polymul drops zeros": (np.polymul, (Z, D)),
    "polyadd": (np.polyadd, (Z, D)),
    "poly1d called": (lambda c, x: np.poly1d(c)(x), (C, X)),
    "poly1d of roots": (lambda d: np.poly1d(d, r=True).c, (D,)),
    "poly1d drops zeros": (lambda z: np.poly1d(z).c, (Z,)),
    "poly1d of a matrix": (lambda z: np.poly1d(z).c, (np.ones((2, 2)),)),
    "poly1d computes": (
        lambda c, d: ((np.poly1d(c) * np.poly1d(d) + np.poly1d(c) - 2) ** 2).coeffs,
        (C, D),
    ),
    "poly1d divides": (lambda c, d: [p.c for p in np.poly1d(c) / np.poly1d(d)], (C, D)),
    "poly1d divided by a number": (lambda c: (np.poly1d(c) / 2).c, (C,)),
    "poly1d divides an array": (lambda c, d: [p.c for p in c / np.poly1d(d)], (C, D)),
    "poly1d of plain numbers": (lambda x: x * (np.poly1d([1.0, 2]) / np.poly1d([1.0]))[0](2), (X,)),
    "poly1d derived": (
        lambda c: [np.poly1d(c).deriv().c, np.poly1d(c).integ(2, k=[1, 2]).c, np.poly1d(c).r],
        (C,),
    ),
    "poly1d indexed": (lambda c: [np.poly1d(c)[2], np.poly1d(c).o, -np.poly1d(c)(2.0)], (C,)),
    "poly1d composed": (lambda c, d: np.poly1d(c)(np.poly1d(d)).c, (C, D)),
    "polyval of a poly1d": (lambda c, d: np.polyval(c, np.poly1d(d)).c, (C, D)),
    "polyadd of a poly1d": (lambda c, d: np.polyadd(np.poly1d(c), d).c, (C, D)),
    "polyder of a poly1d": (lambda c: np.polyder(np.poly1d(c), 2).c, (C,)),
    "polyint": (lambda c: np.polyint(c, 2, k=3.0), (C,)),
    "polyfit": (lambda x, y: np.polyfit(x, y, 2), (X, np.sin(X))),
    "polyfit full": (lambda x, y: np.polyfit(x, y, 2, full=True), (X, np.sin(X))),
    "polyfit weighted with cov": (
        lambda x, y, w: np.polyfit(x, y, 2, w=w, cov=True),
        (X, np.sin(X), X + 2),
    ),
    "polyfit of columns": (
        lambda x, y: np.polyfit(x, y, 1, cov=True),
        (X, np.stack([X, X**2], 1)),
    ),
    "polyfit unscaled": (lambda x, y: np.polyfit(x, y, 1, cov="unscaled"), (X, np.sin(X))),
    "polyfit of unequal sizes": (lambda x, y: np.polyfit(x, y, 1), (X, np.sin(X[1:]))),
    "sort of complex": (np.sort, (np.array([2 + 1j, 1 - 1j, 2, 1 + 3j, np.nan, 1 + np.nan * 1j]),)),
    "sort_complex": (np.sort_complex, (np.array([[3, 1, 2]], "i2"),)),
    "argsort of complex": (np.argsort, (np.array([2 + 1j, 1 - 1j, 2, 1 + 3j]),)),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_polynomials_are_numpys(name: str) -> None:
    f, arrays = CASES[name]
    assert_like_numpy(f, *arrays, values=True, rtol=1e-9)


BASES = {"poly": P.polynomial, "cheb": P.chebyshev, "leg": P.legendre, "herm": P.hermite,
         "herme": P.hermite_e, "lag": P.laguerre}  # fmt: skip
CLASSES = (P.Polynomial, P.Chebyshev, P.Legendre, P.Hermite, P.HermiteE, P.Laguerre)


def _of_basis(prefix: str) -> dict[str, Case]:
    g: Any = {n.removeprefix(prefix): f for n, f in vars(BASES[prefix]).items() if callable(f)}
    cases: dict[str, Case] = {
        "val": (g["val"], (X, C)),
        "val at a number": (lambda c: g["val"](1.5, c), (C,)),
        "val of columns": (lambda x, c: g["val"](x, c, tensor=False), (X[:3], np.outer(C, D))),
        "val2d": (g["val2d"], (X, X * 2, np.outer(C, D))),
        "grid2d": (g["grid2d"], (X, X, np.outer(C, D))),
        "add": (g["add"], (C, D)),
        "sub": (g["sub"], (D, C)),
        "mul": (g["mul"], (C, D)),
        "div": (g["div"], (C, D)),
        "mulx": (g["mulx"], (C,)),
        "pow": (lambda c: g["pow"](c, 3), (C,)),
        "der": (lambda c: g["der"](c, 2, scl=2.0), (C,)),
        "int": (lambda c: g["int"](c, 2, k=[1, 2], lbnd=0.5), (C,)),
        "fit": (lambda x, y: g["fit"](x, y, 3), (X, np.sin(X))),
        "fit of degrees": (
            lambda x, y: g["fit"](x, y, [2, 0], full=True, w=x + 3),
            (X, np.sin(X)),
        ),
        "fit of columns": (lambda x, y: g["fit"](x, y, 1), (X, np.stack([X, X**2], 1))),
        "fit of a fraction": (lambda x, y: g["fit"](x, y, 1.5), (X, X)),
        "roots": (g["roots"], (C,)),
        "fromroots": (g["fromroots"], (C,)),
        "vander": (lambda x: g["vander"](x, 3), (X,)),
        "trim": (g["trim"], (np.append(C, 0),)),
        "line": (lambda c: g["line"](c[0], c[1]), (C,)),
    }
    return cases


@pytest.mark.parametrize("prefix", BASES)
def test_functions_of_numpy_polynomial_are_numpys(prefix: str) -> None:
    for f, arrays in _of_basis(prefix).values():
        assert_like_numpy(f, *arrays, values=True, rtol=1e-9)


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_of_numpy_polynomial_are_numpys(kind: Any) -> None:
    cases: list[Case] = [
        (lambda c, x: kind(c, domain=[0, 2])(x), (C, X)),
        (lambda c, d: ((kind(c) * kind(d) - kind(c) + 2) ** 2).coef, (C, D)),
        (lambda c, d: [(kind(c) * d[0]).coef, (d[0] * kind(c)).coef], (C, D)),
        (lambda c, d: [(kind(c) // kind(d)).coef, (kind(c) % kind(d)).coef], (C, D)),
        (lambda c: [kind(c).deriv().coef, kind(c).integ(2).coef, kind(c).roots()], (C,)),
        (lambda x, y: kind.fit(x, y, 3).coef, (X, np.sin(X))),
        (lambda c: kind(c).convert(kind=P.Polynomial).coef, (C,)),
        (lambda c: kind(c).linspace(5), (C,)),
        (lambda c: [kind(c).degree(), kind(c).cutdeg(2).coef, (-kind(c)).trim().coef], (C,)),
        (lambda c: kind.fromroots(c).coef, (C,)),
    ]
    for f, arrays in cases:
        assert_like_numpy(f, *arrays, values=True, rtol=1e-8)


SMOOTH: dict[str, Case] = {
    "roots": (lambda c: np.sum(np.abs(np.roots(c)) ** 2), (C,)),
    "poly": (lambda d: np.sum(np.sin(np.poly(d))), (D,)),
    "polydiv": (
        lambda c, d: np.sum(np.polydiv(c, d)[0]) + np.sum(np.polydiv(c, d)[1] ** 2),
        (C, D),
    ),
    "polyfit": (lambda x, y: np.sum(np.sin(np.polyfit(x, y, 2))), (X, np.sin(X))),
    "poly1d": (lambda c, x: np.sum((np.poly1d(c) ** 2).deriv()(x)), (C, X)),
    "Chebyshev": (lambda c, x: np.sum(P.Chebyshev(c).integ()(x) ** 2), (C, X)),
    "legfit": (lambda x, y: np.sum(P.legendre.legfit(x, y, 2) ** 2), (X, np.sin(X))),
    "hermval": (lambda c, x: np.sum(P.hermite.hermval(x, c)), (C, X)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_polynomials_are_differences(name: str) -> None:
    f, arrays = SMOOTH[name]
    for i in range(len(arrays)):

        def one(a: Any, i: int = i) -> Any:
            return f(*(a if k == i else b for k, b in enumerate(arrays)))

        if name in ("poly1d", "polydiv"):  # they look at values
            step = 1e-6 * np.arange(1, arrays[i].size + 1)
            change = (one(arrays[i] + step) - one(arrays[i] - step)) / 2
            np.testing.assert_allclose(gl.grad(one)(arrays[i]) @ step, change, rtol=1e-5)
        else:
            assert_gradient(one, arrays[i], rtol=1e-5)


def test_without_values_nothing_is_dropped_and_roots_are_complex() -> None:
    np.testing.assert_array_equal(run_traced(np.polymul, Z, D), np.convolve(Z, D))
    np.testing.assert_array_equal(run_traced(lambda z: np.poly1d(z).c, Z), Z)
    quotient, rest = run_traced(np.polydiv, np.array([1.0, 3, 2]), np.array([1.0, 1]))
    np.testing.assert_array_equal(quotient, [1, 2])
    np.testing.assert_array_equal(rest, [0])
    found = gl.compile(np.roots)(np.array([1.0, -3, 2]))
    assert found.dtype == np.complex128
    np.testing.assert_allclose(np.sort(found), [1, 2])


def test_polynomials_of_plain_numbers_stay_plain_inside_a_trace() -> None:
    def f(x: Any) -> Any:
        nodes, weights = P.legendre.leggauss(3)
        p = np.poly1d([1.0, 2.0]) * np.poly1d([0.0, 1.0, 1.0])
        assert type(nodes) is type(weights) is type(p.c) is np.ndarray
        assert p.o == 2
        return np.sum(x * nodes) * p(1.0)

    np.testing.assert_allclose(gl.grad(f)(np.ones(3)), 6 * P.legendre.leggauss(3)[0], atol=1e-14)
