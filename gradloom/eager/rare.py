"""`gt.special`, and the rarer functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, common, one, view
from gradloom.eager.elementwise import FUNCTIONS as E
from gradloom.eager.elementwise import binary, unary
from gradloom.eager.reductions import log_softmax, logsumexp, softmax
from gradloom.eager.tensor import Tensor
from gradloom.frontend.scipy.direct import of
from gradloom.frontend.scipy.special_ufuncs import UFUNCS
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location

_ONE: Final = {
    "i0": "i0", "i0e": "i0e", "i1": "i1", "i1e": "i1e", "entr": "entr", "erfcx": "erfcx",
    "ndtr": "ndtr", "ndtri": "ndtri", "log_ndtr": "log_ndtr", "bessel_j0": "j0",
    "bessel_j1": "j1", "bessel_y0": "y0", "bessel_y1": "y1",
}  # fmt: skip
_TWO: Final = {"xlog1py": "xlog1py", "igamma": "gammainc", "igammac": "gammaincc"}


def _kept(f: Callable[..., Array]) -> Callable[..., Array]:
    """The function in its argument's dtype; some of scipy's give float64."""
    return lambda *xs: f(*xs).astype(xs[0].dtype)


_SPECIAL: Final[dict[str, Callable[..., Tensor]]] = {
    **{name: unary(name, _kept(UFUNCS[f]), True) for name, f in _ONE.items()},
    **{name: binary(name, _kept(UFUNCS[f]), True) for name, f in _TWO.items()},
    "zeta": binary("zeta", of(o.zeta), True),
}  # fmt: skip


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma."""
    if n == 0:
        return E["digamma"](input)

    return unary("polygamma", of(o.polygamma, n=n), True)(input)


def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function."""
    total: Any = p * (p - 1) / 4 * float(np.log(np.pi))
    for i in range(p):
        total = E["add"](E["lgamma"](E["sub"](input, i / 2)), total)
    return total  # type: ignore[no-any-return]


def _float_power(x: Any, exponent: Any) -> Tensor:
    xs, _ = common("float_power", x, exponent)
    double = np.dtype(np.float64)
    return one("float_power", lambda a, b: np.power(a.astype(double), b.astype(double)), xs)


def _ldexp(x: Tensor, other: Tensor) -> Tensor:
    return E["mul"](x, E["pow"](2.0, other))


def frexp(x: Tensor) -> tuple[Tensor, Tensor]:
    """Each element as a mantissa and a power of 2."""
    from gradloom.eager.calls import several

    def function(a: Array) -> tuple[Array, Array]:
        mantissa, exponent = np.frexp(a)
        return mantissa, exponent.astype(np.dtype(np.int32))

    made = several("frexp", function, [x])
    return made[0], made[1]


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "heaviside": binary("heaviside", np.heaviside, float_result=False),
    "gcd": binary("gcd", np.gcd, float_result=False),
    "lcm": binary("lcm", np.lcm, float_result=False),
    "ldexp": _ldexp, "float_power": _float_power, "frexp": frexp, "mvlgamma": mvlgamma,
    "i0": _SPECIAL["i0"], "igamma": _SPECIAL["igamma"], "igammac": _SPECIAL["igammac"],
    "clamp_min": lambda x, min: E["clamp"](x, min), "angle": unary("angle", np.angle, True),
    "clamp_max": lambda x, max: E["clamp"](x, None, max),
    "real": lambda x: _part("real", x) if x.dtype.is_complex else x,
    "imag": lambda x: _part("imag", x),
    "isreal": lambda x: one("isreal", np.isreal, [x]),
    "resolve_conj": lambda x: x, "resolve_neg": lambda x: x,
}  # fmt: skip
"""Functions that are methods too, by torch's name."""


def _of_parts(real: Array, imag: Array) -> Array:
    """Complex numbers of their parts; a product with 1j would spoil infinities."""
    made = np.zeros_like(real, dtype=np.result_type(real.dtype, np.complex64))
    made.real = real
    made.imag = imag
    return made


def _part(which: str, x: Tensor) -> Tensor:
    """The real or the imaginary part."""
    if not x.dtype.is_complex:
        raise DtypeError(f"gt.{which}: not of {x.dtype}", location=user_location())

    def written(base: Array, part: Array) -> Array:
        is_real = which == "real"
        return _of_parts(part if is_real else np.real(base), np.imag(base) if is_real else part)

    return view(which, x, np.real if which == "real" else np.imag, written)


def complex_of(real: Tensor, imag: Tensor) -> Tensor:
    """Complex numbers of their parts."""
    return one("complex", _of_parts, [real, imag])


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers of sizes and angles."""
    return complex_of(E["mul"](abs, E["cos"](angle)), E["mul"](abs, E["sin"](angle)))


def view_as_real(x: Tensor) -> Tensor:
    """Real and imaginary parts along a new last axis."""
    return view(
        "view_as_real", x, lambda a: np.stack([np.real(a), np.imag(a)], -1),
        lambda base, part: _of_parts(part[..., 0], part[..., 1]),
    )  # fmt: skip


def view_as_complex(x: Tensor) -> Tensor:
    """Complex numbers of a last axis of two."""
    made = view(
        "view_as_complex", x, lambda a: _of_parts(a[..., 0], a[..., 1]),
        lambda base, part: np.stack([np.real(part), np.imag(part)], -1),
    )  # fmt: skip
    made._lie = None
    return made


def rsub(x: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """`other - alpha * x`."""
    return E["sub"](other, x, alpha=alpha)


ALONE: Final[dict[str, Callable[..., Any]]] = {
    "complex": complex_of, "polar": polar, "view_as_real": view_as_real,
    "view_as_complex": view_as_complex, "rsub": rsub, "polygamma": polygamma,
}  # fmt: skip
"""Functions alone."""

SPECIAL: Final[dict[str, Callable[..., Any]]] = {
    **_SPECIAL, "polygamma": polygamma, "multigammaln": mvlgamma, "expit": E["sigmoid"],
    "gammaln": E["lgamma"], "psi": E["digamma"], "gammainc": _SPECIAL["igamma"],
    "gammaincc": _SPECIAL["igammac"], "logsumexp": logsumexp, "softmax": softmax,
    "log_softmax": log_softmax,
    **{name: E[name] for name in ("digamma", "erf", "erfc", "erfinv", "exp2", "expm1", "log1p",
                                  "logit", "round", "sinc", "xlogy")},
}  # fmt: skip
"""`gt.special`."""
