"""What the functions of Python's `cmath` give on traced values: numbers of double precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o


def _weak(x: Any) -> Tracer:
    made = lift(x)
    return Tracer(made.owner, made.value, "weak")


def _as(dtype: type) -> Callable[[Any], Any]:
    def convert(x: Any) -> Any:
        made = lift(x)
        if made.ndim:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        if made.dtype.kind == "c" and dtype is np.float64:
            raise TypeError("must be real number, not complex")
        return _weak(made.astype(dtype))

    return convert


_complex, _double = _as(np.complex128), _as(np.float64)


def _of_complex(f: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda x: _weak(f(_complex(x)))


def _log(x: Any, base: Any = math.e) -> Any:
    top = np.log(_complex(x))
    return _weak(top if base is math.e else top / np.log(_complex(base)))


def joined(real: Any, imag: Any) -> Tracer:
    """The Python complex number of two floats."""
    trace = require_trace()
    a, b = lift(real).here(trace), lift(imag).here(trace)
    return Tracer(trace, o.complex(a, b), "weak")


def _polar(x: Any) -> tuple[Any, Any]:
    z = _complex(x)
    return _weak(np.abs(z)), _weak(np.angle(z))


def _rect(r: Any, phi: Any) -> Any:
    size, angle = _double(r), _double(phi)
    return joined(size * np.cos(angle), size * np.sin(angle))


def _isclose(a: Any, b: Any, *, rel_tol: Any = 1e-09, abs_tol: Any = 0.0) -> Any:
    x, y = _complex(a), _complex(b)
    scale = np.maximum(np.abs(x), np.abs(y))
    near = np.abs(x - y) <= np.maximum(rel_tol * scale, abs_tol)
    return _weak((x == y) | (near & np.isfinite(scale)))


_NUMPYS: Final = {
    **{n: n for n in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{n: n for n in ("isnan", "isinf", "isfinite")},
    **{f"a{n}": f"arc{n}" for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "phase": "angle",
}  # fmt: skip
TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: _of_complex(getattr(np, numpys)) for name, numpys in _NUMPYS.items()},
    "log": _log, "polar": _polar, "rect": _rect, "isclose": _isclose,
}  # fmt: skip
