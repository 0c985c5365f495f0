"""Programs outside their ops' domains, and what each backend answers.

numpy's own answer stands first. A backend that answers with other numbers is told as it is: that is
what the table is for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy import special

import gradloom as gl

BACKENDS: Final = ("numpy", "torch", "jax", "tensorflow")


@final
@dataclass(frozen=True, slots=True)
class Outside:
    """A program and arguments that lie outside its domain."""

    what: str
    f: Callable[..., Any]
    args: tuple[Any, ...]


def _i(*values: int, dtype: Any = np.int64) -> Any:
    return np.array(values, dtype)


def _f(*values: float, dtype: Any = np.float64) -> Any:
    return np.array(values, dtype)


_SINGULAR: Final = np.array([[1.0, 2.0], [2.0, 4.0]])
_INDEFINITE: Final = np.array([[1.0, 2.0], [2.0, 1.0]])


def _stored(x: Any, i: Any) -> Any:
    y = x.copy()
    y[i] = 9.0
    return y


def _stored_at(x: Any, i: Any, j: Any) -> Any:
    y = x.copy()
    y[i, j] = 9.0
    return y


def _multiplied_at(x: Any, i: Any, j: Any) -> Any:
    y = x.copy()
    np.multiply.at(y, (i, j), 9.0)
    return y


def _stored_where(x: Any, values: Any) -> Any:
    y = x.copy()
    y[x > 1.5] = values
    return y


CASES: Final = (
    Outside("index past the end: `x[i]`, i = 3 of 3", lambda x, i: x[i], (_f(1, 2, 3), _i(3))),
    Outside("index before the start: `x[i]`, i = -4", lambda x, i: x[i], (_f(1, 2, 3), _i(-4))),
    Outside("`np.take(x, i)`, i = 7 of 3", lambda x, i: np.take(x, i), (_f(1, 2, 3), _i(7))),
    Outside("store past the end: `y[i] = 9`, i = 3", _stored, (_f(1, 2, 3), _i(3))),
    Outside("store past the end of an axis: `y[i, j] = 9`, j = 2 of 2", _stored_at,
            (np.ones((2, 2)), _i(0, 0), _i(1, 2))),
    Outside("`np.multiply.at(y, (i, j), 9)`, j = 2 of 2", _multiplied_at,
            (np.ones((2, 2)), _i(0, 0), _i(1, 2))),
    Outside("`y[mask] = values`, 3 values for 2 places", _stored_where,
            (_f(1, 2, 3), _f(7, 8, 9))),
    Outside("`y[mask] = values`, 2 values for 3 places", _stored_where,
            (_f(4, 2, 3), _f(7, 8))),
    Outside("`np.max(x[mask])` where the mask holds nothing", lambda x: np.max(x[x > 9]),
            (_f(1, 2, 3),)),
    Outside("`np.min(x[mask])` where the mask holds nothing", lambda x: np.min(x[x > 9]),
            (_f(1, 2, 3),)),
    Outside("int `//` 0: 7, -7, 0", lambda x, y: x // y, (_i(7, -7, 0), _i(0, 0, 0))),
    Outside("int `%` 0: 7, -7, 0", lambda x, y: x % y, (_i(7, -7, 0), _i(0, 0, 0))),
    Outside("smallest i32 `//` -1", lambda x, y: x // y,
            (_i(-(2**31), dtype=np.int32), _i(-1, dtype=np.int32))),
    Outside("`np.abs` of the smallest i8", np.abs, (_i(-128, dtype=np.int8),)),
    Outside("i8 100 + 100", lambda x: x + x, (_i(100, dtype=np.int8),)),
    Outside("u8 3 - 5", lambda x, y: x - y, (_i(3, dtype=np.uint8), _i(5, dtype=np.uint8))),
    Outside("u16 60000 * 2", lambda x: x * np.uint16(2), (_i(60000, dtype=np.uint16),)),
    Outside("u32 4e9 + 4e9", lambda x: x + x, (_i(4_000_000_000, dtype=np.uint32),)),
    Outside("u64 2**63 // 3", lambda x: x // np.uint64(3), (_i(2**63, dtype=np.uint64),)),
    Outside("i64 `2 ** -1`", lambda x, y: x**y, (_i(2), _i(-1))),
    Outside("shift by 64: `1 << 64`", np.left_shift, (_i(1), _i(64))),
    Outside("shift by -1: `8 >> -1`", np.right_shift, (_i(8), _i(-1))),
    Outside("`np.gcd` of the smallest i64 and 0", np.gcd,
            (_i(-(2**63)), _i(0))),
    Outside("NaN as i32", lambda x: x.astype(np.int32), (_f(np.nan),)),
    Outside("inf as i64", lambda x: x.astype(np.int64), (_f(np.inf),)),
    Outside("3e9 as i32", lambda x: x.astype(np.int32), (_f(3e9),)),
    Outside("-1.0 as u8", lambda x: x.astype(np.uint8), (_f(-1.0),)),
    Outside("300.0 as u8", lambda x: x.astype(np.uint8), (_f(300.0),)),
    Outside("1e300 as f32", lambda x: x.astype(np.float32), (_f(1e300),)),
    Outside("`np.sqrt(-1)`", np.sqrt, (_f(-1.0),)),
    Outside("`np.log(0)`, `np.log(-1)`", np.log, (_f(0.0, -1.0),)),
    Outside("`np.arccos(2)`", np.arccos, (_f(2.0),)),
    Outside("`(-8.0) ** (1/3)`", lambda x: x ** (1 / 3), (_f(-8.0),)),
    Outside("1.0 / 0, 0.0 / 0", lambda x, y: x / y, (_f(1, 0), _f(0, 0))),
    Outside("subnormal 1e-310 * 1", lambda x: x * 1.5, (_f(1e-310),)),
    Outside("`np.max` of an array with NaN", np.max, (_f(1, np.nan, 3),)),
    Outside("`np.argmax` of an array with NaN", np.argmax, (_f(1, np.nan, 3),)),
    Outside("`np.sort` of an array with NaN", np.sort, (_f(2, np.nan, 1),)),
    Outside("`np.mean` of nothing", np.mean, (np.zeros(0),)),
    Outside("`np.linalg.inv` of a singular matrix", np.linalg.inv, (_SINGULAR,)),
    Outside("`np.linalg.solve` with a singular matrix", np.linalg.solve, (_SINGULAR, _f(1, 1))),
    Outside("`np.linalg.cholesky` of an indefinite matrix", np.linalg.cholesky, (_INDEFINITE,)),
    Outside("`np.linalg.eigvals` with NaN", np.linalg.eigvals, (np.full((2, 2), np.nan),)),
    Outside("`np.linalg.eigvalsh` with NaN", np.linalg.eigvalsh, (np.full((2, 2), np.nan),)),
    Outside("`x[mask][0]` where the mask holds nothing", lambda x: x[x > 9][0], (_f(1, 2, 3),)),
    Outside("`np.argmax(x[mask])` where the mask holds nothing", lambda x: np.argmax(x[x > 9]),
            (_f(1, 2, 3),)),
    Outside("`np.nanargmax` of NaN alone", np.nanargmax, (_f(np.nan, np.nan),)),
    Outside("`np.choose(i, choices)`, i = 2 of 2", lambda i, x: np.choose(i, [x, x + 1]),
            (_i(0, 2), _f(1, 2))),
    Outside("`np.average` with weights that sum to 0", lambda x, w: np.average(x, weights=w),
            (_f(1, 2), _f(1, -1))),
    Outside("`np.quantile(x, q)`, q = 1.5", np.quantile, (_f(1, 2, 3), _f(1.5)[0])),
    Outside("`np.lcm` of the smallest i64 and 1", np.lcm, (_i(-(2**63)), _i(1))),
    Outside("`np.spacing(0)`", np.spacing, (_f(0.0),)),
    Outside("`np.ldexp(1, -1074)`", lambda x, n: np.ldexp(x, n), (_f(1.0), _i(-1074))),
    Outside("`scipy.special.gamma` at 0, -2", special.gamma, (_f(0.0, -2.0),)),
    Outside("`scipy.special.gammaln` at 0, -2", special.gammaln, (_f(0.0, -2.0),)),
    Outside("`scipy.special.digamma` at 0, -2", special.digamma, (_f(0.0, -2.0),)),
    Outside("`scipy.special.polygamma(1, x)` at -2", lambda x: special.polygamma(1, x),
            (_f(-2.0),)),
    Outside("`scipy.special.j0`, `y0` at inf", lambda x: np.stack([special.j0(x), special.y0(x)]),
            (np.float64(np.inf),)),
    Outside("`scipy.special.ive(0, x)`, `kve(0, x)` at inf",
            lambda x: np.stack([special.ive(0, x), special.kve(0, x)]), (np.float64(np.inf),)),
    Outside("`scipy.special.spence` at inf", special.spence, (_f(np.inf),)),
    Outside("`scipy.special.zeta(x, 1)` at -1, 1", lambda x: special.zeta(x, 1.0),
            (_f(-1.0, 1.0),)),
    Outside("`scipy.special.erfinv` at 1, 2", special.erfinv, (_f(1.0, 2.0),)),
)  # fmt: skip


def answers(backend: str) -> dict[str, str]:
    """Case -> what a program compiled for this backend gives, in words."""
    return {case.what: _answer(gl.compile(case.f, backend=backend), case.args) for case in CASES}


def by_numpy() -> dict[str, str]:
    """Case -> what numpy itself gives."""
    return {case.what: _answer(case.f, case.args) for case in CASES}


def _answer(f: Callable[..., Any], args: tuple[Any, ...]) -> str:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _words(f(*args))
        except Exception as error:  # whatever a framework raises is the answer
            return f"raises {_public(error)}"


def _public(error: Exception) -> str:
    """The most specific builtin or numpy class of an error: a framework's own names change."""
    names = [c.__name__ for c in type(error).__mro__]
    special = (n for n in ("LinAlgError", "IndexError", "ZeroDivisionError") if n in names)
    plain = next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")
    return next(special, plain)


def _words(x: Any) -> str:
    flat = np.asarray(x).reshape(-1)
    return ", ".join(f"{v:.6g}" if flat.dtype.kind == "f" else str(v) for v in flat)
