"""What the arrays that a function reaches from outside held when it was traced.

An array that the function hands to traced operations is an input, read anew at every call. What
numpy computes from it alone (`W.sum()`, `if mask.any()`, `float(w[0])`) never meets the trace and
is part of the program, so contents are watched: a change traces again. Where the program stays the
same, the array is an input and nothing else; after two such changes it is watched no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.environment import Environment
from gradloom.frontend.guards import arrays_reader
from gradloom.frontend.trace import same_bits

_ENOUGH: Final = 2
"""Changes without effect on the program after which an input is watched no more."""
_SMALL: Final = 16_384
"""Bytes up to which comparing copies is faster than numpy's comparison (0.3 against 5 us)."""
_ANY_NAME: Final = frozenset({"getattr", "vars", "__dict__", "__getattribute__"})


@final
class Contents:
    """The watched arrays: labels, a function that reads them now, and copies of what they held."""

    __slots__ = ("_labels", "_read", "_then")

    def __init__(
        self, environment: Environment, inputs: set[int], settled: Mapping[str, int]
    ) -> None:
        """`inputs`: the arrays that the trace took as inputs; `settled`: changes without effect,
        by label.
        """
        watched = [
            (identity, label)
            for identity, label in environment.paths.items()
            if _is_named(label, environment.names)
            and not (identity in inputs and settled.get(label, 0) >= _ENOUGH)
        ]
        self._labels = [label for _, label in watched]
        self._read = arrays_reader(environment, [identity for identity, _ in watched])
        self._then = [x.copy() for x in self._read()]

    def same(self) -> bool:
        """Whether every watched array holds what it held."""
        if not self._then:
            return True
        try:
            now = self._read()
        except Exception:
            return False
        return all(_equal(a, b) for a, b in zip(now, self._then, strict=True))

    def restore(self) -> None:
        """Put back what the arrays held."""
        for now, then in zip(self._read(), self._then, strict=True):
            if not _equal(now, then):
                now[...] = then

    def changed(self) -> list[str]:
        """The labels of those that do not."""
        try:
            now = self._read()
        except Exception:
            return list(self._labels)
        rows = zip(self._labels, now, self._then, strict=True)
        return [label for label, a, b in rows if not _equal(a, b)]


def _equal(now: Any, then: np.ndarray) -> bool:
    if not isinstance(now, np.ndarray) or now.dtype != then.dtype or now.shape != then.shape:
        return False
    if now.nbytes <= _SMALL:
        return now.tobytes() == then.tobytes()
    return same_bits(now, then)


def _is_named(label: str, names: set[str]) -> bool:
    """Whether the code names what the label ends in: a class may hold much that this function
    never looks at.
    """
    last = label.partition("[")[0].rpartition(".")
    return not last[1] or last[2] in names or not names.isdisjoint(_ANY_NAME)
