"""Layers, and the flows of gradient between them: data only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Final, Literal, final

import numpy as np

from gradloom.ir.errors import ArgumentError, AxisOutOfRange, IndexOutOfRange, ShapeError

if TYPE_CHECKING:
    from gradloom.ir.location import Location

Kind = Literal["exact", "given", "pairs", "interpolated", "reached"]
"""Where a flow's numbers come from: computed by derivatives; read from a file; index pairs that say
only which elements are connected (1 each); made up from the gradients at both ends, by vnittest's
rule (`interpolated`) or by ours (`reached`).
"""
MADE_UP: Final = frozenset({"interpolated", "reached"})
"""Kinds whose numbers no derivative gave."""


@final
@dataclass(frozen=True, slots=True)
class Layer:
    """A tensor of the program, with the gradient of the loss by it.

    An element is named by its flat index, row-major over `shape`. A picture of a layer has the last
    two axes as rows and columns; one axis is one row, no axis one cell; the axes before are chosen.
    `node` is the number of the graph's node that makes it, -1 where there is none.
    """

    name: str
    shape: tuple[int, ...]
    activation: np.ndarray | None = None
    gradient: np.ndarray | None = None
    op: str = ""
    node: int = -1
    file: str = ""
    line: int = 0
    function: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for what, array in (("activation", self.activation), ("gradient", self.gradient)):
            if array is not None and array.shape != self.shape:
                raise ShapeError(
                    f"layer {self.name!r}: its {what} has shape {array.shape}, the layer "
                    f"{self.shape}"
                )

    def at(self, place: Location) -> Layer:
        """The same layer, which this line of the user's makes."""
        return replace(
            self, file=place.file, line=place.line, function=place.function, source=place.source()
        )

    @property
    def size(self) -> int:
        """How many elements."""
        return prod(self.shape)

    @property
    def rows(self) -> int:
        """Rows of its picture."""
        return self.shape[-2] if len(self.shape) > 1 else 1

    @property
    def columns(self) -> int:
        """Columns of its picture."""
        return self.shape[-1] if self.shape else 1

    @property
    def leading(self) -> tuple[int, ...]:
        """The sizes of the axes that a picture does not show: batch, channel, ..."""
        return self.shape[:-2]

    def element(self, row: int, column: int, index: tuple[int, ...] = ()) -> int:
        """The flat index of a cell of the picture at `index` of the leading axes (zeros when not
        given); raises `IndexOutOfRange`.
        """
        at = self.chosen(index)
        for what, i, n in (("row", row, self.rows), ("column", column, self.columns)):
            if not 0 <= i < n:
                raise IndexOutOfRange(f"layer {self.name!r} has {n} {what}s, and no {what} {i}")
        start = int(np.ravel_multi_index(at, self.leading)) if at else 0
        return (start * self.rows + row) * self.columns + column

    def cell(self, element: int) -> tuple[tuple[int, ...], int, int]:
        """`(leading indices, row, column)` of an element."""
        if not 0 <= element < self.size:
            raise IndexOutOfRange(
                f"layer {self.name!r} has {self.size} elements, and no element {element}"
            )
        rest, column = divmod(element, self.columns)
        start, row = divmod(rest, self.rows)
        leading = np.unravel_index(start, self.leading) if self.leading else ()
        return tuple(int(i) for i in leading), row, column

    def chosen(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The leading indices, checked; zeros for none."""
        if not index:
            return (0,) * len(self.leading)
        if len(index) != len(self.leading):
            raise AxisOutOfRange(
                f"layer {self.name!r} has {len(self.leading)} leading axes, and {len(index)} "
                "indices were given"
            )
        for axis, (i, n) in enumerate(zip(index, self.leading, strict=True)):
            if not 0 <= i < n:
                raise IndexOutOfRange(f"layer {self.name!r}: axis {axis} has {n}, and no {i}")
        return index


@final
@dataclass(frozen=True, slots=True)
class Flow:
    """The links from the elements of one layer to those of another, as triplets of equal length.

    `values[k]` is the gradient that comes back over a link: the derivative of target element
    `targets[k]` by source element `sources[k]`, times the loss's derivative by that target element.
    The flows that leave an exact source element add up to its gradient. `slopes[k]` is the
    derivative alone, where it is known. Links whose derivative is zero are left out.

    `total` counts all links there are; where it is larger than what is held, those of largest
    |value| are. `selected` is an element of the source whose links alone were computed, or -1.
    """

    source: str
    target: str
    sources: np.ndarray
    targets: np.ndarray
    values: np.ndarray
    kind: Kind
    slopes: np.ndarray | None = None
    total: int = -1
    selected: int = -1

    def __post_init__(self) -> None:
        lengths = {len(a) for a in (self.sources, self.targets, self.values)}
        if self.slopes is not None:
            lengths.add(len(self.slopes))
        if len(lengths) != 1:
            raise ShapeError(
                f"the flow {self.source!r} -> {self.target!r} has columns of lengths "
                f"{sorted(lengths)}"
            )
        if self.total < 0:
            object.__setattr__(self, "total", len(self.values))

    @property
    def is_whole(self) -> bool:
        """Whether every link is held."""
        return self.total == len(self.values) and self.selected < 0

    def largest(self, count: int) -> Flow:
        """The flow with the `count` links of largest |value|; NaN counts as largest, and of equal
        ones the earlier stay.
        """
        if count < 0:
            raise ArgumentError(f"top={count}: the number of links is 0 or more")
        if len(self.values) <= count:
            return self
        size = np.where(np.isnan(self.values), np.inf, np.abs(self.values))
        kept = np.sort(np.argsort(-size, kind="stable")[:count])
        slopes = None if self.slopes is None else self.slopes[kept]
        return Flow(
            self.source, self.target, self.sources[kept], self.targets[kept], self.values[kept],
            self.kind, slopes, self.total, self.selected,
        )  # fmt: skip

    def matrix(self, rows: int, columns: int) -> np.ndarray:
        """The flow as a dense array `[source elements, target elements]`, zero where no link is
        held.
        """
        dense = np.zeros((rows, columns), self.values.dtype)
        dense[self.sources, self.targets] = self.values
        return dense


def flow_of_matrix(
    source: str, target: str, dense: np.ndarray, kind: Kind, slopes: np.ndarray | None = None
) -> Flow:
    """The links of a dense `[source elements, target elements]` array that are not zero (of its
    slopes, where those are given).

    >>> import numpy as np
    >>> flow = flow_of_matrix("a", "b", np.array([[0.0, 2.0], [np.nan, 0.0]]), "given")
    >>> flow.sources.tolist(), flow.targets.tolist(), flow.values.tolist()
    ([0, 1], [1, 0], [2.0, nan])
    """
    if dense.ndim != 2:
        raise ShapeError(f"the flow {source!r} -> {target!r} has {dense.ndim} axes, and 2 are due")
    links = np.nonzero(dense if slopes is None else (slopes != 0) | (dense != 0))
    kept = None if slopes is None else slopes[links]
    return Flow(source, target, links[0], links[1], dense[links], kind, kept)
