"""Values that the standard writes down for infinities, zeros and NaN."""

import math
from typing import Any

import numpy as np
import pytest

import gradloom as gl

xp = gl.array_api
INF, NAN = math.inf, math.nan


def same(a: Any, b: Any) -> bool:
    """Equal numbers, of the same sign also at zero, or both NaN."""
    return (math.isnan(a) and math.isnan(b)) or (
        a == b and math.copysign(1, a) == math.copysign(1, b)
    )


BINARY = [
    ("floor_divide", INF, 2.0, INF),
    ("floor_divide", INF, -2.0, -INF),
    ("floor_divide", -INF, 2.0, -INF),
    ("floor_divide", -INF, -2.0, INF),
    ("floor_divide", 2.0, -INF, -0.0),
    ("floor_divide", -2.0, INF, -0.0),
    ("floor_divide", 2.0, INF, 0.0),
    ("floor_divide", -2.0, -INF, 0.0),
    ("floor_divide", INF, INF, NAN),
    ("floor_divide", NAN, INF, NAN),
    ("floor_divide", 1.0, 0.0, INF),
    ("floor_divide", 1.0, -0.0, -INF),
    ("floor_divide", 0.0, 0.0, NAN),
    ("floor_divide", 7.0, -2.0, -4.0),
    ("remainder", 2.0, -INF, -INF),
    ("remainder", -2.0, INF, INF),
    ("remainder", 2.0, INF, 2.0),
    ("remainder", -2.0, -INF, -2.0),
    ("remainder", INF, 2.0, NAN),
    ("remainder", 1.0, 0.0, NAN),
    ("remainder", 0.0, -2.0, -0.0),
    ("remainder", -0.0, 2.0, 0.0),
    ("pow", -INF, 0.5, INF),
    ("pow", -0.0, 0.5, 0.0),
    ("pow", 4.0, 0.5, 2.0),
    ("pow", -4.0, 0.5, NAN),
    ("pow", NAN, 0.0, 1.0),
    ("pow", 1.0, NAN, 1.0),
    ("pow", -INF, 3.0, -INF),
    ("pow", -0.0, -1.0, -INF),
    ("add", -0.0, -0.0, -0.0),
    ("add", -0.0, 0.0, 0.0),
    ("atan2", -0.0, -0.0, -math.pi),
    ("hypot", INF, NAN, INF),
    ("maximum", NAN, 1.0, NAN),
    ("logaddexp", -INF, 2.0, 2.0),
    ("copysign", 3.0, -0.0, -3.0),
    ("nextafter", 1.0, 1.0, 1.0),
]
OPERATORS = {"floor_divide": "floordiv", "remainder": "mod", "pow": "pow", "add": "add"}


@pytest.mark.parametrize(("name", "a", "b", "wanted"), BINARY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_of_two_numbers(name: str, a: float, b: float, wanted: float, dtype: str) -> None:
    wanted = float(np.asarray(wanted, dtype))
    for shape in ((), (1,), (3,)):
        x, y = (xp.full(shape, v, dtype=getattr(xp, dtype)) for v in (a, b))
        results = [getattr(xp, name)(x, y), getattr(xp, name)(x, b)]
        if name in OPERATORS:
            z = xp.asarray(x, copy=True)
            results += [
                getattr(x, f"__{OPERATORS[name]}__")(y),
                getattr(z, f"__i{OPERATORS[name]}__")(y),
            ]
        for result in results:
            assert result.dtype == x.dtype
            assert all(same(v, wanted) for v in result.raw.ravel()), result


@pytest.mark.parametrize(
    ("name", "z", "wanted"),
    [
        ("expm1", complex(-0.0, 0.0), 0j),
        ("expm1", complex(INF, 0.0), complex(INF, 0)),
        ("expm1", complex(-INF, INF), -1 + 0j),
        ("expm1", complex(-INF, NAN), -1 + 0j),
        ("expm1", complex(INF, INF), complex(INF, NAN)),
        ("expm1", complex(INF, NAN), complex(INF, NAN)),
        ("expm1", complex(NAN, 0.0), complex(NAN, 0)),
        ("expm1", complex(NAN, 1.0), complex(NAN, NAN)),
        ("expm1", complex(-INF, 1.0), -1 + 0j),
        ("expm1", complex(INF, 1.0), complex(INF, INF)),
        ("tanh", complex(INF, 2.0), 1 + 0j),
        ("tanh", complex(INF, INF), 1 + 0j),
        ("sign", complex(-0.0, -0.0), 0j),
        ("sign", 3 + 4j, 0.6 + 0.8j),
    ],
)
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_of_complex_numbers(name: str, z: complex, wanted: complex, dtype: str) -> None:
    result = complex(getattr(xp, name)(xp.asarray(z, dtype=getattr(xp, dtype))))
    if name == "sign" and z:
        assert abs(result - wanted) < 1e-6
        return
    assert same(result.real, wanted.real)
    assert math.isnan(result.imag) if math.isnan(wanted.imag) else abs(result.imag) == wanted.imag


def test_the_sign_of_zero_is_zero() -> None:
    assert same(float(xp.sign(xp.asarray(-0.0))), 0.0)
    assert math.isnan(float(xp.sign(xp.asarray(NAN))))


def test_expm1_of_ordinary_complex_numbers_is_exact_for_small_ones() -> None:
    z = 1e-10 + 2e-10j
    assert abs(complex(xp.expm1(xp.asarray(z))) - (z + z * z / 2)) < 1e-25


def test_derivatives_do_not_see_the_special_values() -> None:
    x = xp.asarray([0.3 + 0.4j, -1.0 + 0.2j])
    found = gl.grad(lambda x: xp.sum(xp.real(xp.expm1(x) + xp.tanh(x))))(x)
    wanted = np.exp(x.raw) + 1 / np.cosh(x.raw) ** 2
    np.testing.assert_allclose(found, wanted)
    y = xp.asarray([0.3, -2.5])
    np.testing.assert_allclose(gl.grad(lambda y: xp.sum(xp.sign(y) + y**2.0))(y), 2 * y.raw)
    np.testing.assert_allclose(gl.grad(lambda y: xp.sum(xp.floor_divide(y, 2.0) + y))(y), [1, 1])


def test_every_nan_is_a_value_of_its_own() -> None:
    found = xp.unique_all(xp.asarray([NAN, 1.0, NAN, 1.0]))
    assert list(found.counts) == [2, 1, 1]
    assert sorted(int(i) for i in found.inverse_indices) == [0, 0, 1, 2]
