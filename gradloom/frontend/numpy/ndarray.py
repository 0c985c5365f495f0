"""The attributes and methods of numpy's arrays, on the tracer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.asked import no_attribute
from gradloom.frontend.layouts import long_axes
from gradloom.frontend.numpy import assign, memory, parts, rereading, shape
from gradloom.frontend.numpy import sort as order_of
from gradloom.frontend.numpy.axes import reshaped
from gradloom.frontend.numpy.dispatch import call, call_function
from gradloom.frontend.numpy.views import layout_of, root_of, settle, view_of
from gradloom.frontend.revived import plain, plainly
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import CallError

Method = Callable[..., Any]

# ---- methods that are numpy's functions ---------------------------------------------------------

_AS_FUNCTION: Final[dict[str, Callable[..., Any]]] = {
    "sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "any": np.any, "all": np.all,
    "mean": np.mean, "var": np.var, "std": np.std, "argmax": np.argmax, "argmin": np.argmin,
    "cumsum": np.cumsum, "cumprod": np.cumprod, "argsort": np.argsort,
    "argpartition": np.argpartition, "searchsorted": np.searchsorted, "nonzero": np.nonzero,
    "take": np.take, "repeat": np.repeat, "dot": np.dot,
    "round": np.round, "trace": np.trace, "diagonal": np.diagonal, "squeeze": np.squeeze,
    "swapaxes": np.swapaxes,
}  # fmt: skip
"""Methods whose arguments are the function's."""


def _as_function(name: str, function: Callable[..., Any]) -> Method:
    of_arrays_only = not hasattr(np.generic, name)

    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        if of_arrays_only and self.kind == "scalar":
            raise no_attribute(name, self.dtype.type)
        return call_function(function, (self, *args), kwargs, f"ndarray.{name}")

    method.__name__ = name
    method.__doc__ = f"What `ndarray.{name}` gives."
    return method


def _ours(name: str, function: Callable[..., Any]) -> Method:
    """A method that runs one of our functions, with the user's line on its nodes and errors."""

    @functools.wraps(function)
    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        if current_trace() is None:
            found = getattr(plain(self), name)
            return plainly(found, *args, **kwargs) if callable(found) else found
        return call(function, (self, *args), kwargs, f"ndarray.{name}")

    return method


# ---- methods with arguments of their own -------------------------------------------------------


def _unpacked(args: tuple[Any, ...]) -> Any:
    """The sizes of `x.reshape(2, 3)` and of `x.reshape((2, 3))`."""
    return args[0] if len(args) == 1 else args


def _reshape(self: Tracer, *sizes: Any, order: str = "C", copy: bool | None = None) -> Any:
    return shape.reshape(self, _unpacked(sizes), order, copy=copy)


def _transpose(self: Tracer, *axes: Any) -> Any:
    return shape.transpose(self, _unpacked(axes) if axes else None)


def _clip(self: Tracer, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    return np.clip(self, min, max, out, **kwargs)


def _compress(self: Tracer, condition: Any, axis: Any = None, out: Any = None) -> Any:
    return np.compress(condition, self, axis, out)


def _choose(self: Tracer, *choices: Any, **kwargs: Any) -> Any:
    return np.choose(self, choices[0] if len(choices) == 1 else choices, **kwargs)


def _conj(self: Tracer, out: Any = None) -> Any:
    if out is not None:
        return np.conjugate(self, out=out)
    return np.conjugate(self) if self.dtype.kind == "c" else self


def _fill(self: Tracer, value: Any) -> None:
    self[...] = value


def _sort(
    self: Tracer, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> None:
    self[...] = order_of.sort(self, axis, kind, order, stable=stable)


def _partition(
    self: Tracer, kth: Any, axis: Any = -1, kind: str = "introselect", order: Any = None
) -> None:
    self[...] = order_of.partition(self, kth, axis, kind, order)


def _put(self: Tracer, indices: Any, values: Any, mode: str = "raise") -> None:
    assign.put(self, indices, values, mode)


def _to_device(self: Tracer, device: Any, /, *, stream: Any = None) -> Any:
    if device != "cpu":
        raise ValueError(f'Device not understood. Only "cpu" is allowed, but received: {device}')
    return self


def _rounded(self: Tracer, ndigits: Any = None) -> Any:
    if self.kind == "array":
        raise TypeError("type numpy.ndarray doesn't define __round__ method")
    if self.dtype.kind == "c":
        raise TypeError(f"type numpy.{self.dtype} doesn't define __round__ method")
    if ndigits is not None:
        made: Any = np.round(self, ndigits)
        return Tracer(made.owner, made.value, self.kind)
    whole: Any = np.rint(self).astype(np.int64)
    return Tracer(whole.owner, whole.value, "weak")


def _dlpack(self: Tracer, **kwargs: Any) -> Any:
    raise refuse("ndarray.__dlpack__", "a traced value has no memory", "use np.asarray")


def _namespace(self: Tracer, *, api_version: Any = None) -> Any:
    return np


_METHODS: Final[dict[str, Method]] = {
    "reshape": _reshape, "transpose": _transpose, "ravel": shape.ravel, "flatten": shape.flatten,
    "copy": shape.copied, "astype": shape.converted, "clip": _clip, "compress": _compress,
    "choose": _choose, "conj": _conj, "conjugate": _conj, "fill": _fill,
    "sort": _sort, "partition": _partition,
    "put": _put, "setflags": memory.setflags, "resize": memory.resize,
    "view": rereading.view, "byteswap": rereading.byteswap, "to_device": _to_device,
    "__array_namespace__": _namespace,
    "__round__": _rounded, "__dlpack__": _dlpack,
}  # fmt: skip

# ---- attributes ---------------------------------------------------------------------------------


def _get_flat(self: Tracer) -> Any:
    given = self.shape
    view = view_of(
        self,
        lambda base: reshaped(base, (base.type.size,)),
        lambda base, value: reshaped(value, given),
    )
    if view.alias is not None:
        view.alias.is_flat = True
    return view


def _set_flat(self: Tracer, value: Any) -> None:
    if type(value) is Tracer and layout_of(self) == "F" and long_axes(self.shape) > 1:
        if self.given:
            self.owner.depend_on_layouts()
        value = value.copy()  # numpy brings it into the order of F first
    _get_flat(self)[...] = value


def _set_part(get: Callable[[Tracer], Tracer]) -> Callable[[Tracer, Any], None]:
    def setter(self: Tracer, value: Any) -> None:
        get(self)[...] = value

    return setter


def _set_imag(self: Tracer, value: Any) -> None:
    if self.dtype.kind != "c":
        raise CallError("ndarray.imag: array does not have imaginary part to set")
    parts.imag(self)[...] = value


def _refuse_setting(name: str, why: str, hint: str) -> Callable[[Tracer, Any], None]:
    def setter(self: Tracer, value: Any) -> None:
        raise refuse(f"ndarray.{name}", why, hint)

    return setter


def _base(self: Tracer) -> Any:
    settle(self)
    if self.alias is None and self.links:
        raise refuse("ndarray.base", "how this array lies in memory is not known in a trace")
    return None if self.alias is None else root_of(self)


def _matrix_transpose(self: Tracer) -> Any:
    return shape.matrix_transpose(self)


_ATTRIBUTES: Final[dict[str, property]] = {
    "T": property(_ours("T", shape.transpose)),
    "mT": property(_ours("mT", _matrix_transpose)),
    "real": property(_ours("real", parts.real), _set_part(parts.real)),
    "imag": property(_ours("imag", parts.imag), _ours("imag", _set_imag)),
    "flat": property(_ours("flat", _get_flat), _set_flat),
    "base": property(_base),
    "device": property(lambda self: "cpu"),
    "flags": property(memory.Flags),
    "strides": property(
        _ours("strides", memory.strides),
        _refuse_setting("strides", "memory cannot be looked at anew", "use an index, or reshape"),
    ),
    "shape": property(Tracer.shape.fget, _ours("shape", memory.set_shape)),  # type: ignore[attr-defined]
    "dtype": property(
        Tracer.dtype.fget,  # type: ignore[attr-defined]
        _refuse_setting("dtype", "bytes cannot be read anew in place", "use astype or view"),
    ),
}

_REFUSED: Final = {
    "data": "a traced value has no bytes",
    "ctypes": "a traced value has no memory",
    "tobytes": "a traced value has no bytes",
    "tofile": "a traced value has no bytes",
    "dump": "a traced value has no numbers yet",
    "dumps": "a traced value has no numbers yet",
    "getfield": "bytes cannot be read as another dtype",
    "setfield": "bytes cannot be read as another dtype",
}


def _refusal(name: str, why: str) -> property:
    def getter(self: Tracer) -> Any:
        raise refuse(f"ndarray.{name}", why)

    return property(getter)


def install_methods() -> None:
    """Give the tracer the attributes and methods of numpy's arrays."""
    for name, function in _AS_FUNCTION.items():
        setattr(Tracer, name, _as_function(name, function))
    for name, method in _METHODS.items():
        setattr(Tracer, name, _ours(name, method))
    for name, attribute in _ATTRIBUTES.items():
        setattr(Tracer, name, attribute)
    for name, why in _REFUSED.items():
        setattr(Tracer, name, _refusal(name, why))
