"""Special functions: elementwise ops with an algorithm over core ops each (`ir/special`).

The algorithm is what `decompose` gives and what numpy's meaning runs; backends with a function of
their own use that. Derivatives are closed forms; those by a parameter that has none (the shape
parameters of incomplete gamma and beta, the exponent of zeta) are those of the algorithm itself.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradloom.ir import build, hooks
from gradloom.ir import ops as o
from gradloom.ir.errors import ArgumentError
from gradloom.ir.graph import Graph, Node, Operand
from gradloom.ir.op import Attrs, Op, Partials, Rule
from gradloom.ir.ops.pointwise import choose, const, elementwise
from gradloom.ir.types import DType, TensorType, tensor_type

Algorithm = Callable[..., Operand]
_DOUBLE: Final = np.dtype(np.float64)
_TWO_OVER_ROOT_PI: Final = 2 / math.sqrt(math.pi)
_HIGHEST_ORDER: Final = 256
"""Higher ones are refused: the recurrences are written out, and their number grows with it."""


@dataclass(frozen=True, slots=True)
class Order(Attrs):
    """The order of the function: a whole number from 0 to 256."""

    n: int


def _algorithm(module: str, name: str) -> Algorithm:
    """A function of `ir/special`, which imports this package and is therefore looked up late."""

    def found(*operands: Any) -> Operand:
        from importlib import import_module

        result: Operand = getattr(import_module(f"gradloom.ir.special.{module}"), name)(*operands)
        return result

    return found


def _in_double(algorithm: Algorithm, *operands: Operand) -> Operand:
    """The algorithm on operands as float64, its result in their dtype."""
    dtype = operands[0].type.dtype
    if dtype == _DOUBLE:
        return algorithm(*operands)
    wide = algorithm(*[o.astype(x, dtype=_DOUBLE) for x in operands])
    result: Operand = o.astype(wide, dtype=dtype)
    return result


@functools.lru_cache(maxsize=512)
def _graph(algorithm: Algorithm, order: int | None, types: tuple[TensorType, ...]) -> Graph:
    first = () if order is None else (order,)
    return build.graph_of(lambda *xs: _in_double(_with(algorithm, first), *xs), types)


def _with(algorithm: Algorithm, first: tuple[int, ...]) -> Algorithm:
    return algorithm if not first else lambda *xs: algorithm(*first, *xs)


def _evaluated(algorithm: Algorithm, order: int | None, arrays: tuple[Any, ...]) -> Any:
    """The algorithm run on numpy arrays."""
    from gradloom.ir.interpret import interpret

    given = [np.asarray(x) for x in np.broadcast_arrays(*arrays)]
    types = tuple(tensor_type(x.dtype, x.shape) for x in given)
    return interpret(_graph(algorithm, order, types), given)[0]


def _slope(algorithm: Algorithm, position: int) -> Algorithm:
    """The derivative of the algorithm by one operand, as a partial derivative."""

    def partial(*xs: Operand) -> Operand:
        operands = xs[:-1]
        wide = [x if x.type.dtype == _DOUBLE else o.astype(x, dtype=_DOUBLE) for x in operands]
        graph = build.graph_of(algorithm, [x.type for x in wide])
        marks = [i == position for i in range(len(wide))]
        pushed: Graph = hooks.of("jvp")(graph, marks, [True])
        slope = build.inline(pushed, [*wide, const(wide[0], 1.0)])[-1]
        dtype = operands[0].type.dtype
        result: Operand = slope if dtype == _DOUBLE else o.astype(slope, dtype=dtype)
        return result

    return partial


def _special(name: str, module: str, arity: int, *partials: Algorithm | None) -> Op:
    algorithm = _algorithm(module, name)

    def numpy(*arrays: Any) -> Any:
        return _evaluated(algorithm, None, arrays)

    def decompose(node: Node) -> Operand:
        return _in_double(algorithm, *node.operands)

    return elementwise(name, numpy, Partials(*partials), arity, "f", decompose=decompose)


def _of_order(name: str, module: str, slope: Callable[[int, Operand, Operand], Operand]) -> Op:
    """A function of one operand with its order as attribute; `slope(n, x, y)` is its derivative."""
    algorithm = _algorithm(module, name)

    def numpy(attrs: Order, x: Any) -> Any:
        return _evaluated(algorithm, attrs.n, (x,))

    def decompose(node: Node) -> Operand:
        attrs: Any = node.attrs
        return _in_double(_with(algorithm, (attrs.n,)), *node.operands)

    def jvp(node: Node, t: Operand) -> Operand:
        attrs: Any = node.attrs
        return t * slope(attrs.n, node.operands[0], node.result)

    def dtype(attrs: Order, given: DType) -> DType:
        if not 0 <= attrs.n <= _HIGHEST_ORDER:
            raise ArgumentError(f"{name} of order {attrs.n}: 0 to {_HIGHEST_ORDER} are offered")
        return given

    return elementwise(name, numpy, Rule(jvp), 1, "f", dtype, attrs=Order, decompose=decompose)


# ---- the error function --------------------------------------------------------------------------


def _gauss(x: Operand) -> Operand:
    result: Operand = o.exp(-(x * x))
    return result


def _inverse_gauss(y: Operand) -> Operand:
    result: Operand = o.exp(y * y)
    return result


erfc: Final[Op] = _special("erfc", "error", 1, lambda x, y: -_TWO_OVER_ROOT_PI * _gauss(x))
erfcx: Final[Op] = _special("erfcx", "error", 1, lambda x, y: 2 * x * y - _TWO_OVER_ROOT_PI)
erfcinv: Final[Op] = _special(
    "erfcinv", "error", 1, lambda x, y: (-1 / _TWO_OVER_ROOT_PI) * _inverse_gauss(y)
)

# ---- gamma and its kin ---------------------------------------------------------------------------


def _next_zeta(s: Operand, q: Operand, y: Operand) -> Operand:
    result: Operand = -s * o.zeta(s + 1, q)
    return result


def _beta_share(a: Operand, b: Operand) -> Operand:
    result: Operand = o.digamma(a) - o.digamma(a + b)
    return result


lgamma: Final[Op] = _special("lgamma", "gamma", 1, lambda x, y: o.digamma(x))
gamma: Final[Op] = _special("gamma", "gamma", 1, lambda x, y: y * o.digamma(x))
digamma: Final[Op] = _special("digamma", "gamma", 1, lambda x, y: o.polygamma(x, n=1))
betaln: Final[Op] = _special(
    "betaln", "gamma", 2, lambda a, b, y: _beta_share(a, b), lambda a, b, y: _beta_share(b, a)
)
polygamma: Final[Op] = _of_order("polygamma", "gamma", lambda n, x, y: o.polygamma(x, n=n + 1))
zeta: Final[Op] = _special("zeta", "gamma", 2, _slope(_algorithm("gamma", "zeta"), 0), _next_zeta)

# ---- incomplete gamma and beta -------------------------------------------------------------------


def _gamma_slope(sign: float) -> Algorithm:
    density = _algorithm("incomplete", "gamma_slope")
    return lambda a, x, y: sign * _in_double(density, a, x)


def _beta_slope(a: Operand, b: Operand, x: Operand, y: Operand) -> Operand:
    return _in_double(_algorithm("incomplete", "beta_slope"), a, b, x)


gammainc: Final[Op] = _special(
    "gammainc", "incomplete", 2, _slope(_algorithm("incomplete", "gammainc"), 0), _gamma_slope(1.0)
)
gammaincc: Final[Op] = _special(
    "gammaincc", "incomplete", 2,
    _slope(_algorithm("incomplete", "gammaincc"), 0), _gamma_slope(-1.0),
)  # fmt: skip
betainc: Final[Op] = _special(
    "betainc", "incomplete", 3,
    _slope(_algorithm("incomplete", "betainc"), 0), _slope(_algorithm("incomplete", "betainc"), 1),
    _beta_slope,
)  # fmt: skip

# ---- exponential integrals -----------------------------------------------------------------------


def _expn_slope(n: int, x: Operand, y: Operand) -> Operand:
    result: Operand = -o.expn(x, n=n - 1) if n else -o.exp(-x) * (1 + x) / (x * x)
    return result


def _spence_slope(x: Operand, y: Operand) -> Operand:
    """log x / (1 - x), and -1 at 1."""
    one = o.equal(x, const(x, 1.0))
    away = choose(one, const(x, 2.0), x)
    return choose(one, 0.5 * x - 1.5, o.log(away) / (1 - away))  # to second order at 1


exp1: Final[Op] = _special("exp1", "exponential", 1, lambda x, y: -o.exp(-x) / x)
expi: Final[Op] = _special("expi", "exponential", 1, lambda x, y: o.exp(x) / x)
expn: Final[Op] = _of_order("expn", "exponential", _expn_slope)
spence: Final[Op] = _special("spence", "exponential", 1, _spence_slope)

# ---- Bessel functions ----------------------------------------------------------------------------


def _cylinder(name: str) -> Callable[[int, Operand, Operand], Operand]:
    """The slope of J and Y."""

    def slope(n: int, x: Operand, y: Operand) -> Operand:
        op = o.by_name(name)
        after: Operand = op(x, n=n + 1)
        return 0.5 * (op(x, n=n - 1) - after) if n else -after

    return slope


def _ie_slope(n: int, x: Operand, y: Operand) -> Operand:
    sides = o.bessel_ie(x, n=n + 1)
    if n:
        sides = 0.5 * (o.bessel_ie(x, n=n - 1) + sides)
    result: Operand = sides - o.sign(x) * y
    return result


def _ke_slope(n: int, x: Operand, y: Operand) -> Operand:
    sides = o.bessel_ke(x, n=n + 1)
    if n:
        sides = 0.5 * (o.bessel_ke(x, n=n - 1) + sides)
    result: Operand = y - sides
    return result


bessel_j: Final[Op] = _of_order("bessel_j", "bessel", _cylinder("bessel_j"))
bessel_y: Final[Op] = _of_order("bessel_y", "bessel", _cylinder("bessel_y"))
bessel_ie: Final[Op] = _of_order("bessel_ie", "bessel", _ie_slope)
bessel_ke: Final[Op] = _of_order("bessel_ke", "bessel", _ke_slope)
