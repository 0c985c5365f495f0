"""Sample programs of the ufuncs, and of their methods."""

from __future__ import annotations

from typing import Final


def _unary(names: str, a: str = "x") -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}({a})",
            f"np.{name}({a}[1, 2])",
            f"np.{name}({a}, out=np.zeros((3, 4)), where=b)",
            f"np.{name}({a}, dtype=np.float64)",
        )
        for name in names.split()
    }


def _predicate(names: str, *args: str) -> dict[str, tuple[str, ...]]:
    return {
        name: (
            *(f"np.{name}({a})" for a in args),
            f"np.{name}({args[0]}[1, 2])",
            f"np.{name}({args[0]}, out=np.zeros((3, 4), bool), where=b)",
        )
        for name in names.split()
    }


def _binary(names: str, a: str = "x", c: str = "y") -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}({a}, {c})",
            f"np.{name}({a}[0], {c})",
            f"np.{name}({a}, 1.7)",
            f"np.{name}(2, {c})",
            f"np.{name}({a}[0, 1], {c}[1, 0])",
            f"np.{name}({a}, {c}, out=np.ones((3, 4)), where=b)",
            f"np.{name}([{a}[0], {a}[2]], {c}[0])",
        )
        for name in names.split()
    }


def _comparison(names: str) -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}(x, y)",
            f"np.{name}(x, 0.5)",
            f"np.{name}(i, j)",
            f"np.{name}(i, 3)",
            f"np.{name}(x[0, 1], y[0])",
            f"np.{name}(x, y, where=b, out=np.zeros((3, 4), bool))",
        )
        for name in names.split()
    }


def _bits(names: str) -> dict[str, tuple[str, ...]]:
    return {
        name: (
            f"np.{name}(i, j)",
            f"np.{name}(i, 3)",
            f"np.{name}(i[0], j, dtype=np.int32, casting='same_kind')",
            f"np.{name}(i, j, where=b, out=np.zeros((3, 4), int))",
        )
        for name in names.split()
    }


PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    **_unary(
        "absolute abs arctan atan arcsinh asinh cbrt conj conjugate cos cosh deg2rad degrees exp "
        "exp2 expm1 fabs negative positive rad2deg radians reciprocal sin sinh square tan tanh"
    ),
    **_unary("arccos acos arcsin asin arctanh atanh", "p"),
    **_unary("log log10 log1p log2 sqrt", "p"),
    **_unary("arccosh acosh", "q"),
    **_unary("ceil floor rint sign trunc spacing"),
    **_predicate("isfinite isinf isnan", "x", "h", "z", "i"),
    **_predicate("signbit", "x"),
    **_predicate("logical_not", "b", "x", "i"),
    **_binary("add subtract multiply divide true_divide maximum minimum fmax fmin"),
    **_binary("copysign hypot arctan2 atan2 logaddexp logaddexp2 heaviside nextafter"),
    **_binary("fmod remainder mod floor_divide"),
    **_binary("power pow float_power", "q", "y"),
    **_comparison("equal not_equal less less_equal greater greater_equal"),
    **_comparison("logical_and logical_or logical_xor"),
    **_bits("bitwise_and bitwise_or bitwise_xor gcd lcm"),
    **{
        name: (
            f"np.{name}(i, j)",
            f"np.{name}(i, 2)",
            f"np.{name}(3, j)",
            f"np.{name}(i.astype(np.int16), 1)",
        )
        for name in ("left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift")
    },
    **{
        name: (f"np.{name}(i)", f"np.{name}(b)", f"np.{name}(i.astype(np.uint8))")
        for name in ("invert", "bitwise_not", "bitwise_invert")
    },
    "bitwise_count": ("np.bitwise_count(i)", "np.bitwise_count(i.astype(np.uint8))"),
    "divmod": (
        "np.divmod(x, y)",
        "np.divmod(i, j)",
        "np.divmod(x, 0.7)",
        "divmod(x, y[0])",
        "np.divmod(x, y, out=(np.zeros((3, 4)), np.zeros((3, 4))))",
    ),
    "frexp": ("np.frexp(x)", "np.frexp(x[0, 0])", "np.frexp(p)[0]"),
    "modf": ("np.modf(x)", "np.modf(x[0, 0])", "np.modf(x)[0]"),
    "ldexp": ("np.ldexp(x, i)", "np.ldexp(x, 3)", "np.ldexp(2.0, i)"),
    "matmul": (
        "np.matmul(a, m.T)",
        "np.matmul(k, x)",
        "np.matmul(x, v)",
        "np.matmul(v, w)",
        "np.matmul(k, a)",
        "x @ m",
        "np.matmul(a, a, out=np.zeros((3, 3)))",
        "np.matmul(z, m)",
    ),
    "matvec": ("np.matvec(x, v)", "np.matvec(k, u)", "np.matvec(r, v)", "np.matvec(z, c)"),
    "vecmat": ("np.vecmat(v, m)", "np.vecmat(u, k)", "np.vecmat(c, m)"),
    "vecdot": (
        "np.vecdot(x, y)",
        "np.vecdot(x, v)",
        "np.vecdot(x, y, axis=0)",
        "np.vecdot(z, c)",
        "np.vecdot(v, w)",
    ),
}

METHODS: Final[dict[str, tuple[str, ...]]] = {
    "ufunc.reduce": (
        "np.add.reduce(x)",
        "np.add.reduce(x, axis=1, keepdims=True)",
        "np.add.reduce(x, axis=None, where=b, initial=2.0)",
        "np.multiply.reduce(x, axis=(0, 1))",
        "np.maximum.reduce(x, axis=1, initial=0.4)",
        "np.minimum.reduce(x)",
        "np.logical_and.reduce(b, axis=1)",
        "np.logical_or.reduce(b)",
        "np.bitwise_xor.reduce(i, axis=1)",
        "np.bitwise_and.reduce(i)",
        "np.hypot.reduce(x)",
        "np.logaddexp.reduce(x, axis=1)",
        "np.subtract.reduce(x)",
        "np.fmax.reduce(h, axis=0)",
    ),
    "ufunc.accumulate": (
        "np.add.accumulate(x)",
        "np.multiply.accumulate(x, axis=1)",
        "np.maximum.accumulate(x, axis=1)",
        "np.minimum.accumulate(x)",
        "np.subtract.accumulate(x, axis=1)",
        "np.logaddexp.accumulate(v)",
        "np.bitwise_or.accumulate(i, axis=1)",
    ),
    "ufunc.reduceat": (
        "np.add.reduceat(g, [0, 3, 1, 5])",
        "np.multiply.reduceat(x, [0, 2], axis=1)",
        "np.maximum.reduceat(g, [0, 4])",
    ),
    "ufunc.outer": (
        "np.add.outer(v, u)",
        "np.multiply.outer(v, x)",
        "np.subtract.outer(x, 2.0)",
        "np.maximum.outer(u, v)",
        "np.power.outer(q[0], u)",
        "np.less.outer(v, u)",
    ),
    "ufunc.at": (
        "y = x.copy(); np.add.at(y, [0, 1, 0], 1.5); return y",
        "y = g.copy(); np.multiply.at(y, n, v); return y",
        "y = g.copy(); np.maximum.at(y, n, v); return y",
        "y = x.copy(); np.negative.at(y, [0, 2]); return y",
        "y = x.copy(); np.subtract.at(y, (n[:3], [0, 1, 2]), u); return y",
    ),
}
