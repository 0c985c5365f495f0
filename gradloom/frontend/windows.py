"""Results that are views of an array which the function changed: how the caller's own array is
looked at to give the same view.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from gradloom.frontend.layouts import Strides
from gradloom.frontend.numpy.addresses import addresses
from gradloom.frontend.numpy.memory import is_read_only
from gradloom.frontend.numpy.views import root_of, settle, strides_of
from gradloom.frontend.tracer import Tracer

Part = Literal["", "real", "imag"]


@final
@dataclass(frozen=True, slots=True)
class Window:
    """A view by where its first element stands in the array, and its shape and steps in bytes."""

    first: tuple[int, ...]
    shape: tuple[int, ...]
    strides: Strides
    part: Part = ""
    is_read_only: bool = False

    def of(self, array: np.ndarray) -> np.ndarray:
        """The view of this array, which lies in memory as the one that was traced."""
        whole = getattr(array, self.part) if self.part else array
        start = whole[tuple([slice(i, i + 1) for i in self.first])]
        return np.lib.stride_tricks.as_strided(
            start, self.shape, self.strides, writeable=not self.is_read_only
        )


@final
@dataclass(frozen=True, slots=True)
class Returned:
    """A leaf of the result that is an array of the caller's, or a view of one."""

    place: int
    source: Literal["argument", "hidden"]
    at: int
    window: Window | None
    """None: the array itself."""

    def put(self, result: list[Any], sources: Mapping[str, Sequence[Any]]) -> None:
        """Set it in the result's leaves, where the caller's array is one of numpy's or is given
        back whole.
        """
        array = sources[self.source][self.at]
        if self.window is None:
            result[self.place] = array
        elif isinstance(array, np.ndarray):
            result[self.place] = self.window.of(array)


def returned(
    leaves: Sequence[Any], source: Literal["argument", "hidden"], changed: Mapping[int, Tracer]
) -> Iterator[Returned]:
    """The leaves of a result that are one of these changed arrays, or views of one."""
    numbers = {id(x): i for i, x in changed.items()}
    for place, x in enumerate(leaves):
        if type(x) is not Tracer or x.kind != "array":
            continue
        if id(x) in numbers:
            yield Returned(place, source, numbers[id(x)], None)
            continue
        for one in (x, root_of(x)):
            settle(one)  # reshapes become the views or copies that they are
        root = root_of(x)
        window = window_of(x) if id(root) in numbers else None
        if window is not None:
            yield Returned(place, source, numbers[id(root)], window)


def window_of(x: Tracer) -> Window | None:
    """How x looks at its root; None where that is not known, or it reads other numbers."""
    root = root_of(x)
    places, every = addresses(x), addresses(root)
    if places is None or every is None or not places.size:
        return None
    corner = (0,) * places.ndim
    start = int(places[corner])
    own = strides_of(x) or corner
    steps = [
        int(places[(*corner[:axis], 1, *corner[axis + 1 :])]) - start if size > 1 else own[axis]
        for axis, size in enumerate(places.shape)
    ]
    rows: Any = np.indices(places.shape, sparse=True)
    if not np.array_equal(places, start + sum(r * s for r, s in zip(rows, steps, strict=True))):
        return None
    part: Part = "" if x.dtype == root.dtype else "real" if start in every else "imag"
    found = np.argwhere(every == (start - root.itemsize // 2 if part == "imag" else start))
    if not len(found):
        return None
    if root.given:
        root.owner.depend_on_layouts()
    first = tuple([int(i) for i in found[0]])
    return Window(first, places.shape, tuple(steps), part, is_read_only(x))
