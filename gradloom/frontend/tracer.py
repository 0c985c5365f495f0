"""The array that records: what a user's function sees in place of an ndarray.

A tracer is a mutable handle on an SSA value. Writing into it gives the handle a new value; a view
(`x[1:]`, `x.T`) knows its base, so that a write through either is seen by both. It is an array, a
numpy scalar, or a weak (Python) scalar, for numpy's promotion rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, final

import numpy as np

from gradloom.frontend import posing
from gradloom.frontend.aliases import View
from gradloom.frontend.asked import ambiguous, masked_by_numpy, no_index
from gradloom.frontend.layouts import Layout
from gradloom.frontend.leaks import not_here
from gradloom.frontend.outsiders import asked_by_library
from gradloom.frontend.params.ambient import is_ambient, meaning
from gradloom.frontend.revived import numbers_of, plain
from gradloom.frontend.stores import is_stored, store_refused
from gradloom.frontend.trace import Trace, current_trace, require_trace
from gradloom.ir import ops as o
from gradloom.ir.errors import (
    GradloomError,
    LeakedTracer,
    NotSupported,
    ShapeError,
    TraceError,
    ValueNeeded,
)
from gradloom.ir.graph import Literal as IrLiteral
from gradloom.ir.graph import Operand
from gradloom.ir.location import Location, user_location
from gradloom.ir.types import Dim, Shape, TensorType, dtype_name

_INDEX_HINT = (
    "an array from outside is indexed by np.take(array, i), "
    "or is passed to the function as an argument"
)
Kind = Literal["array", "scalar", "weak"]
READ_ONLY: Final = "an array made read-only"
"""Why an array is frozen that the program itself made read-only."""
IN_LIST: Final = "an array in a list whose length a traced condition decides"
"""Why an array is frozen that such a list holds a copy of."""


@final
class Tracer(metaclass=posing.Posing):
    """A traced array or scalar."""

    __slots__ = (
        "__weakref__",
        "_value",
        "alias",
        "born",
        "frozen",
        "given",
        "kind",
        "layout",
        "links",
        "origin",
        "owner",
        "reshaped",
        "version",
    )
    __array_priority__ = 1000.0

    def __init__(
        self,
        trace: Trace,
        value: Operand,
        kind: Kind = "array",
        view: View | None = None,
        frozen: str = "",
    ) -> None:
        self.owner = trace
        self._value = value
        self.kind = kind
        self.alias = view
        self.version = 0
        self.frozen = frozen
        self.layout: Layout = None  # how it lies in memory, as far as that is known
        self.given = False  # whether it lies so because the caller's arrays lie as they do
        self.reshaped = False  # whether its own shape was set in place
        self.links: list[Any] | None = None  # ties to what may share its memory (views.py)
        self.born = trace.builder
        self.origin: Location | None = self.born.location

    # ---- the value behind the handle -------------------------------------------------------------

    @property
    def value(self) -> Operand:
        """The operand that it stands for now, in its own trace."""
        view = self.alias
        if view is not None:
            # First, because a base that is a view itself learns there of writes to its own base.
            base = view.base.value
            if view.version != view.base.version:
                self.noted()
                self._value = view.read(view.seen(base))
                view.version = view.base.version
                self.version += 1
        return self._value

    def write(self, value: Operand) -> None:
        """Give the handle a new value of the same type; bases and views see it."""
        if self.kind != "array":
            raise TypeError(f"'{self.dtype}' object does not support item assignment")
        self.require_writeable()
        if self.links is not None:
            from gradloom.frontend.numpy.views import settle

            settle(self)
        view = self.alias
        if view is not None:
            base = view.base.value
            made = view.write(view.seen(base), value)
            if made.type.shape != base.type.shape:
                made = o.reshape(made, shape=base.type.shape)
            self.noted()
            view.base.write(made)
            view.version = view.base.version
        self.noted()
        self._value = value
        self.version += 1
        if self.links is not None:
            from gradloom.frontend.numpy.views import part

            part(self)

    def noted(self) -> None:
        """Let the region that is open, if any, undo what is about to change."""
        if self.owner.regions:
            self.owner.regions[-1].note(self)

    def require_writeable(self) -> None:
        """Raise where it may not be changed in place."""
        if self.owner is not current_trace():
            raise not_here(self)
        if self.frozen == READ_ONLY:
            raise ShapeError(
                "assignment destination is read-only",
                location=user_location(), hint="work on a copy: start with  y = x.copy()",
            )  # fmt: skip
        if self.frozen:
            other = "the list's" if self.frozen == IN_LIST else "the caller's"
            raise TraceError(
                f"{self.frozen} is changed in place, and {other} array would not be",
                location=user_location(), hint="work on a copy: start with  y = x.copy()",
            )  # fmt: skip

    def set_value(self, value: Operand) -> None:
        """Give the handle a value of another shape; views of it keep theirs."""
        self.noted()
        self._value = value
        self.reshaped = True

    def here(self, trace: Trace) -> Operand:
        """The operand that stands for it in `trace`: its own, or captured from an outer trace."""
        if self.owner is trace:
            return self.value
        if not self.owner.alive:
            return trace.lift(numbers_of(self))
        outer = trace.parent
        if outer is None:
            raise LeakedTracer(
                "a traced value is used in another thread than its own", location=user_location()
            )
        value = self.here(outer)
        active = bool(outer.active) and outer.depends_on(value, outer.active)
        return trace.capture(value, lambda: _peek(outer, value), active)

    @property
    def aval(self) -> TensorType:
        """Its dtype and shape."""
        return self._value.type

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return self._value.type.dtype

    @property
    def shape(self) -> Shape:
        """The sizes of the axes."""
        return self._value.type.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self._value.type.shape)

    @property
    def size(self) -> int | Dim:
        """The number of elements."""
        return self._value.type.size

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int | Dim:
        """Bytes of all elements."""
        return self.size * self.itemsize

    # isinstance(x, np.ndarray) decides branches in users' programs.
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        if self.kind == "array":
            return np.ndarray
        return self.dtype.type if self.kind == "scalar" else type(self.dtype.type(0).item())

    # ---- numpy's protocols -----------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from gradloom.frontend.numpy.ufuncs import call_ufunc

        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        from gradloom.frontend.numpy.dispatch import call_function

        return call_function(func, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        hint = _INDEX_HINT if self.dtype.kind in "iu" else ""
        array = self._number("an array of plain numbers", cuts=True, hint=hint)
        return np.array(array, dtype=dtype)

    # ---- looking at the value --------------------------------------------------------------------

    def _number(self, what: str, cuts: bool = False, hint: str = "") -> Any:
        """The value at hand; `cuts`: what Python does with it would lose the derivative."""
        trace = current_trace()
        if trace is None:
            return np.asarray(plain(self))
        value = self.here(trace)
        if cuts and self.aval.inexact and trace.active and trace.depends_on(value, trace.active):
            raise (
                masked_by_numpy(2)
                or asked_by_library(2, active=True)
                or TraceError(
                    f"{what} of a value that is being differentiated would lose its derivative",
                    location=user_location(),
                    hint="keep computing with the traced value, and store it only in arrays made "
                    "inside the function; "
                    "where losing it is meant, say gl.stop_gradient(x)",
                )
            )
        try:
            return trace.value_of(value, what, hint)
        except ValueNeeded:
            if cuts and is_stored(2):
                raise store_refused(2) from None
            masked = masked_by_numpy(2) if cuts else None
            if (refused := masked or asked_by_library(2, active=False)) is not None:
                raise refused from None
            raise

    def __bool__(self) -> bool:
        if self.ndim and self.size != 1:
            raise ambiguous(self.aval)
        return bool(self._number("a truth value (if, while, and, or, not)"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __index__(self) -> int:
        if self.dtype.kind not in "iu" or self.ndim:
            raise no_index(self.aval)
        return int(self._number("an index or a size", hint=_INDEX_HINT))

    def __float__(self) -> float:
        if posing.is_formatted(1):  # a text has no part in derivatives
            return float(self._number("text % values", hint="f'{x}' and '%s' name its type"))
        return float(self._number("float()", cuts=True))

    def __complex__(self) -> complex:
        return complex(self._number("complex()", cuts=True))

    def item(self, *args: Any) -> Any:
        """The Python number of a single element."""
        from gradloom.frontend.numpy.plain_numbers import item

        return self._python("item()", lambda array: array.item(*args), lambda: item(self, args))

    def tolist(self) -> Any:
        """Nested lists of Python numbers."""
        from gradloom.frontend.numpy.plain_numbers import tolist

        return self._python("tolist()", lambda array: array.tolist(), lambda: tolist(self))

    def _python(self, what: str, taken: Callable[..., Any], traced: Callable[[], Any]) -> Any:
        """What `taken` makes of the value at hand, else what `traced` gives, if it is not None."""
        try:
            return taken(np.asarray(self._number(what, cuts=True)))
        except ValueNeeded:
            made = traced()
            if made is None:
                raise
            return made

    def __len__(self) -> Any:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        size = self.shape[0]
        if isinstance(size, Dim):
            size.__index__()
        return size

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        return bool((self == item).any())

    def __hash__(self) -> int:
        try:
            return hash(self._number("hash()", cuts=True)[()])
        except (TraceError, TypeError):
            raise posing.no_hash(self) from None

    def __repr__(self) -> str:
        return posing.text_of(self)

    def __format__(self, spec: str) -> str:
        return posing.text_of(self, spec)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    def __copy__(self) -> Any:
        return self.copy() if self.kind == "array" else self

    def __reduce__(self) -> Any:
        raise posing.no_pickle(self)

    def __getitem__(self, key: Any) -> Any:
        from gradloom.frontend.numpy.indexing import getitem

        return getitem(self, key) if current_trace() is not None else plain(self)[plain(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        from gradloom.frontend.numpy.indexing import setitem

        setitem(self, key, value)

    def __getattr__(self, name: str) -> Any:
        return posing.attribute(self, name)


def _peek(trace: Trace, value: Operand) -> Any:
    """The value's array in an outer trace if it has one, else None."""
    try:
        return trace.value_of(value, "a value")
    except GradloomError:
        return None


def wrap(value: Operand, kind: Kind | None = None) -> Tracer:
    """A tracer on `value` in the running trace; of rank 0 it is a numpy scalar unless `kind`
    says otherwise.
    """
    if kind is None:
        kind = "array" if value.type.shape else "scalar"
    return Tracer(require_trace(), value, kind)


def is_tracer(x: object) -> bool:
    """Whether `x` is a traced value (whose class claims to be numpy's)."""
    return type(x) is Tracer


def any_tracer(xs: Any, depth: int = 4) -> bool:
    """Whether a tracer stands in `xs` or in lists, tuples and polynomials inside it."""
    if type(xs) is Tracer or type(xs).__name__ in ("Selected", "Grown", "Chosen"):
        return True
    if type(xs) is np.poly1d or is_ambient(xs):
        return is_tracer(xs.coeffs if type(xs) is np.poly1d else meaning(xs))
    return depth > 0 and isinstance(xs, list | tuple) and any(any_tracer(x, depth - 1) for x in xs)


def refuse(what: str, why: str, hint: str = "") -> NotSupported:
    """The error for something that numpy does and gradloom does not."""
    return NotSupported(f"{what}: {why}", location=user_location(), hint=hint)


__all__ = [
    "IrLiteral", "Kind", "Tracer", "View", "any_tracer", "dtype_name", "is_tracer", "refuse",
    "wrap",
]  # fmt: skip
