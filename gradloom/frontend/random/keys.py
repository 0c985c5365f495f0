"""Keys, and the bits that they give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import numpy as np

from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import Tracer, is_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.build import located
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.ops.random import random_bits_of, threefry_pairs
from gradloom.ir.types import DType, Shape, is_inexact

P = ParamSpec("P")
T = TypeVar("T")
WORD: Final = np.dtype(np.uint32)
_MASK: Final = 0xFFFFFFFF


def public(f: Callable[P, T]) -> Callable[P, T]:
    """`f`, whose nodes say which line of the user's called it."""

    @functools.wraps(f)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with np.errstate(over="ignore"):  # numpy warns of scalars that wrap, not of arrays
            if current_trace() is None:
                return f(*args, **kwargs)
            with located(user_location()):
                return f(*args, **kwargs)

    return wrapper


# ---- what the functions take ---------------------------------------------------------------------


def checked_key(name: str, key: Any) -> Array:
    """The key; raises where it is none, or several."""
    hint = "make one with gl.random.key(0)"
    if not is_tracer(key) and not isinstance(key, np.ndarray):
        kind = type(key).__name__
        raise DtypeError(f"gl.random.{name}: the key is no key but {kind}", hint=hint)
    if key.dtype != WORD:
        raise DtypeError(
            f"gl.random.{name}: a key is two uint32 words, and this is {key.dtype}", hint=hint
        )
    if key.ndim > 1 and key.shape[-1] == 2:
        raise ShapeError(
            f"gl.random.{name} takes one key, and got an array of them, shape {key.shape}",
            hint="map it: gl.vmap(lambda k: ...)(keys)",
        )
    if key.shape != (2,):
        raise ShapeError(
            f"gl.random.{name}: a key is two uint32 words, and this has shape {key.shape}",
            hint=hint,
        )
    return key


def is_number(x: Any) -> bool:
    """Whether `x` is an integer that Python knows (a traced one claims to be an int too)."""
    return not is_tracer(x) and isinstance(x, int | np.integer)


def checked_shape(name: str, shape: Any) -> Shape:
    """The shape as a tuple of sizes; named dimensions stay."""
    given = shape if isinstance(shape, tuple | list) else (shape,)
    sizes = tuple(d if isinstance(d, Dim) else d.__index__() for d in given)
    if any(isinstance(d, int) and d < 0 for d in sizes):
        raise ShapeError(f"gl.random.{name}: no array has shape {sizes}")
    return sizes


def parameter_shape(name: str, shape: Any, *parameters: Any) -> Shape:
    """The shape asked for, else that of the parameters; raises where they do not broadcast to
    it.
    """
    shapes = [np.shape(p) for p in parameters]
    own = tuple(np.broadcast_shapes(*shapes)) if shape is None else checked_shape(name, shape)
    for given in shapes:
        fits = len(given) <= len(own) and all(
            d in (1, e) for d, e in zip(given[::-1], own[::-1], strict=False)
        )
        if not fits:
            raise ShapeError(
                f"gl.random.{name}: a parameter of shape {given} does not fit into shape {own}",
                hint=f"ask for it: shape={given}",
            )
    return own


def float_dtype(name: str, dtype: Any) -> DType:
    """The dtype of real numbers to draw; raises `DtypeError` for another kind."""
    found: DType = np.dtype(dtype)
    if not is_inexact(found) or found.kind == "c":
        raise DtypeError(
            f"gl.random.{name} gives floats, not {found}", hint="dtype=np.float32 or np.float64"
        )
    return found


def converted(x: Any, dtype: DType) -> Array:
    """`x` as an array of this dtype."""
    return x.astype(dtype) if is_tracer(x) else np.asarray(x).astype(dtype)


def applied(op: Op, *xs: Any) -> Array:
    """An op without a numpy function, on arrays: traced in a trace, else numpy's."""
    if current_trace() is None or not any(map(is_tracer, xs)):
        return op.numpy(*map(np.asarray, xs))[()]
    trace = require_trace()
    return wrap(op(*[lift(x).here(trace) for x in xs]))


# ---- keys ----------------------------------------------------------------------------------------


@public
def key(seed: Any) -> Array:
    """The key of a seed: an integer of 64 bits, also a traced one; equal to `jax.random.PRNGKey`.

    >>> key(42)
    array([ 0, 42], dtype=uint32)
    """
    if is_tracer(seed):
        if seed.dtype.kind not in "iu" or seed.ndim:
            raise DtypeError(f"gl.random.key: a seed is one integer, not {seed.dtype}{seed.shape}")
        wide = seed.astype(np.int64)
        return np.stack([(wide >> 32) & _MASK, wide & _MASK]).astype(WORD)
    number = seed.__index__()
    if not -(2**63) <= number < 2**64:
        raise OverflowError(f"gl.random.key: the seed {number} has more than 64 bits")
    return np.array([(number >> 32) & _MASK, number & _MASK], WORD)


@public
def split(key: Any, num: Any = 2) -> Array:
    """New keys, shape `(num, 2)` (or `(*num, 2)`); equal to `jax.random.split`.

    The old key must not be used again: what it gives is not independent of the new ones.

    >>> a, b = split(key(0))
    >>> b
    array([ 928981903, 3453687069], dtype=uint32)
    """
    k, shape = checked_key("split", key), checked_shape("split", num)
    words = _drawn(k, shape, 64)
    return np.stack([words >> np.uint64(32), words & np.uint64(_MASK)], axis=-1).astype(WORD)


@public
def fold_in(key: Any, data: Any) -> Array:
    """A key made of a key and a number (of a step, a layer); equal to `jax.random.fold_in`.

    The keys of the numbers from 0 are those that `split` gives: use one or the other of a key.

    >>> fold_in(key(0), 7)
    array([2716826189,  292468403], dtype=uint32)
    """
    k = checked_key("fold_in", key)
    if is_tracer(data):
        if data.dtype.kind not in "iu" or data.ndim:
            raise DtypeError(f"gl.random.fold_in: the number is {data.dtype}{data.shape}")
        low = (data.astype(np.int64) & _MASK).astype(WORD)
        counter: Array = np.stack([np.uint32(0), low])
    else:
        counter = np.array([0, data.__index__() & _MASK], WORD)
    if current_trace() is None:
        return threefry_pairs(k, counter)
    trace = require_trace()
    made: Tracer = wrap(o.threefry(lift(k).here(trace), lift(counter).here(trace)))
    return made


# ---- bits ----------------------------------------------------------------------------------------


def _drawn(key: Array, shape: Shape, width: int) -> Array:
    if current_trace() is None:
        return random_bits_of(key, shape, width)  # type: ignore[arg-type]  # no names out of traces
    operand = lift(key).here(require_trace())
    return wrap(o.random_bits(operand, dtype=np.dtype(f"uint{width}"), shape=shape), "array")


def drawn(name: str, key: Any, shape: Any, width: int) -> Array:
    """So many random bits per element."""
    return _drawn(checked_key(name, key), checked_shape(name, shape), width)


@public
def bits(key: Any, shape: Any = (), dtype: Any = np.uint32) -> Array:
    """Random bits as unsigned integers; equal to `jax.random.bits`.

    >>> bits(key(0), (3,))
    array([4070199207, 4202968722, 1427181096], dtype=uint32)
    """
    found = np.dtype(dtype)
    if found.kind != "u":
        raise DtypeError(f"gl.random.bits gives unsigned integers, not {found}")
    return drawn("bits", key, shape, found.itemsize * 8)
