"""`x[mask]` while the mask has no values: the elements stay where they are, beside the mask.

How many there are is found only when the program runs, and not every backend, and no vectorised
vmap, can have an array of such a size. What has a fixed shape does without it: elementwise
functions act on all elements, reductions and assignments by the same mask leave out those that the
mask does not hold. All else takes the elements out, and the program finds their number.
"""

from __future__ import annotations

from typing import Any, final

import numpy as np

from gradloom.frontend.trace import require_trace, stir
from gradloom.frontend.tracer import Tracer, wrap
from gradloom.ir import found
from gradloom.ir import ops as o
from gradloom.ir.errors import ValueNeeded
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location


@final
class Selected:
    """The elements of `data` where `held` (a vector) is true along `axis`.

    `mask` is the operand it came from. `filled`: what `held` leaves out repeats the first element
    that it does not, so that no function meets numbers there that the user took out.
    """

    __slots__ = ("__weakref__", "axis", "data", "filled", "held", "made", "mask")
    __array_priority__ = 2000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, data: Tracer, held: Tracer, axis: int, mask: Operand, filled: bool = False
    ) -> None:
        self.data = data
        self.held = held
        self.axis = axis
        self.mask = mask
        self.filled = filled
        self.made: Tracer | None = None
        stir()  # its length is traced

    def taken(self) -> Tracer:
        """The elements by themselves, as many as the program finds; from then on that is what it
        is.
        """
        if self.made is None:
            trace = require_trace()
            place = positions_held(self.held.here(trace))
            gathered = o.gather(self.data.here(trace), place, axes=(self.axis,))
            rest = range(1, self.ndim)
            perm = (*rest[: self.axis], 0, *rest[self.axis :])
            self.made = wrap(o.permute_dims(gathered, perm=perm) if self.axis else gathered)
        return self.made

    @property
    def dtype(self) -> np.dtype:
        """The dtype."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self.data.ndim

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # isinstance(x, np.ndarray) decides branches in users' programs
        return np.ndarray

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from gradloom.frontend.numpy.ufuncs import call_ufunc

        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(
        self, func: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        from gradloom.frontend.numpy.dispatch import call_function

        return call_function(func, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise self.needed("an array of plain numbers")

    def __len__(self) -> int:
        if self.axis:
            size: Any = self.data.shape[0]
            return int(size)
        raise self.needed("len()")

    def __iter__(self) -> Any:
        raise self.needed("a loop over its elements")

    def __bool__(self) -> bool:
        raise self.needed("a truth value")

    def needed(self, what: str) -> ValueNeeded:
        """The error where the number of elements decides."""
        return ValueNeeded(
            f"{what} of x[mask] needs the mask's values: how many elements it holds is a shape "
            "(the count of True is a shape)",
            location=user_location(),
            hint="without values there are numpy's functions and .size; Python's own questions are "
            "answered by np.where(mask, x, other), which has all elements",
        )  # fmt: skip

    def __repr__(self) -> str:
        return f"<traced {self.data.aval} where a mask holds, along axis {self.axis}>"


def positions_held(mask: Operand) -> Operand:
    """Where a vector of truth values holds; one node for all that ask of equal masks."""
    for node in reversed(require_trace().builder.nodes):
        if node.op is o.nonzero and same_value(node.operands[0], mask):
            return node.results[0]
    result: Operand = o.nonzero(mask, size=found.fresh())
    return result


def is_selected(x: object) -> bool:
    """Whether `x` is an array whose length a mask without values decides."""
    return type(x) is Selected


def same_value(a: Operand, b: Operand, depth: int = 12) -> bool:
    """Whether two operands are computed alike from the same values (`x > 0`, written twice)."""
    if a is b or a == b:
        return True
    one, two = getattr(a, "node", None), getattr(b, "node", None)
    if one is None or two is None or not depth or one.op is not two.op or one.op.effect is not None:
        return False
    alike = one.attrs == two.attrs and not one.regions and a.index == b.index  # type: ignore[union-attr]
    return alike and len(one.operands) == len(two.operands) and all(
        same_value(x, y, depth - 1) for x, y in zip(one.operands, two.operands, strict=True)
    )  # fmt: skip


def same_selection(x: Selected, y: Selected) -> bool:
    """Whether both hold the same places of equally many axes after them."""
    return x.ndim - x.axis == y.ndim - y.axis and same_value(x.mask, y.mask)
