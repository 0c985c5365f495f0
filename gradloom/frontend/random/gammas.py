"""Gamma numbers and what is made of them: beta and Dirichlet numbers.

Drawn by rejection (Marsaglia, Tsang: "A simple method for generating gamma variables", ACM TOMS 26,
2000), in float64, in a loop of the graph that ends when every element is accepted. Backends differ
by rounding; where a candidate is within rounding of being rejected, they may part. Samples have the
derivatives that keep their quantile (Figurnov, Mohamed, Mnih: "Implicit reparameterization
gradients", NeurIPS 2018).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.random.keys import (
    applied,
    checked_key,
    converted,
    float_dtype,
    fold_in,
    parameter_shape,
    public,
    split,
)
from gradloom.frontend.random.normal import normal
from gradloom.frontend.random.uniform import uniform
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import is_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.types import Shape


def constant(x: Array) -> Array:
    """`x` without its derivative."""
    return wrap(o.stop_gradient(lift(x).here(require_trace())), "array") if is_tracer(x) else x


def repeated(draw: Callable[[Any], tuple[Array, Array]], done: Array, value: Array) -> Array:
    """`value` where `done`; elsewhere what `draw(number of the turn)` gives, `(candidates,
    accepted)`, when it first accepts.
    """
    from gradloom.frontend.flow import while_loop  # which needs this module for its traces

    def turn(state: Any) -> Any:
        number, done, value = state
        candidates, accepted = draw(number)
        value = np.where(np.logical_and(accepted, np.logical_not(done)), candidates, value)
        return number + 1, np.logical_or(done, accepted), value

    start = (np.zeros((), np.int64), done, value)
    result: Array = while_loop(lambda s: np.logical_not(np.all(s[1])), turn, start)[2]
    return result


def _candidates(key: Array, a: Array, shape: Shape) -> Array:
    """Gamma numbers of shape a, at least 1 and finite; elsewhere a stands for itself."""
    drawn = np.logical_and(a >= 1.0, a < np.inf)
    d = np.where(drawn, a, 1.0) - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    first, second = split(key)

    def draw(number: Any) -> tuple[Array, Array]:
        z = normal(fold_in(first, number), shape)
        u = uniform(fold_in(second, number), shape)
        root = np.maximum(1.0 + c * z, 0.0)
        v = root * root * root
        bound = 0.5 * z * z + d - d * v + d * np.log(v)  # -inf where v is 0
        return d * v, np.logical_and(v > 0.0, np.log(u) < bound)

    return repeated(draw, np.logical_not(drawn), a)


@functools.cache
def _keeping_its_quantile() -> Callable[[Array, Array], Array]:
    """(a sample, its shape parameter) -> the sample, with a derivative by the parameter."""
    from gradloom.frontend.custom import custom_jvp
    from gradloom.frontend.transforms import jvp

    @custom_jvp
    def sample(x: Any, a: Any) -> Any:
        return x

    @sample.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        x, a = primals
        y = sample(x, a)
        one = np.ones_like(a)
        by_a = jvp(lambda a: applied(o.gammainc, a, y), (a,), (one,))[1]
        density = jvp(lambda y: applied(o.gammainc, a, y), (y,), (one,))[1]
        return y, tangents[0] - by_a / density * tangents[1]

    return sample


def _log_gamma(name: str, key: Any, a: Any, shape: Any) -> Array:
    """Logarithms of gamma numbers: those of small shapes are below the least float.

    A number of shape a is one of shape a + 1 times u^(1/a).
    """
    sizes = parameter_shape(name, shape, a)
    wide: Array = np.broadcast_to(converted(a, np.dtype(np.float64)), sizes)  # type: ignore[arg-type]  # names
    first, second = split(checked_key(name, key))
    small = wide < 1.0
    raised = np.where(small, wide + 1.0, wide)
    x = _candidates(first, constant(raised), sizes)
    x = _keeping_its_quantile()(x, raised) if is_tracer(x) else x
    u = 1.0 - uniform(second, sizes)
    positive = wide > 0.0
    some = np.logical_and(small, positive)
    factor = np.where(some, np.log(u) / np.where(some, wide, 1.0), 0.0)
    inside = np.where(positive, np.log(np.where(positive, x, 1.0)) + factor, -np.inf)
    return np.where(wide >= 0.0, inside, np.nan)


@public
def gamma(key: Any, a: Any, shape: Any = None, dtype: Any = float) -> Array:
    """Gamma numbers of shape parameter `a`, which may be an array and has a derivative, and scale
    1.

    0 where a is 0; NaN where it is negative.

    >>> from gradloom.frontend.random import key
    >>> gamma(key(0), 2.0, (2,)).round(6)
    array([0.96451 , 1.240957])
    """
    found = float_dtype("gamma", dtype)
    return np.exp(_log_gamma("gamma", key, a, shape)).astype(found)


@public
def beta(key: Any, a: Any, b: Any, shape: Any = None, dtype: Any = float) -> Array:
    """Beta numbers of parameters `a` and `b`, which may be arrays and have derivatives.

    >>> from gradloom.frontend.random import key
    >>> beta(key(0), 2.0, 3.0, (2,)).round(6)
    array([0.655673, 0.727231])
    """
    found = float_dtype("beta", dtype)
    sizes = parameter_shape("beta", shape, a, b)
    first, second = split(checked_key("beta", key))
    one, other = _log_gamma("beta", first, a, sizes), _log_gamma("beta", second, b, sizes)
    return np.exp(-np.logaddexp(0.0, other - one)).astype(found)


@public
def dirichlet(key: Any, alpha: Any, shape: Any = None, dtype: Any = float) -> Array:
    """Vectors of parts that sum to 1, along the last axis of `alpha`, which has derivatives.

    `shape` is that of the result without this axis.

    >>> from gradloom.frontend.random import key
    >>> dirichlet(key(0), np.array([1.0, 2.0, 3.0])).round(6)
    array([0.129754, 0.604627, 0.265619])
    """
    found = float_dtype("dirichlet", dtype)
    own = np.shape(alpha)
    if not own:
        raise ShapeError("gl.random.dirichlet: alpha has at least one axis, and this is a number")
    lead = own[:-1] if shape is None else shape if isinstance(shape, tuple | list) else (shape,)
    logs = _log_gamma("dirichlet", key, alpha, (*lead, own[-1]))
    parts = np.exp(logs - constant(np.max(logs, axis=-1, keepdims=True)))
    return (parts / np.sum(parts, axis=-1, keepdims=True)).astype(found)
