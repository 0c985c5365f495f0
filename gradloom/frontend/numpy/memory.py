"""What is known of an array's memory: flags, strides, shapes set in place."""

from __future__ import annotations

from typing import Any, Final, final

from gradloom.frontend.layouts import Layout, long_axes
from gradloom.frontend.layouts import layout_of as layout_of_strides
from gradloom.frontend.layouts import reshaped as reshaped_strides
from gradloom.frontend.numpy.axes import fill, part, permuted, reshaped
from gradloom.frontend.numpy.shape import resolved, sizes_of
from gradloom.frontend.numpy.views import layout_of, settle, strides_of
from gradloom.frontend.tracer import READ_ONLY, Tracer, View, refuse
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, NoAttribute
from gradloom.ir.graph import Operand
from gradloom.ir.types import Shape, size_of

# ---- contiguity ----------------------------------------------------------------------------------


def order_of(x: Tracer) -> str:
    """ "C", "F" or "CF" for an array whose elements are known to lie side by side, else ""."""
    layout = layout_of(x)
    if layout in ("C", "F") and long_axes(x.shape) <= 1:
        return "CF"
    return layout if isinstance(layout, str) else ""


def _known_order(name: str, x: Tracer) -> str:
    if layout_of(x) is None:
        raise refuse(f"ndarray.{name}", "how this array lies in memory is not known in a trace",
                     "make a copy: x.copy() lies in C order")  # fmt: skip
    if x.given:
        x.owner.depend_on_layouts()
    return order_of(x)


def strides(x: Tracer) -> tuple[Any, ...]:
    """Bytes from one element to the next along each axis."""
    _known_order("strides", x)
    if isinstance(x.layout, tuple):
        return x.layout
    shape: Shape = x.shape
    after = [shape[:i] if x.layout == "F" else shape[i + 1 :] for i in range(len(shape))]
    return tuple(size_of(rest) * x.itemsize for rest in after)


@final
class Flags:
    """What `ndarray.flags` answers of a traced array."""

    def __init__(self, x: Tracer) -> None:
        object.__setattr__(self, "_array", x)

    def __getattr__(self, name: str) -> Any:
        x = object.__getattribute__(self, "_array")
        if name in _KNOWN:
            return _KNOWN[name]
        if name == "owndata":
            return x.alias is None
        if name == "writeable":
            return x.frozen != READ_ONLY and not is_read_only(x)
        if name not in _BY_ORDER:
            raise AttributeError(f"flags have no attribute {name!r}")
        order = _known_order(f"flags.{name}", x)
        return _BY_ORDER[name]("C" in order, "F" in order)

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "writeable":
            raise refuse(f"ndarray.flags.{name}", "it cannot be set in a trace")
        setflags(self._array, write=value)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, _LETTERS.get(name) or name.lower())

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, _LETTERS.get(name) or name.lower(), value)


_KNOWN: Final = {"aligned": True, "writebackifcopy": False}
_BY_ORDER: Final[dict[str, Any]] = {
    "c_contiguous": lambda c, f: c, "contiguous": lambda c, f: c, "f_contiguous": lambda c, f: f,
    "fortran": lambda c, f: f, "fnc": lambda c, f: f and not c, "forc": lambda c, f: f or c,
}  # fmt: skip
_LETTERS: Final = {
    "C": "c_contiguous", "F": "f_contiguous", "O": "owndata", "W": "writeable", "A": "aligned",
    "X": "writebackifcopy",
}  # fmt: skip


def is_read_only(x: Tracer) -> bool:
    """Whether x is a broadcast array or a diagonal, or a view of one."""
    while x.alias is not None:
        if x.alias.is_read_only:
            return True
        x = x.alias.base
    return False


def setflags(x: Tracer, write: Any = None, align: Any = None, uic: Any = None) -> None:
    """What `ndarray.setflags` does: an array may be made read-only, and writeable again."""
    if align is not None and not align:
        raise refuse("ndarray.setflags", "align=False has no meaning in a trace")
    if uic:
        raise ArgumentError("ndarray.setflags: cannot set WRITEBACKIFCOPY flag to True")
    if write is None:
        return
    if not write:
        x.frozen = READ_ONLY
    elif is_read_only(x):
        raise refuse("ndarray.setflags", "elements of a broadcast array share memory",
                     "work on a copy: start with  y = x.copy()")  # fmt: skip
    elif x.frozen == READ_ONLY:
        x.frozen = ""


# ---- shapes set in place -------------------------------------------------------------------------


def set_shape(x: Tracer, sizes: Any) -> None:
    """What `x.shape = sizes` does: the same elements in C order; numpy makes no copy for it."""
    x.require_writeable()
    shape = resolved(x, sizes)
    given = x.shape
    layout = _in_place_layout(x, shape)
    if x.alias is not None:
        old = x.alias
        x.alias = View(
            old.base,
            lambda base: reshaped(old.read(base), shape),
            lambda base, value: old.write(base, reshaped(value, given)),
        )
        x.alias.version = old.version
        x.alias.shape = old.shape
    x.set_value(reshaped(x.value, shape))
    x.layout = layout


def _in_place_layout(x: Tracer, shape: Shape) -> Layout:
    """The layout of x in another shape; raises where its memory does not allow that."""
    if x.given and x.layout != "C":
        x.owner.depend_on_layouts()
    strides = strides_of(x)
    if x.layout == "C" or strides is None or not all(isinstance(d, int) for d in shape):
        return x.layout if x.layout == "C" else None
    made = reshaped_strides(x.shape, strides, shape)
    if made is None:
        raise NoAttribute(
            "incompatible shape for in-place modification: memory does not lie so that no copy is "
            "needed", hint="use x.reshape(...), which makes a copy",
        )  # fmt: skip
    return layout_of_strides(shape, made, x.itemsize)


def resize(x: Tracer, *new_shape: Any, refcheck: bool = True) -> None:
    """What `ndarray.resize` does: the elements in memory's order, cut or followed by zeros."""
    if not new_shape or (len(new_shape) == 1 and new_shape[0] is None):
        return
    x.require_writeable()
    sizes: Shape = sizes_of(new_shape[0] if len(new_shape) == 1 else new_shape)
    settle(x)
    if x.alias is not None or x.links:
        raise ArgumentError("ndarray.resize: cannot resize this array: it does not own its data")
    wanted, had = size_of(sizes), x.size
    if isinstance(wanted, Dim) or isinstance(had, Dim):
        raise refuse("ndarray.resize", "of or to a named dimension", "give concrete sizes")
    if any(isinstance(d, int) and d < 0 for d in sizes):
        raise ArgumentError("ndarray.resize: negative dimensions not allowed")
    if x.given:
        x.owner.depend_on_layouts()
    if "C" not in order_of(x) and "F" not in order_of(x):
        raise refuse("ndarray.resize", "how this array lies in memory is not known in a trace",
                     "write  x = np.resize(x, shape), which repeats elements")  # fmt: skip
    is_turned = "C" not in order_of(x)
    flat = reshaped(_turned(x.value) if is_turned else x.value, (had,))
    if wanted > had:
        zeros = fill(0, x.dtype, (wanted - had,))
        flat = o.concatenate(flat, zeros, axis=0) if had else zeros
    made = part(flat, 0, 0, wanted)
    x.set_value(_turned(reshaped(made, sizes[::-1])) if is_turned else reshaped(made, sizes))
    x.layout = "F" if is_turned else "C"
    x.version += 1


def _turned(x: Operand) -> Operand:
    return permuted(x, tuple(range(x.type.ndim))[::-1])
