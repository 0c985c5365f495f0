"""Integers and truth values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.random.families import gumbel
from gradloom.frontend.random.keys import (
    checked_key,
    checked_shape,
    converted,
    drawn,
    is_number,
    parameter_shape,
    public,
    split,
)
from gradloom.frontend.random.uniform import fraction
from gradloom.frontend.tracer import is_tracer, refuse
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.types import DType, Shape, is_inexact

# ---- truth values --------------------------------------------------------------------------------


@public
def bernoulli(key: Any, p: Any = 0.5, shape: Any = None) -> Array:
    """True with probability `p`, which may be an array; equal to `jax.random.bernoulli`.

    >>> from gradloom.frontend.random import key
    >>> bernoulli(key(0), 0.3, (4,))
    array([False,  True, False, False])
    """
    chance = p if is_tracer(p) else np.asarray(p)
    if not is_inexact(chance.dtype) or chance.dtype.kind == "c":
        if chance.dtype.kind not in "biu":
            raise DtypeError(f"gl.random.bernoulli: a probability is real, not {chance.dtype}")
        chance = chance.astype(np.float64)
    sizes = parameter_shape("bernoulli", shape, chance)
    return np.less(fraction("bernoulli", key, sizes, chance.dtype), chance)


@public
def rademacher(key: Any, shape: Any = (), dtype: Any = int) -> Array:
    """-1 or 1, each with probability 1/2; equal to `jax.random.rademacher`.

    >>> from gradloom.frontend.random import key
    >>> rademacher(key(0), (4,))
    array([ 1,  1, -1, -1])
    """
    signs = fraction("rademacher", key, checked_shape("rademacher", shape), np.dtype(float)) < 0.5
    return (2 * signs.astype(np.int64) - 1).astype(np.dtype(dtype))


# ---- integers of a range -------------------------------------------------------------------------


@public
def randint(key: Any, shape: Any, minval: Any, maxval: Any, dtype: Any = int) -> Array:
    """Integers from `minval` to below `maxval`; equal to `jax.random.randint`.

    `minval` where the range is empty. The bounds may be arrays or traced. Of a range of n numbers
    each is drawn with a probability that is off by n / 2^64 (n^2 / 2^64 in 32 bits) at most.

    >>> from gradloom.frontend.random import key
    >>> randint(key(0), (5,), 0, 10)
    array([5, 1, 5, 7, 3])
    """
    found = np.dtype(dtype)
    if found.kind not in "iu":
        raise DtypeError(f"gl.random.randint gives integers, not {found}")
    sizes = parameter_shape("randint", shape, minval, maxval)
    checked_key("randint", key)
    low, span = _range(minval, maxval, found)
    width = max(32, found.itemsize * 8)
    first, second = split(key)
    high_bits = drawn("randint", first, sizes, width)
    low_bits = drawn("randint", second, sizes, width)
    within = _reduced(high_bits, low_bits, span, width)
    if width == 64:
        return low + within.astype(found)
    return (low.astype(np.int64) + within).astype(found)


def _range(minval: Any, maxval: Any, dtype: DType) -> tuple[Array, Array]:
    """The lowest number and how many there are, 0 standing for all of the dtype."""
    info = np.iinfo(dtype)
    bounds = [_integer(b) for b in (minval, maxval)]
    low = _clipped(bounds[0], info).astype(dtype)
    top = _clipped(bounds[1], info).astype(dtype)
    beyond = _above(bounds[1], info)
    unsigned = np.dtype(np.uint64 if dtype.itemsize == 8 else np.uint32)
    count = top.astype(unsigned) - low.astype(unsigned)
    count = np.where(np.logical_and(beyond, top > low), count + unsigned.type(1), count)
    return low, np.where(top <= low, unsigned.type(1), count)


def _integer(bound: Any) -> Any:
    """A bound as an array of integers, or a Python integer."""
    if is_number(bound):
        return int(bound)
    if isinstance(bound, Dim):
        return lift(bound)
    array = bound if is_tracer(bound) else np.asarray(bound)
    if is_inexact(array.dtype):
        raise DtypeError(
            f"gl.random.randint: a bound is an integer, not {array.dtype}",
            hint="convert it: .astype(int)",
        )
    return array


def _clipped(bound: Any, info: Any) -> Array:
    if is_number(bound):
        return np.asarray(min(max(bound, info.min), info.max))
    own = np.iinfo(bound.dtype)
    return np.clip(bound, max(info.min, own.min), min(info.max, own.max))


def _above(bound: Any, info: Any) -> Any:
    """Whether a bound is beyond the dtype's largest number."""
    if is_number(bound):
        return bound > info.max
    if np.iinfo(bound.dtype).max <= info.max:
        return np.zeros(np.shape(bound), bool)
    return bound > info.max


def _reduced(high: Array, low: Array, span: Array, width: int) -> Array:
    """(high 2^width + low) mod span in arithmetic modulo 2^width, as JAX has it."""
    work = np.uint64 if width == 64 else np.int64
    mask = work(2**width - 1)
    high, low, span = (converted(x, np.dtype(work)) for x in (high, low, span))
    whole = span == work(0)
    n = np.where(whole, work(1), span)
    half = work(2 ** (width // 2)) % n
    factor = ((half * half) & mask) % n
    mixed = (((high % n) * factor & mask) + low % n) & mask
    return np.where(whole, low, mixed % n)


# ---- classes -------------------------------------------------------------------------------------


@public
def categorical(
    key: Any, logits: Any, axis: int = -1, shape: Any = None, replace: bool = True
) -> Array:
    """Class numbers along `axis`, with probabilities softmax(logits).

    `shape` ends in that of `logits` without the axis; what stands before it are further draws. With
    `replace=False` these differ from each other. Those of `jax.random.categorical`, where no two
    classes are within rounding of each other.

    >>> from gradloom.frontend.random import key
    >>> categorical(key(0), np.log([0.1, 0.2, 0.7]), shape=(5,))
    array([2, 2, 2, 1, 1])
    """
    scores: Array = logits if is_tracer(logits) else np.asarray(logits)
    if not is_inexact(scores.dtype):
        scores = scores.astype(np.float64)
    if not -scores.ndim <= axis < scores.ndim:
        raise ShapeError(f"gl.random.categorical: there is no axis {axis} in {scores.shape}")
    axis %= scores.ndim
    own = (*scores.shape[:axis], *scores.shape[axis + 1 :])
    sizes = own if shape is None else checked_shape("categorical", shape)
    lead = sizes[: len(sizes) - len(own)]
    if sizes[len(lead) :] != own:
        raise ShapeError(f"gl.random.categorical: shape {sizes} does not end in {own}")
    if not replace:
        return _distinct(key, scores, axis, lead)
    full = (*lead, *scores.shape)
    return np.argmax(gumbel(key, full, scores.dtype) + scores, axis=len(lead) + axis)


def _distinct(key: Any, scores: Array, axis: int, lead: Shape) -> Array:
    """The largest of the scores with Gumbel noise (Kool, van Hoof, Welling: "Stochastic beams and
    where to find them", ICML 2019).
    """
    if any(not isinstance(d, int) for d in (*lead, scores.shape[axis])):
        raise refuse("gl.random.categorical", "replace=False wants sizes that are numbers")
    count = math.prod(lead)
    if count > scores.shape[axis]:
        raise ShapeError(
            f"gl.random.categorical: {count} draws without replacement from "
            f"{scores.shape[axis]} classes"
        )
    noisy = np.moveaxis(scores + gumbel(key, scores.shape, scores.dtype), axis, 0)
    chosen: Array = np.argsort(-noisy, axis=0, kind="stable")[:count]
    return chosen.reshape((*lead, *chosen.shape[1:]))
