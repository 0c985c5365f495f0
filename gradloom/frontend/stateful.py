"""Tracing a function that may change what it reaches besides its arguments.

It runs on the caller's own objects first. Where it then stores a traced value into an array from
outside, all is put back, and it runs again with a traced array in that array's places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.contents import Contents
from gradloom.frontend.environment import Environment
from gradloom.frontend.guards import holders
from gradloom.frontend.record import Recorded, Writes, record
from gradloom.frontend.state import Watch
from gradloom.ir.errors import ForeignTarget


def record_call(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    static: Sequence[bool],
    environment: Environment,
    contents: Contents,
    writes: Writes,
) -> Recorded:
    """The trace of a call without values, and the changes that it makes."""
    found, replaced = holders(environment), set[int]()
    while True:
        try:
            return record(
                f,
                args,
                kwargs,
                values=False,
                paths=environment.paths,
                static=static,
                keys="later",
                writes=writes,
                watch=Watch(found, replaced, writes == "returned"),
            )
        except ForeignTarget as error:
            array = _root(error.array, environment)
            if writes != "returned" or array is None or id(array) in replaced:
                raise
            replaced.add(id(array))
            contents.restore()


def _root(array: Any, environment: Environment) -> np.ndarray | None:
    """The array with a path that this one is, or is a view of."""
    while isinstance(array, np.ndarray) and id(array) not in environment.arrays:
        array = array.base
    return array if isinstance(array, np.ndarray) else None
