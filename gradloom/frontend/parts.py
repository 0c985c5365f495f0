"""Arrays that are part of the memory of another, which has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np


@final
@dataclass(frozen=True, slots=True)
class Part:
    """How an array lies in the memory of another that has a path (`w.T`, `w[0]`)."""

    base: int
    base_strides: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    offset: int
    strides: tuple[int, ...]

    def of(self, base: Any) -> Any:
        """The same part of what stands at the path now; None when that lies differently in
        memory.
        """
        if not isinstance(base, np.ndarray) or base.strides != self.base_strides:
            return None
        buffer = base if base.flags.c_contiguous else base.T
        return np.ndarray(self.shape, self.dtype, buffer, self.offset, self.strides)


def part_of(array: np.ndarray, paths: Mapping[int, str]) -> Part | None:
    """Which part of an array with a path it is, if any."""
    base = array.base
    while isinstance(base, np.ndarray) and id(base) not in paths:
        base = base.base
    if not isinstance(base, np.ndarray) or not (base.flags.c_contiguous or base.flags.f_contiguous):
        return None
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return Part(id(base), base.strides, array.shape, array.dtype, offset, array.strides)
