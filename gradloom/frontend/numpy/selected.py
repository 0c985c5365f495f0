"""The methods and attributes of `x[mask]` when the mask has no values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.asked import no_attribute
from gradloom.frontend.numpy.dispatch import call_function
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.masked import filled, selected_size, shape_of
from gradloom.frontend.selection import Selected, is_selected, same_selection

_AS_FUNCTION: Final[dict[str, Callable[..., Any]]] = {
    "sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "any": np.any, "all": np.all,
    "mean": np.mean, "var": np.var, "std": np.std, "argmax": np.argmax, "argmin": np.argmin,
    "cumsum": np.cumsum, "cumprod": np.cumprod, "dot": np.dot, "round": np.round,
    "clip": np.clip, "copy": np.copy, "ravel": np.ravel,
    "conj": np.conjugate, "conjugate": np.conjugate,
}  # fmt: skip


def _as_function(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Selected, *args: Any, **kwargs: Any) -> Any:
        if isinstance(function, np.ufunc):
            return function(self, *args, **kwargs)
        return call_function(function, (self, *args), kwargs)

    return method


def _astype(self: Selected, dtype: Any, **kwargs: Any) -> Selected:
    data: Any = self.data
    return Selected(data.astype(dtype, **kwargs), self.held, self.axis, self.mask, self.filled)


def _getitem(self: Selected, key: Any) -> Any:
    """`x[mask][condition]`, where the condition is made of x[mask] too, or any other part."""
    if self.made is not None or not _is_part(self, key):
        made: Any = self.taken()
        return made[key]
    held: Any = np.logical_and(self.held, key.data)
    found = lift(held)
    return Selected(self.data, found, self.axis, found.value)


def _setitem(self: Selected, key: Any, value: Any) -> None:
    if self.made is not None:
        made: Any = self.made
        made[key] = value
        return
    if key is Ellipsis or (type(key) is slice and key == slice(None)):
        condition: Any = np.ones((), bool)
    elif _is_part(self, key):
        condition = key.data
    else:
        condition = None
    if condition is None or (is_selected(value) and not same_selection(self, value)) or (
        not is_selected(value) and np.ndim(value)
    ):  # fmt: skip
        made = self.taken()
        made[key] = value
        return
    given: Any = filled(value) if is_selected(value) else lift(value)
    condition = np.reshape(condition, (*condition.shape, *[1] * (self.ndim - 1)))
    data: Any = np.where(condition, given.astype(self.dtype), self.data)
    self.data, self.filled = lift(data), False


def _is_part(x: Selected, key: Any) -> bool:
    return is_selected(key) and key.dtype.kind == "b" and key.ndim == 1 and not x.axis and (
        same_selection(Selected(key.data, x.held, 0, x.mask), key)
    )  # fmt: skip


def _flatten(self: Selected, order: str = "C") -> Any:
    return call_function(np.ravel, (call_function(np.copy, (self,), {}), order), {})


def _transposed(self: Selected) -> Any:
    made: Any = self if self.ndim == 1 else self.taken()
    return made if made is self else made.T


def _part(function: Callable[..., Any]) -> property:
    def set_part(self: Selected, value: Any) -> None:
        setattr(self.taken(), function.__name__, value)

    return property(lambda self: call_function(function, (self,), {}), set_part)


def _set_flat(self: Selected, value: Any) -> None:
    made: Any = self.taken()
    made.flat = value


def _refused(self: Selected, name: str) -> Any:
    if not hasattr(np.ndarray, name):
        raise no_attribute(name)
    return getattr(self.taken(), name)


def install_methods_on_selected() -> None:
    """Give what a mask selected its methods and attributes."""
    made: Any = Selected
    for name, function in _AS_FUNCTION.items():
        setattr(made, name, _as_function(function))
    made.astype, made.flatten = _astype, _flatten
    made.__getitem__, made.__setitem__ = _getitem, _setitem
    made.shape, made.size = property(shape_of), property(selected_size)
    made.T, made.real, made.imag = property(_transposed), _part(np.real), _part(np.imag)
    made.flat = property(lambda self: self.taken().flat, _set_flat)
    made.__getattr__ = _refused
