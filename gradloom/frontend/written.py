"""Arguments that a function changes in place: the changes as results, and their way back into the
caller's arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import NotSupported, ShapeError, TraceError

_EFFORT: Final = 10_000
"""Candidates that numpy tries at most before two arrays count as overlapping."""
_COPY: Final = "work on a copy: inside the function, start with  y = x.copy()"


@final
@dataclass(frozen=True, slots=True)
class Written:
    """Which leaves of the arguments are changed, and which leaves of the result are such an
    argument itself.
    """

    leaves: tuple[int, ...]
    names: tuple[str, ...]
    returned: tuple[tuple[int, int], ...]
    """Pairs of a leaf of the result and the leaf of the arguments that it is."""

    def notes(self, count: int) -> tuple[str, ...]:
        """What a graph of `count` results says of the last ones: whose new contents they are."""
        first = count - len(self.names)
        return tuple(
            f"argument '{name}' is changed in place: its new content is result {first + i + 1}"
            for i, name in enumerate(self.names)
        )

    def beside(self, result: Any, given: Sequence[Any]) -> Any:
        """The result, and the changed arguments by name."""
        return result, {name: given[i] for i, name in zip(self.leaves, self.names, strict=True)}

    def require(self, leaves: Sequence[Any], hidden: Sequence[Any]) -> None:
        """Raise where these arguments cannot take the changes, or other arrays would show them."""
        arrays = [*leaves, *hidden]
        for i, name in zip(self.leaves, self.names, strict=True):
            _require_writable(leaves[i], name)
            for j, other in enumerate(arrays):
                if i != j and _overlap(leaves[i], other):
                    what = f"argument {j + 1}" if j < len(leaves) else "an array from outside"
                    raise TraceError(
                        f"argument '{name}' is changed in place, and {what} shares its memory",
                        hint="pass copies: each array that is changed in memory of its own",
                    )

    def apply(self, made: Any, leaves: Sequence[Any]) -> Any:
        """The function's own result, after the changes went into the caller's arrays."""
        result, changed = made
        for i, name in zip(self.leaves, self.names, strict=True):
            if isinstance(leaves[i], np.ndarray):
                leaves[i][...] = changed[name]
            else:
                leaves[i].copy_(changed[name])
        if not self.returned:
            return result
        own, tree = flatten(result)
        for place, i in self.returned:
            own[place] = leaves[i]
        return unflatten(tree, own)


def written_by(given: Sequence[Any], names: Sequence[str], result: Any) -> Written | None:
    """What a function that ran on these tracers changed; None where it changed nothing."""
    for x, name in zip(given, names, strict=True):
        if type(x) is Tracer and x.reshaped:
            raise TraceError(
                f"argument '{name}' is given another shape in place, and the caller's array would "
                "not be", hint=f"work on a view:  y = {name}.reshape(...)",
            )  # fmt: skip
    leaves = [i for i, x in enumerate(given) if type(x) is Tracer and x.version]
    if not leaves:
        return None
    at = {id(given[i]): i for i in leaves}
    pairs = [(n, at[id(x)]) for n, x in enumerate(flatten(result)[0]) if id(x) in at]
    return Written(tuple(leaves), _distinct([names[i] for i in leaves]), tuple(pairs))


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, numbered where two are equal."""
    return tuple(f"{name}_{i}" if name in names[:i] else name for i, name in enumerate(names))


def _require_writable(x: Any, name: str) -> None:
    if isinstance(x, np.ndarray):
        if not x.flags.writeable:
            raise ShapeError(
                f"argument '{name}' is changed in place: assignment destination is read-only",
                hint=_COPY,
            )
        if any(step == 0 and size > 1 for step, size in zip(x.strides, x.shape, strict=True)):
            raise TraceError(
                f"argument '{name}' is changed in place, and its elements share memory", hint=_COPY
            )
    elif not hasattr(x, "copy_"):  # torch's tensors can be changed; jax's and TensorFlow's not
        raise NotSupported(
            f"argument '{name}' is changed in place, and a {type(x).__name__} cannot be",
            hint=_COPY,
        )


def _overlap(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):
        return _same_storage(x, y)
    try:
        return np.shares_memory(x, y, max_work=_EFFORT)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _same_storage(x: Any, y: Any) -> bool:
    """Whether two of torch's tensors are views of one storage."""
    if not (hasattr(x, "untyped_storage") and hasattr(y, "untyped_storage")):
        return False
    return bool(x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr())
