"""np.nditer and np.ndenumerate over traced arrays: loops that are written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Self, final

import numpy as np

from gradloom.frontend.layouts import long_axes
from gradloom.frontend.numpy.lift import as_array, broadcast_shapes, lift
from gradloom.frontend.numpy.views import fresh, is_in_order, read_only
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

Place = tuple[int, ...]

# ---- places --------------------------------------------------------------------------------------


def _sizes(name: str, shape: Any) -> Place:
    if any(isinstance(d, Dim) for d in shape):
        raise refuse(name, "a loop over a named dimension cannot be written out", "use gl.vmap")
    return tuple(shape)


def _element(x: Tracer, place: Place) -> Any:
    """The element of x, an array of no axes, at a place of a shape that x broadcasts to."""
    own = place[len(place) - x.ndim :]
    return x[(*(0 if d == 1 else i for i, d in zip(own, x.shape, strict=True)), ...)]


# ---- ndenumerate ---------------------------------------------------------------------------------


@final
class Enumerated:
    """Pairs of index and element, in C order."""

    def __init__(self, arr: Any) -> None:
        self._array = as_array(arr)
        self._places = iter(np.ndindex(_sizes("np.ndenumerate", self._array.shape)))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[Place, Any]:
        place = next(self._places)
        return place, self._array[place]


# ---- nditer --------------------------------------------------------------------------------------

_FLAGS: Final = frozenset({
    "buffered", "c_index", "f_index", "multi_index", "external_loop", "zerosize_ok", "refs_ok",
    "reduce_ok", "common_dtype", "copy_if_overlap", "delay_bufalloc", "grow_inner",
})  # fmt: skip
_WRITES: Final = frozenset({"readwrite", "writeonly"})


@final
class Iterated:
    """An np.nditer: elements of several arrays that broadcast, as arrays of no axes."""

    def __init__(
        self,
        op: Any,
        flags: Any = (),
        op_flags: Any = None,
        op_dtypes: Any = None,
        order: str = "K",
        casting: str = "safe",
        op_axes: Any = None,
        itershape: Any = None,
        buffersize: int = 0,
    ) -> None:
        self._flags = set(flags or ())
        if self._flags - _FLAGS:
            raise ArgumentError(f"np.nditer: {sorted(self._flags - _FLAGS)} are no known flags")
        for name, given in (("op_axes", op_axes), ("itershape", itershape)):
            if given is not None:
                raise refuse("np.nditer", f"{name}= is not offered on traced values")
        ops = list(op) if isinstance(op, list | tuple) else [op]
        self._modes = _modes(op_flags, ops)
        self._read(ops)
        self._refuse_casts(op_dtypes)
        self._order = self._known_order(order)
        self.ndim, self.nop = len(self.shape), len(ops)
        self.itersize = int(np.prod(self.shape))
        self.reset()

    def _read(self, ops: list[Any]) -> None:
        given = [None if x is None else as_array(x) for x in ops]
        arrays = [x for x in given if x is not None]
        self.shape = _sizes("np.nditer", broadcast_shapes("np.nditer", [x.shape for x in arrays]))
        dtype = np.result_type(*[x.dtype for x in arrays])
        made: list[Tracer] = [
            fresh(lift(np.zeros(self.shape, dtype)).here(require_trace())) if x is None else x
            for x in given
        ]
        for x, mode in zip(made, self._modes, strict=True):
            if mode & _WRITES and x.shape != self.shape:
                raise ArgumentError(
                    f"np.nditer: an operand of shape {x.shape} is written and does not have the "
                    f"broadcast shape {self.shape}",
                    location=user_location(),
                )
        self.operands = tuple(made)

    def _refuse_casts(self, op_dtypes: Any) -> None:
        asked = (
            op_dtypes if isinstance(op_dtypes, list | tuple) else [op_dtypes] * len(self.operands)
        )
        for x, dtype in zip(self.operands, asked, strict=False):
            if dtype is not None and np.dtype(dtype) != x.dtype:
                raise refuse("np.nditer", f"op_dtypes= other than {x.dtype} is not offered")

    def _known_order(self, order: str) -> str:
        """ "C" or "F"; raises where the order of the elements shows and memory is not known."""
        if order not in ("C", "F", "A", "K"):
            raise ArgumentError(f"np.nditer: order is 'C', 'F', 'A' or 'K', not {order!r}")
        known = all(is_in_order(x) for x in self.operands)
        if any(x.given and long_axes(x.shape) > 1 for x in self.operands):
            require_trace().depend_on_layouts()
        if "external_loop" in self._flags and not known:
            raise refuse("np.nditer", "how an array lies in memory is not known, which decides "
                         "what external_loop gives", "loop over elements")  # fmt: skip
        if order in ("C", "F"):
            return order
        told = self._flags & {"multi_index", "c_index", "f_index"}
        if not (known or told or any(mode & _WRITES for mode in self._modes)):
            raise refuse(
                f"np.nditer with order={order!r}",
                "how this array lies in memory is not known in a trace",
                "say order='C' or order='F'",
            )
        return "C"

    def reset(self) -> None:
        """Begin again."""
        self.iterindex = 0
        self.finished = self.itersize == 0

    @property
    def multi_index(self) -> Place:
        """The index of the element."""
        if "multi_index" not in self._flags:
            raise ArgumentError("np.nditer: the iterator does not track a multi_index")
        return self._place()

    @property
    def index(self) -> int:
        """The number of the element in the order of `c_index` or `f_index`."""
        order = "C" if "c_index" in self._flags else "F" if "f_index" in self._flags else ""
        if not order:
            raise ArgumentError("np.nditer: the iterator does not track an index")
        return int(np.ravel_multi_index(self._place(), self.shape, order=order))  # type: ignore[call-overload]

    def _place(self) -> Place:
        order: Any = self._order
        return tuple(int(i) for i in np.unravel_index(self.iterindex, self.shape, order=order))

    def __getitem__(self, number: int) -> Any:
        x = self.operands[number]
        writes = self._modes[number] & _WRITES
        if "external_loop" in self._flags:
            return x.reshape(-1)
        element = _element(x, self._place())
        return element if writes else read_only(element, lambda base: base)

    def __len__(self) -> int:
        return self.nop

    @property
    def value(self) -> Any:
        """The element, or a tuple of one per operand."""
        found = tuple(self[i] for i in range(self.nop))
        return found[0] if self.nop == 1 else found

    def iternext(self) -> bool:
        """Go on; False at the end."""
        self.iterindex += self.itersize if "external_loop" in self._flags else 1
        self.finished = self.iterindex >= self.itersize
        return not self.finished

    def __iter__(self) -> Iterator[Any]:
        while not self.finished:
            yield self.value
            self.iternext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is buffered, so that nothing is left to write."""


def _modes(op_flags: Any, ops: list[Any]) -> list[set[str]]:
    """The flags of each operand."""
    if op_flags is None:
        return [{"writeonly", "allocate"} if x is None else {"readonly"} for x in ops]
    each = [op_flags] * len(ops) if isinstance(op_flags[0], str) else op_flags
    if len(each) != len(ops):
        raise ArgumentError(f"np.nditer: {len(each)} op_flags for {len(ops)} operands")
    return [set(flags) for flags in each]


# ---- numpy's classes, ours for traced arguments --------------------------------------------------


@final
class Stand:
    """A class of numpy; called with traced values, ours."""

    def __init__(self, original: Any, ours: Callable[..., Any]) -> None:
        self._original = original
        self._ours = ours

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """An object of the class."""
        if current_trace() is None or not (any_tracer(args) or any_tracer([*kwargs.values()])):
            return self._original(*args, **kwargs)
        return self._ours(*args, **kwargs)

    def __instancecheck__(self, x: object) -> bool:
        return isinstance(x, self._original) or type(x) is self._ours

    def __subclasscheck__(self, x: type) -> bool:
        return issubclass(x, self._original)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._original,)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _nested(*args: Any, **kwargs: Any) -> Any:
    raise refuse("np.nested_iters", "it is not offered on traced values", "nest two np.nditer")


CLASSES: Final = {
    "nditer": Stand(np.nditer, Iterated),
    "ndenumerate": Stand(np.ndenumerate, Enumerated),
    "nested_iters": Stand(np.nested_iters, _nested),
}
