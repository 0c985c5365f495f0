"""Sums, extrema, statistics, norms and running totals, over one axis, several, or all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, cast, one, several
from gradloom.eager.dtypes import BOOL, FLOAT32, INT64, category, name_of, read_dtype
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import exponentials as nn
from gradloom.ir.errors import ArgumentError, DtypeError
from gradloom.ir.location import user_location

Dims = int | tuple[int, ...] | list[int] | None
Function = Callable[..., Tensor]


def dims_of(what: str, dim: Any, axis: Any) -> Any:
    """The axes that `dim=` or `axis=` name; None for all."""
    if dim is not None and axis is not None:
        raise ArgumentError(f"gt.{what}: dim and axis are one argument; give one of them")
    given = axis if dim is None else dim
    if isinstance(given, list | tuple):
        return tuple(int(d) for d in given) or None
    return None if given is None else int(given)


def _floats(what: str, x: Tensor) -> None:
    if category(x._value.type.dtype) < 2:
        raise DtypeError(
            f"gt.{what}: a tensor of {x.dtype} has none", location=user_location(),
            hint="convert it: x.float()",
        )  # fmt: skip


def _total(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None,
        keepdims: bool = False, dtype: Any = None,
    ) -> Tensor:  # fmt: skip
        axes = dims_of(what, dim, axis)
        own = x._value.type.dtype
        to = INT64 if category(own) < 2 else own
        to = to if dtype is None else read_dtype(dtype, what)
        if what == "mean" and dtype is None:
            _floats("mean", x)
        keep = keepdim or keepdims
        return one(what, lambda a: cast(f(cast(a, to), axis=axes, keepdims=keep), to), [x])

    return function


def _truth(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None,
        keepdims: bool = False,
    ) -> Tensor:  # fmt: skip
        axes = dims_of(what, dim, axis)
        return one(what, lambda a: f(cast(a, BOOL), axis=axes, keepdims=keepdim or keepdims), [x])

    return function


def _extreme(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None,
        keepdims: bool = False,
    ) -> Tensor:  # fmt: skip
        axes = dims_of(what, dim, axis)
        return one(what, lambda a: f(a, axis=axes, keepdims=keepdim or keepdims), [x])

    return function


def _place(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None,
        keepdims: bool = False,
    ) -> Tensor:  # fmt: skip
        axes = dims_of(what, dim, axis)
        keep = keepdim or keepdims
        return one(what, lambda a: cast(f(a, axis=axes, keepdims=keep), INT64), [x])

    return function


def _picked(a: Array, at: Array, axis: int) -> Array:
    if not a.ndim:
        return a
    return np.squeeze(np.take_along_axis(a, np.expand_dims(at, axis), axis), axis)


def _extreme_and_place(what: str, place: Callable[..., Any], whole: Function) -> Callable[..., Any]:
    pair = "maximum" if what == "max" else "minimum"

    def function(
        x: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None,
        keepdims: bool = False,
    ) -> Any:  # fmt: skip
        if isinstance(dim, Tensor):
            from gradloom.eager.elementwise import PAIRS, binary

            return binary(pair, PAIRS[pair], float_result=False)(x, dim)
        if dim is None:  # with `axis`, as numpy: values alone
            return whole(x, axis=axis, keepdims=keepdim or keepdims)
        keep = keepdim or keepdims

        def both(a: Array) -> tuple[Array, Array]:
            at = cast(place(a, axis=dim), INT64)
            values = _picked(a, at, dim)
            return (np.expand_dims(values, dim), np.expand_dims(at, dim)) if keep else (values, at)

        return Pair(*several(what, both, [x]))

    return function


class Pair(tuple[Tensor, Tensor]):
    """Values and where they were found."""

    __slots__ = ()

    def __new__(cls, values: Tensor, indices: Tensor) -> Pair:
        """The pair of both."""
        return super().__new__(cls, (values, indices))

    def __repr__(self) -> str:
        return f"gt.Pair(\nvalues={self[0]!r},\nindices={self[1]!r})"

    @property
    def values(self) -> Tensor:
        """The values."""
        return self[0]

    @property
    def indices(self) -> Tensor:
        """Where they were."""
        return self[1]


def _deviation(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *,
        correction: Number | None = None, axis: Dims = None, keepdims: bool = False,
    ) -> Tensor:  # fmt: skip
        if isinstance(dim, bool):  # torch's std(unbiased)
            unbiased, dim = dim, None
        _floats(what, x)
        axes = dims_of(what, dim, axis)
        taken = (1 if unbiased else 0) if correction is None else correction
        keep = keepdim or keepdims
        return one(what, lambda a: f(a, axis=axes, ddof=taken, keepdims=keep), [x])

    return function


def logsumexp(
    x: Tensor, dim: Dims = None, keepdim: bool = False, *, axis: Dims = None, keepdims: bool = False
) -> Tensor:
    """The logarithm of the sum of exponentials."""
    axes = dims_of("logsumexp", dim, axis)
    keep = keepdim or keepdims

    def function(a: Array) -> Array:
        to = a.dtype if category(a.dtype) >= 2 else FLOAT32
        return nn.logsumexp(cast(a, to), axes, keep)

    return one("logsumexp", function, [x])


def norm(
    x: Tensor, p: Any = "fro", dim: Dims = None, keepdim: bool = False, *, axis: Dims = None,
    keepdims: bool = False,
) -> Tensor:  # fmt: skip
    """The p-norm of all elements, or along axes."""
    _floats("norm", x)
    axes = dims_of("norm", dim, axis)
    keep = keepdim or keepdims
    order = 2 if p in ("fro", None) else p
    if not isinstance(order, int | float):
        raise ArgumentError(f"gt.norm: p={p!r} is not offered", hint="give a number, or 'fro'")

    def function(a: Array) -> Array:
        size = np.abs(a)
        if order == np.inf:
            return np.max(size, axis=axes, keepdims=keep)
        if order == -np.inf:
            return np.min(size, axis=axes, keepdims=keep)
        if order == 0:
            return cast(np.sum(cast(a != 0, a.dtype), axis=axes, keepdims=keep), a.dtype)
        if order == 1:
            return np.sum(size, axis=axes, keepdims=keep)
        total = np.sum(size * size if order == 2 else size**order, axis=axes, keepdims=keep)
        # 0 has derivative 0, as torch has it, where the root has none.
        some = np.where(total == 0, total.dtype.type(1), total)
        root = np.sqrt(some) if order == 2 else some ** (1 / order)
        return np.where(total == 0, total.dtype.type(0), root)

    return one("norm", function, [x])


def _running(what: str, f: Callable[..., Any]) -> Function:
    def function(
        x: Tensor, dim: int | None = None, *, axis: int | None = None, dtype: Any = None
    ) -> Tensor:
        along = dims_of(what, dim, axis)
        own = x._value.type.dtype
        to = INT64 if category(own) < 2 else own
        to = to if dtype is None else read_dtype(dtype, what)
        return one(what, lambda a: cast(f(cast(a, to), axis=along), to), [x])

    return function


def softmax(
    x: Tensor, dim: int | None = None, *, axis: int | None = None, dtype: Any = None
) -> Tensor:
    """Exponentials that sum to 1 along an axis."""
    along = _one_axis("softmax", dim, axis)
    to = x._value.type.dtype if dtype is None else read_dtype(dtype, "softmax")
    _require_floats("softmax", to)

    return one("softmax", lambda a: nn.along(cast(a, to), along), [x])


def log_softmax(
    x: Tensor, dim: int | None = None, *, axis: int | None = None, dtype: Any = None
) -> Tensor:
    """The logarithm of softmax."""
    along = _one_axis("log_softmax", dim, axis)
    to = x._value.type.dtype if dtype is None else read_dtype(dtype, "log_softmax")
    _require_floats("log_softmax", to)

    return one("log_softmax", lambda a: nn.log_along(cast(a, to), along), [x])


def _require_floats(what: str, dtype: np.dtype) -> None:
    if category(dtype) < 2:
        raise DtypeError(
            f"gt.{what}: not offered for {name_of(dtype)}", location=user_location(),
            hint="convert the tensor: x.float()",
        )  # fmt: skip


def _one_axis(what: str, dim: Any, axis: Any) -> int:
    found = dims_of(what, dim, axis)
    if not isinstance(found, int):
        raise ArgumentError(f"gt.{what}: say along which axis", hint=f"gt.{what}(x, dim=-1)")
    return found


def count_nonzero(x: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not zero."""
    axes = dims_of("count_nonzero", dim, None)
    return one("count_nonzero", lambda a: np.sum(cast(a != 0, INT64), axis=axes), [x])


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "sum": _total("sum", np.sum), "prod": _total("prod", np.prod), "mean": _total("mean", np.mean),
    "nansum": _total("nansum", np.nansum),
    "all": _truth("all", np.all), "any": _truth("any", np.any),
    "amax": _extreme("amax", np.max), "amin": _extreme("amin", np.min),
    "max": _extreme_and_place("max", np.argmax, _extreme("max", np.max)),
    "min": _extreme_and_place("min", np.argmin, _extreme("min", np.min)),
    "argmax": _place("argmax", np.argmax), "argmin": _place("argmin", np.argmin),
    "std": _deviation("std", np.std), "var": _deviation("var", np.var),
    "logsumexp": logsumexp, "norm": norm, "cumsum": _running("cumsum", np.cumsum),
    "cumprod": _running("cumprod", np.cumprod), "softmax": softmax, "log_softmax": log_softmax,
    "count_nonzero": count_nonzero,
}  # fmt: skip
"""By torch's name."""
