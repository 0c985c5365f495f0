"""Real and imaginary parts, and what is known of an array from its type alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import require_work
from gradloom.frontend.numpy.axes import axis_list, choose, fill, operand
from gradloom.frontend.numpy.lift import at_hand, lift
from gradloom.frontend.numpy.overlaps import as_stored
from gradloom.frontend.numpy.ufuncs import write_into
from gradloom.frontend.numpy.views import may_share, place, strides_of, view_of
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import READ_ONLY, Tracer, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.types import DType, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def real(val: Any) -> Any:
    """What `np.real` gives: a view of the real part."""
    x = lift(val)
    if x.dtype.kind != "c":
        return x  # the array itself, as in numpy
    made = view_of(x, o.real, lambda base, value: o.complex(value, o.imag(base)))
    made.kind = x.kind
    return place(made, strides_of(x))


def imag(val: Any) -> Any:
    """What `np.imag` gives: a view of the imaginary part, zeros for a real array."""
    x = lift(val)
    if x.dtype.kind != "c":
        zeros = wrap(fill(0, x.dtype, x.shape), x.kind)
        zeros.frozen = READ_ONLY
        return zeros
    made = view_of(x, o.imag, lambda base, value: o.complex(o.real(base), value))
    made.kind = x.kind
    return place(made, strides_of(x))


def _known_dtype(x: Any) -> DType:
    return lift(x).dtype if any_tracer(x) else np.asarray(x).dtype


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return bool(_known_dtype(x).kind == "c")


def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


def real_if_close(a: Any, tol: float = 100) -> Any:
    """A real array as it is, and of a complex one the real part where the values, if they are at
    hand, say so.
    """
    x = lift(a)
    if x.dtype.kind != "c":
        return x
    value = at_hand(x)
    if value is None:
        raise refuse(
            "np.real_if_close",
            "the dtype of the result depends on values",
            "use np.real where the imaginary part is zero",
        )
    return np.real(x) if np.real_if_close(value, tol).dtype.kind != "c" else x


def ndim(a: Any) -> int:
    """The number of axes."""
    return lift(a).ndim


def shape(a: Any) -> Any:
    """The shape."""
    return lift(a).shape


def size(a: Any, axis: Any = None) -> Any:
    """The number of elements, or of those along some axes."""
    x = lift(a)
    if axis is None:
        return x.size
    return size_of([x.shape[one] for one in axis_list("size", axis, x.ndim)])


def _example(x: Any) -> Any:
    """What promotion sees of an argument: a dtype, or a Python scalar of the same weakness."""
    if type(x) is not Tracer:
        return x
    return (
        {"i": 0, "u": 0, "f": 0.0, "c": 0j, "b": False}[x.dtype.kind]
        if x.kind == "weak"
        else x.dtype
    )


def result_type(*arrays_and_dtypes: Any) -> DType:
    """What `np.result_type` gives."""
    return np.result_type(*[_example(x) for x in arrays_and_dtypes])


def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    """What `np.can_cast` gives."""
    return bool(np.can_cast(_known_dtype(from_) if type(from_) is Tracer else from_, to, casting))  # type: ignore[arg-type]


def common_type(*arrays: Any) -> Any:
    """What `np.common_type` gives: the float or complex scalar type for all of them."""
    return np.common_type(*[np.empty((), _known_dtype(x)) for x in arrays])


def min_scalar_type(a: Any, /) -> DType:
    """The dtype of an array; of a scalar the answer depends on its value."""
    x = lift(a)
    return np.min_scalar_type(x._number("np.min_scalar_type")) if not x.ndim else x.dtype


def may_share_memory(a: Any, b: Any, /, max_work: Any = 0) -> bool:
    """Whether one is a view of the other, or both of a third."""
    require_work(max_work)
    if type(a) is not Tracer or type(b) is not Tracer:
        return False
    return may_share(a, b)


def shares_memory(a: Any, b: Any, /, max_work: Any = -1) -> bool:
    """As `may_share_memory`."""
    return may_share_memory(a, b, max_work)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """What `np.copyto` does: write `src` into `dst`."""
    if type(dst) is not Tracer:
        write_into("copyto", dst, src, casting)
    src = _castable(src, dst, casting)
    if np.ndim(src) > dst.ndim and all(d == 1 for d in src.shape[: src.ndim - dst.ndim]):
        src = np.reshape(src, src.shape[src.ndim - dst.ndim :])
    if type(src) is Tracer:
        src = _as_read(src, dst, where)
    if where is not True:
        src = wrap(
            choose("copyto", operand(where), operand(src, dst.dtype), dst.here(require_trace()))
        )
    write_into("copyto", dst, src, "unsafe")


def _as_read(src: Tracer, dst: Tracer, where: Any) -> Tracer:
    """The elements that numpy reads where they lie in the memory of `dst`."""
    made = as_stored(dst, None, src)
    if made is not src and where is not True:
        raise refuse("np.copyto", "which elements are overwritten before they are read depends on "
                     "the mask", "copy before: src.copy()")  # fmt: skip
    return made


def _castable(src: Any, dst: Tracer, casting: Any) -> Any:
    """`src`, a Python number in the array's dtype; raises where `casting` keeps it out."""
    number = isinstance(src, int | float | complex) and not isinstance(src, np.generic)
    dtype = np.result_type(src, dst.dtype) if number else lift(src).dtype
    if not np.can_cast(dtype, dst.dtype, casting):
        raise DtypeError(
            f"np.copyto: {dtype} cannot be written into {dst.dtype} by casting={casting!r}",
            hint="convert with astype, or say casting='unsafe'",
        )
    if number:
        return dst.dtype.type(src)
    return lift(src) if isinstance(src, list | tuple) else src


def as_text(a: Any, *args: Any, **kwargs: Any) -> str:
    """A traced array as text: its type and source line, since it has no numbers to print."""
    return repr(lift(a))


TABLE: Final[Table] = {
    np.array_repr: as_text, np.array_str: as_text, np.array2string: as_text, np.real: real,
    np.imag: imag, np.iscomplexobj: iscomplexobj, np.isrealobj: isrealobj,
    np.real_if_close: real_if_close, np.ndim: ndim, np.shape: shape, np.size: size,
    np.result_type: result_type, np.can_cast: can_cast, np.common_type: common_type,
    np.min_scalar_type: min_scalar_type, np.may_share_memory: may_share_memory,
    np.shares_memory: shares_memory, np.copyto: copyto,
}  # fmt: skip
