"""numpy functions with random arguments, for checks of their derivatives at ordinary points.

A case draws its arrays and options and gives `(f, *arrays)`, f being smooth near the arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tests.frontend.numpy.drawn import Drawn

Case = Callable[[Drawn], tuple[Any, ...]]


def _unary(f: Any, low: float, high: float, kinds: str = "f") -> Case:
    return lambda d: (f, d.numbers(kinds, low=low, high=high))


def _binary(f: Any, low: float = 0.3, high: float = 2.0, kinds: str = "f") -> Case:
    return lambda d: (f, *d.broadcast_pair(kinds, low=low, high=high))


UNARY: Final[dict[str, Case]] = {
    **{
        name: _unary(getattr(np, name), -1.4, 1.4, "fc")
        for name in (
            "negative", "positive", "square", "exp", "exp2", "expm1", "sin", "cos", "sinh", "cosh",
            "tanh", "arctan", "arcsinh", "conjugate", "real", "imag", "sinc",
        )
    },
    **{
        name: _unary(getattr(np, name), 0.2, 0.9, "fc")
        for name in (
            "tan", "sqrt", "log", "log2", "log10", "log1p", "reciprocal", "absolute", "arcsin",
            "arccos", "arctanh", "sign",
        )
    },
    **{
        name: _unary(getattr(np, name), 0.2, 0.9)
        for name in ("cbrt", "fabs", "deg2rad", "rad2deg", "degrees", "radians", "i0", "nan_to_num")
    },
    "arccosh": _unary(np.arccosh, 1.2, 3, "fc"),
    "angle": _unary(np.angle, 0.2, 2, "c"),
    "angle deg": _unary(lambda z: np.angle(z, deg=True), 0.2, 2, "c"),
    "abs of negatives": _unary(np.abs, -2, -0.1),
    "i0 far": _unary(np.i0, 9, 12),
    "i0 at zero": _unary(np.i0, -0.1, 0.1),
    "floor": _unary(lambda x: np.floor(x) * x, 0.1, 0.9),
    "modf": _unary(lambda x: np.modf(x)[0] * x, 1.1, 1.9),
    "clip": lambda d: (lambda x: np.clip(x, -3, 0.05), d.array((2, 3))),
    "ldexp": lambda d: (lambda x: np.ldexp(x, 3), d.numbers()),
    "unwrap": lambda d: (lambda x: np.unwrap(x, axis=-1), d.array((2, 4), -9, 9)),
    "astype": _unary(lambda x: x.astype(np.complex128) * (1 + 2j), -1, 1),
    "real_if_close": _unary(lambda x: np.real_if_close(x) ** 2, -1, 1),
}  # fmt: skip

BINARY: Final[dict[str, Case]] = {
    **{
        name: _binary(getattr(np, name), kinds="fc")
        for name in ("add", "subtract", "multiply", "divide", "power", "float_power")
    },
    **{
        name: _binary(getattr(np, name))
        for name in (
            "arctan2", "hypot", "logaddexp", "logaddexp2", "maximum", "minimum", "fmax", "fmin",
            "copysign",
        )
    },
    "remainder": _binary(np.remainder, 0.31, 1.0),
    "fmod": _binary(np.fmod, 0.31, 1.0),
    "divmod": _binary(lambda x, y: np.divmod(x, y)[1], 0.31, 1.0),
    "mod of negatives": lambda d: (np.mod, -d.array((3,), 0.3, 0.9), d.array((3,), 1.2, 2)),
    "heaviside": _binary(lambda x, y: np.heaviside(x, y) * x * y),
    "power of negatives": lambda d: (lambda x: x**3 + x**-2, d.array((3,), -2, -1)),
    "where": lambda d: (
        lambda x, y: np.where(np.array([[True], [False]]), x, y),
        d.array((2, 3)),
        d.array((3,)),
    ),
}  # fmt: skip


def _reduction(f: Any, low: float = -2, high: float = 2, kinds: str = "f", **options: Any) -> Case:
    """A reduction with drawn axes and keepdims, and one drawn value of each option."""

    def case(d: Drawn) -> tuple[Any, ...]:
        x = d.numbers(kinds, low=low, high=high)
        given = {name: d.pick(*values) for name, values in options.items()}
        axis, keep = d.axes(x.shape), d.flag()
        return lambda x: f(x, axis=axis, keepdims=keep, **given), x

    return case


def _where_reduction(f: Any, **more: Any) -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        x = d.array((3, 2))
        mask = np.array([[True, False], [True, True], [d.flag(), True]])
        axis = d.pick(None, 0)
        return lambda x: f(x, axis=axis, where=mask, **more), x

    return case


def _with_nan(f: Any) -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        axis = d.pick(None, 0, 1)
        hole = np.array([[False, True, False], [False] * 3, [True, False, False]])
        return lambda x: f(np.where(hole, np.nan, x), axis=axis), d.array((3, 3))

    return case


def _one_axis(f: Any, low: float = -2, high: float = 2, kinds: str = "f", **options: Any) -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        x = d.numbers(kinds, low=low, high=high)
        given = {name: d.pick(*values) for name, values in options.items()}
        axis = d.axis(x.shape)
        return lambda x: f(x, axis=axis, **given), x

    return case


def _std(d: Drawn) -> tuple[Any, ...]:
    axis, ddof = d.pick(None, 0, (0, 1)), d.pick(0, 1)
    return lambda x: np.std(x, axis=axis, ddof=ddof), d.array((3, 2), kind=d.pick("f", "c"))


def _average(d: Drawn) -> tuple[Any, ...]:
    axis = d.pick(0, 1)
    return lambda x, w: np.average(x, axis=axis, weights=w), d.array((3, 3)), d.array((3,), 0.2, 1)


def _gradient(d: Drawn) -> tuple[Any, ...]:
    order, axis = d.pick(1, 2), d.axis((4, 4))
    return lambda x: np.gradient(x, 0.5, axis=axis, edge_order=order), d.array((4, 4))


def _gradient_by_x(d: Drawn) -> tuple[Any, ...]:
    order = d.pick(1, 2)
    knots = np.cumsum(d.array((4,), 0.4, 1))
    return lambda y, x: np.gradient(y, x, edge_order=order), d.array((4,)), knots


def _cov(d: Drawn) -> tuple[Any, ...]:
    rows, bias = d.flag(), d.flag()
    return lambda x: np.cov(x, rowvar=rows, bias=bias), d.array((3, 4), kind=d.pick("f", "c"))


def _sliding(f: Any) -> Case:
    def case(d: Drawn) -> tuple[Any, ...]:
        mode, kind = d.pick("full", "same", "valid"), d.pick("f", "c")
        return lambda x, y: f(x, y, mode), d.array((4,), kind=kind), d.array((3,), kind=kind)

    return case


REDUCTIONS: Final[dict[str, Case]] = {
    **{
        name: _reduction(getattr(np, name), kinds="fc") for name in ("sum", "prod", "mean")
    },
    **{
        name: _reduction(getattr(np, name))
        for name in ("max", "min", "ptp", "median", "nanmedian", "nanmax", "nanmin")
    },
    **{
        name: _with_nan(getattr(np, name))
        for name in (
            "nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanmedian",
            "nancumsum", "nancumprod",
        )
    },
    "var": _reduction(np.var, kinds="fc", ddof=(0,)),
    "var ddof": lambda d: (lambda x: np.var(x, axis=0, ddof=1), d.array((3, 2))),
    "std": _std,
    "quantile": _reduction(np.quantile, q=(0.3, [0.25, 0.9]), method=("linear", "hazen", "weibull",
                                                                      "nearest", "midpoint")),
    "percentile": _reduction(np.percentile, q=(30, [10, 70]), method=("linear", "lower")),
    "nanquantile": lambda d: (
        lambda x: np.nanquantile(np.where([[False, True, False]], np.nan, x), 0.4, axis=1),
        d.array((2, 3)),
    ),
    "quantile by q": lambda d: (
        lambda x, q: np.quantile(x, q, axis=0), d.array((4, 2)), d.array((2,), 0.05, 0.3),
    ),
    "sum where": _where_reduction(np.sum, initial=1.5),
    "prod where": _where_reduction(np.prod, initial=2.0),
    "mean where": _where_reduction(np.mean),
    "var where": _where_reduction(np.var),
    "max where": _where_reduction(np.max, initial=-9.0),
    "average": _average,
    "cumsum": _one_axis(np.cumsum, kinds="fc"),
    "cumprod": _one_axis(np.cumprod, kinds="fc"),
    "cumulative_sum": _one_axis(np.cumulative_sum, include_initial=(False, True)),
    "cumulative_prod": _one_axis(np.cumulative_prod, include_initial=(False, True)),
    "diff": _one_axis(np.diff, kinds="fc", prepend=(0.5,), n=(1, 2)),
    "sort": _one_axis(np.sort),
    "add.reduce": _one_axis(np.add.reduce),
    "multiply.reduce": _one_axis(np.multiply.reduce),
    "maximum.reduce": _one_axis(np.maximum.reduce),
    "logaddexp.reduce": _one_axis(np.logaddexp.reduce),
    "add.accumulate": _one_axis(np.add.accumulate),
    "multiply.accumulate": _one_axis(np.multiply.accumulate),
    "maximum.accumulate": _one_axis(np.maximum.accumulate),
    "add.reduceat": lambda d: (lambda x: np.add.reduceat(x, [0, 2, 1]), d.array((4,))),
    "multiply.outer": lambda d: (np.multiply.outer, d.array((2,)), d.array((3,))),
    "partition": lambda d: (lambda x: np.partition(x, 1)[..., 1], d.array((2, 3))),
    "trapezoid": _one_axis(np.trapezoid, dx=(1.0, 0.5)),
    "trapezoid by x": lambda d: (np.trapezoid, d.array((2, 4)), d.array((4,))),
    "gradient": _gradient,
    "gradient by x": _gradient_by_x,
    "ediff1d": lambda d: (lambda x, a: np.ediff1d(x, to_end=a), d.array((2, 2)), d.array((2,))),
    "cov": _cov,
    "corrcoef": lambda d: (np.corrcoef, d.array((2, 4))),
    "interp": lambda d: (
        np.interp, d.array((3,), 0.1, 2.9), np.array([0.0, 1.0, 2.0, 3.0]), d.array((4,)),
    ),
    "interp by knots": lambda d: (
        lambda xp, fp: np.interp([-1.0, 0.55, 1.45, 5.0], xp, fp),
        np.cumsum(d.array((4,), 0.4, 0.6)), d.array((4,)),
    ),
    "convolve": _sliding(np.convolve),
    "correlate": _sliding(np.correlate),
}  # fmt: skip
