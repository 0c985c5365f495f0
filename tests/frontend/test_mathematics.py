"""Python's math and cmath on traced numbers: every function gives Python's number."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np
import pytest

import gradloom as gl

POINTS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("acos", "asin", "atanh"), (0.5,)), "acosh": (2.5,), "isqrt": (99,),
    **dict.fromkeys(("atan2", "copysign", "fmod", "nextafter", "remainder"), (7.25, -2.5)),
    **dict.fromkeys(("gcd", "lcm"), (12, 18, 10)), "hypot": (1.0, -2.0, 2.0), "pow": (2.0, 0.5),
    "isclose": (1.0, 1.0 + 1e-12), "ldexp": (0.75, 3), "log": (8.0, 2.0), "rect": (2.0, 0.5),
    "dist": ([1.0, 2.0], [4.0, 6.0]), "sumprod": ([1.0, 2.0], [4.0, 6.0]),
    "fsum": ([0.5, 0.25, 4.0],), "prod": ([0.5, 0.25, 4.0],),
}  # fmt: skip
REFUSED = ("comb", "factorial", "perm", "fma")


def _functions(module: Any) -> list[str]:
    found = vars(module).items()
    return [name for name, f in found if not name.startswith("_") and callable(f)]


def _number(x: Any) -> Any:
    return np.int64(x) if isinstance(x, int) else x


@pytest.mark.parametrize("name", _functions(math))
def test_a_function_of_math_is_pythons(name: str) -> None:
    given = POINTS.get(name, (1.75,))
    if name == "ldexp":
        ours = gl.compile(lambda x: math.ldexp(x, 3))(0.75)
    elif name in REFUSED:
        with pytest.raises(gl.NotSupported, match=rf"math\.{name}"):
            gl.trace(lambda x: getattr(math, name)(x, *[1] * (name == "fma") * 2), np.int64(5))
        return
    else:
        ours = gl.compile(lambda *xs: getattr(math, name)(*xs))(
            *[[_number(y) for y in x] if isinstance(x, list) else _number(x) for x in given]
        )
    plain = getattr(math, name)(*given)
    assert [type(x) for x in np.atleast_1d(ours)] == [type(x) for x in np.atleast_1d(plain)]
    assert ours == pytest.approx(plain, rel=1e-14)


@pytest.mark.parametrize("name", _functions(cmath))
def test_a_function_of_cmath_is_pythons(name: str) -> None:
    given = {"log": (8 + 1j, 2.0), "rect": (2.0, 0.5), "isclose": (1j, 1j)}.get(
        name, (0.5 + 0.75j,)
    )
    for args in (given, tuple(complex(x).real for x in given)):
        ours = gl.compile(lambda *xs: getattr(cmath, name)(*xs))(*args)
        plain = getattr(cmath, name)(*args)
        assert type(ours) is type(plain)
        assert ours == pytest.approx(plain, rel=1e-14)


def test_cmath_has_derivatives_and_its_errors() -> None:
    slope = gl.grad(lambda x: cmath.exp(1j * x).real + cmath.phase(complex(0, 1)) * x)
    assert slope(0.5) == pytest.approx(-math.sin(0.5) + math.pi / 2)
    with pytest.raises(gl.CallError, match=r"cmath\.sin.*0-dimensional"):
        gl.trace(lambda x: cmath.sin(x), np.ones(3))
