"""`ufunc.at` for any ufunc: one place after another, so that a repeated one counts each time."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, lift
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location

_UNROLLED: Final = 32


def at_in_turn(ufunc: np.ufunc, a: Tracer, indices: Any, b: Any) -> None:
    """`a[i] = ufunc(a[i], b[i])` for each index in order, written into `a`."""
    name = f"np.{ufunc.__name__}.at"
    key = _full_key(name, indices, a.ndim)
    places = [i for i, k in enumerate(key) if not isinstance(k, slice)]
    if not places:
        raise IndexError(f"{name}: one index at least has to be an array or a number")
    arrays = np.broadcast_arrays(*[as_array(key[i]) for i in places])
    shape: tuple[int, ...] = arrays[0].shape
    flat = [x.reshape(-1) for x in arrays]
    columns = tuple(flat) if ufunc.nin == 1 else (*flat, _values(a, key, places, shape, b))
    check_at(ufunc, a, b)

    def step(x: Any, row: Any) -> Any:
        here = list(key)
        for place, index in zip(places, row, strict=False):
            here[place] = index
        y = x.copy()
        old = y[tuple(here)]
        made = ufunc(old) if ufunc.nin == 1 else ufunc(old, row[-1])
        y[tuple(here)] = lift(made).astype(a.dtype)
        return y

    made = _stepped(step, as_array(a).copy(), columns)
    a[...] = made


def _stepped(step: Any, x: Any, columns: tuple[Any, ...]) -> Any:
    from gradloom.frontend.flow import scan

    count = columns[0].shape[0]
    if count > _UNROLLED:
        return scan(lambda carry, row: (step(carry, row), ()), x, columns)[0]
    for i in range(count):
        x = step(x, tuple([c[i] for c in columns]))
    return x


def _full_key(name: str, indices: Any, ndim: int) -> list[Any]:
    """One index or slice for each axis."""
    key = list(indices) if isinstance(indices, tuple) else [indices]
    if any(k is None for k in key):
        raise refuse(name, "a new axis among the indices", "index without np.newaxis")
    made: list[Any] = []
    for k in key:
        if k is Ellipsis:
            made += [slice(None)] * (ndim - len(key) + 1)
        elif isinstance(k, slice):
            made.append(k)
        else:
            made += _numbers(name, k)
    return made + [slice(None)] * (ndim - len(made))


def _numbers(name: str, k: Any) -> list[Any]:
    """An index as numbers; a mask that is known as the places it holds."""
    if type(k) is Tracer:
        if k.dtype.kind == "b":
            raise refuse(name, "a traced mask", "choose with np.where")
        return [k]
    array = np.asarray(k)
    return list(np.nonzero(array)) if array.dtype.kind == "b" else [array]


def _values(a: Tracer, key: list[Any], places: list[int], shape: Any, b: Any) -> Array:
    """The other operand for each place, on a leading axis."""
    zeros = [np.zeros(shape, int) if i in places else k for i, k in enumerate(key)]
    chosen = np.broadcast_to(np.int8(0), a.shape)[tuple(zeros)]  # type: ignore[arg-type]
    together = places == list(range(places[0], places[-1] + 1))
    at = places[0] if together else 0
    spread = np.broadcast_to(as_array(b), chosen.shape)
    axes = tuple(range(at, at + len(shape)))
    front = np.moveaxis(spread, axes, tuple(range(len(shape)))) if axes else spread
    return np.reshape(front, (-1, *front.shape[len(shape) :]))


def check_at(ufunc: np.ufunc, a: Tracer, b: Any) -> None:
    """Raise `DtypeError` for dtypes that numpy does not take together."""
    target = np.ones(1, a.dtype)
    given = () if ufunc.nin == 1 else (np.ones(1, as_array(b).dtype),)
    try:
        ufunc.at(target, [0], *given)
    except TypeError as error:
        beside = f" with {given[0].dtype}" if given else ""
        raise DtypeError(
            f"np.{ufunc.__name__}.at: the result{beside} cannot be written into {a.dtype}",
            location=user_location(),
        ) from error
