"""The tensor's operators and methods: the functions, by their names, and in place with a `_`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import (
    creation,
    drawn,
    dtypes,
    elementwise,
    grads,
    indexing,
    matrices,
    places,
    products,
    rare,
    reductions,
    shapes,
    statistics,
)
from gradloom.eager.calls import is_operand, level, one
from gradloom.eager.home import here
from gradloom.eager.products import cast_to
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError

Function = Callable[..., Any]


def _with_aliases(table: dict[str, Function], aliases: dict[str, str]) -> dict[str, Function]:
    return {**table, **{other: table[name] for other, name in aliases.items()}}


_ASKED: Final[dict[str, Function]] = {
    **_with_aliases(elementwise.FUNCTIONS, elementwise.ALIASES),
    **reductions.FUNCTIONS,
    **_with_aliases(shapes.FUNCTIONS, shapes.ALIASES),
    **indexing.FUNCTIONS,
    **products.FUNCTIONS,
    **statistics.FUNCTIONS,
    **places.FUNCTIONS,
    **rare.FUNCTIONS,
    **matrices.FUNCTIONS,
}
FUNCTIONS: Final[dict[str, Function]] = {name: remembered(f) for name, f in _ASKED.items()}
"""What is a function of `gt` and a method of tensors."""

_IN_PLACE: Final = (
    *elementwise.FLOATING, *elementwise.KEEPING, *elementwise.PAIRS, "add", "sub", "mul", "div",
    "pow", "round", "clamp", "clip", "lerp", "addcmul", "addcdiv", "masked_fill", "scatter",
    "scatter_add", "eq", "ne", "lt", "le", "gt", "ge", "logical_not", "logical_and", "logical_or",
    "nan_to_num", "tril", "triu", "cumsum", "cumprod", "addmm", "addmv", "addr", "baddbmm",
    "addbmm", "clamp_min", "clamp_max", "index_add", "index_copy", "index_fill", "index_put",
    "put", "masked_scatter", "scatter_reduce", "renorm", "atan2", "hypot", "copysign", "xlogy",
    "nextafter", "logical_xor", "heaviside", "gcd", "lcm", "ldexp", "float_power", "mvlgamma",
    "i0", "igamma", "igammac", *elementwise.ALIASES,
)  # fmt: skip


def _in_place(name: str) -> Function:
    function = FUNCTIONS[name]

    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        made = function(x, *args, **kwargs)
        own = x._value.type.dtype
        what = f"{name}_"
        if dtypes.category(made._value.type.dtype) <= dtypes.category(own):
            made = cast_to(made, own)
        return x.write(made._value, what)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, in place."
    return method


def _operator(function: Function, *, reflected: bool = False) -> Function:
    def method(x: Tensor, other: Any) -> Any:
        if isinstance(other, np.generic):
            other = other.item()
        elif isinstance(other, np.ndarray):
            other = creation.from_numpy(other)
        if not is_operand(other):
            return NotImplemented
        return function(other, x) if reflected else function(x, other)

    return method


_BINARY: Final = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "pow", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
    "matmul": "matmul",
}  # fmt: skip


def _augmented(name: str) -> Function:
    method = _in_place(name)

    def augmented(x: Tensor, other: Any) -> Any:
        if isinstance(other, np.generic):
            other = other.item()
        return method(x, other) if is_operand(other) else NotImplemented

    return augmented


def _to(
    x: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False,
    non_blocking: bool = False,
) -> Tensor:  # fmt: skip
    """The tensor in another dtype; where it is, the session decides, whatever device is named."""
    for given in args:
        if isinstance(given, Tensor):
            dtype = given.dtype
        elif not (isinstance(given, str) and given.split(":")[0] in ("cpu", "cuda")):
            dtype = given
    made = x if dtype is None else cast_to(x, dtypes.read_dtype(dtype, "to"))
    return shapes.clone(made) if copy and made is x else made


def _moved(name: str) -> Function:
    def method(x: Tensor) -> Tensor:
        return cast_to(x, dtypes.NAMES[name].numpy)

    return method


def _size(x: Tensor, dim: int | None = None) -> Any:
    """The shape, or one size of it."""
    return x.shape if dim is None else x.shape[dim]


def _copy_(x: Tensor, src: Tensor) -> Tensor:
    """Take another tensor's elements."""
    shape = tuple(x.shape)
    made = shapes.clone(shapes.expand(src, *shape) if tuple(src.shape) != shape else src)
    return x.write(cast_to(made, x._value.type.dtype)._value, "copy_")


def _fill_(x: Tensor, value: Any) -> Tensor:
    """Put one number everywhere."""
    if isinstance(value, Tensor):
        return _copy_(x, value)
    made = creation.full(tuple(x.shape), value, dtype=x.dtype)
    return x.write(level("fill_", lambda a, b: b, [x, made])._value, "fill_")


def _type(x: Tensor, dtype: Any = None) -> Any:
    return f"gt.{x.dtype}" if dtype is None else cast_to(x, dtypes.read_dtype(dtype, "type"))


def _data(x: Tensor) -> Tensor:
    """The same elements, cut off from derivatives; setting it replaces them."""
    return shapes.detach(x)


def _set_data(x: Tensor, value: Tensor) -> None:
    if tuple(value.shape) != tuple(x.shape):
        raise ArgumentError(f"data of shape {tuple(value.shape)} for a tensor of {tuple(x.shape)}")
    with grads.no_grad():
        _copy_(x, value)


METHODS: Final[dict[str, Function]] = {
    **FUNCTIONS,
    **shapes.METHODS,
    **{f"{name}_": _in_place(name) for name in _IN_PLACE},
    **{name: _moved(name) for name in ("float", "double", "half", "bfloat16", "int", "long",
                                       "short", "bool", "cfloat", "cdouble")},
    "byte": _moved("uint8"), "char": _moved("int8"),
    "to": _to, "type": _type, "cpu": lambda x: x, "cuda": lambda x: x, "size": _size,
    "numel": lambda x: x.shape.numel(), "nelement": lambda x: x.shape.numel(),
    "dim": lambda x: x.ndim, "element_size": lambda x: x.dtype.itemsize,
    "type_as": lambda x, other: cast_to(x, other._value.type.dtype),
    "is_floating_point": lambda x: x.dtype.is_floating_point,
    "is_complex": lambda x: x.dtype.is_complex,
    "is_contiguous": lambda x: shapes.contiguous(x) is x,
    "zero_": lambda x: _fill_(x, 0), "fill_": _fill_, "copy_": _copy_,
    **drawn.METHODS,
    "new_zeros": lambda x, *size: creation.zeros(*size, dtype=x.dtype),
    "new_ones": lambda x, *size: creation.ones(*size, dtype=x.dtype),
    "new_full": lambda x, size, value: creation.full(size, value, dtype=x.dtype),
    "new_empty": lambda x, *size: creation.zeros(*size, dtype=x.dtype),
    "new_tensor": lambda x, data: creation.tensor(data, dtype=x.dtype),
    "backward": grads.backward, "register_hook": grads.register_hook,
    "retain_grad": grads.retain_grad,
    "equal": lambda x, other: equal(x, other), "allclose": lambda x, *a, **k: allclose(x, *a, **k),
    "isclose": lambda x, *a, **k: isclose(x, *a, **k),
}  # fmt: skip
"""Every method, by torch's name."""


def equal(x: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape and elements; waits for them."""
    if tuple(x.shape) != tuple(other.shape):
        return False
    return bool(FUNCTIONS["all"](FUNCTIONS["eq"](x, other)))


def isclose(
    x: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Where both are nearly equal."""
    return one("isclose", lambda a, b: np.isclose(a, b, rtol, atol, equal_nan), [x, other])


def allclose(
    x: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are nearly equal; waits for them."""
    return bool(FUNCTIONS["all"](isclose(x, other, rtol, atol, equal_nan)))


def install() -> None:
    """Give the tensor its methods, operators and properties."""
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
    for name, function in _BINARY.items():
        setattr(Tensor, f"__{name}__", _operator(FUNCTIONS[function]))
        setattr(Tensor, f"__r{name}__", _operator(FUNCTIONS[function], reflected=True))
        if name != "matmul":
            setattr(Tensor, f"__i{name}__", _augmented(function))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Tensor, f"__{name}__", _operator(FUNCTIONS[name]))
    properties: dict[str, Any] = {
        "T": property(lambda x: shapes.permute(x, *reversed(range(x.ndim)))),
        "mT": property(lambda x: shapes.transpose(x)),
        "H": property(shapes.adjoint),
        "mH": property(shapes.adjoint),
        "real": property(FUNCTIONS["real"]), "imag": property(FUNCTIONS["imag"]),
        "nbytes": property(lambda x: x.shape.numel() * x.dtype.itemsize),
        "data": property(_data, _set_data),
        "is_cuda": property(lambda x: False),
        "itemsize": property(lambda x: x.dtype.itemsize),
        "__neg__": FUNCTIONS["neg"], "__pos__": FUNCTIONS["positive"], "__abs__": FUNCTIONS["abs"],
        "__invert__": lambda x: _inverted(x), "__getitem__": remembered(indexing.getitem),
        "__setitem__": indexing.setitem, "__iter__": indexing.iterate,
        "__contains__": lambda x, v: bool(FUNCTIONS["any"](FUNCTIONS["eq"](x, v))),
        "__reversed__": lambda x: shapes.flip(x, 0),
        "__deepcopy__": _deep_copy,
    }  # fmt: skip
    for name, value in properties.items():
        setattr(Tensor, name, value)


def _inverted(x: Tensor) -> Tensor:
    is_bool = dtypes.category(x._value.type.dtype) == 0
    return FUNCTIONS["logical_not" if is_bool else "bitwise_not"](x)  # type: ignore[no-any-return]


def _deep_copy(x: Tensor, memo: Any) -> Tensor:
    made = shapes.clone(shapes.detach(x))
    made = Tensor(here(), made._value).requires_grad_(x.requires_grad)
    made._parameter = x._parameter
    memo[id(x)] = made
    return made


install()
