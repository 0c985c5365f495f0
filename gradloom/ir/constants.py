"""Constant arrays: read-only, equal by content, found again by their hash."""

from __future__ import annotations

import hashlib
import weakref
from typing import final

import numpy as np

from gradloom.ir.types import TensorType, dtype_name, type_of


@final
class Constant:
    """A read-only array; two are equal when dtype, shape and bytes are (so nan equals nan, and -0.0
    is not 0.0).
    """

    __slots__ = ("__weakref__", "_digest", "array")

    def __init__(self, array: np.ndarray) -> None:
        ours = array.dtype.isnative and array.flags.c_contiguous and not array.flags.writeable
        frozen = (
            array if ours else np.array(array, array.dtype.newbyteorder("="), order="C", copy=True)
        )
        frozen.flags.writeable = False
        self.array = frozen
        self._digest = ""

    @property
    def type(self) -> TensorType:
        """The constant's dtype and shape."""
        return type_of(self.array)

    @property
    def digest(self) -> str:
        """SHA-256 of dtype, shape and bytes, in hexadecimal; asking for it makes the constant
        findable.
        """
        if not self._digest:
            head = f"{dtype_name(self.array.dtype)}{self.array.shape}".encode()
            self._digest = hashlib.sha256(head + self.array.tobytes()).hexdigest()
            _known[self._digest] = self
        return self._digest

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Constant) or self.type != other.type:
            return False
        return self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.type)

    def __repr__(self) -> str:
        return f"Constant({self.type})"


_known: weakref.WeakValueDictionary[str, Constant] = weakref.WeakValueDictionary()


def find_constant(digest: str) -> Constant | None:
    """The constant of this process with this hash, if one is still alive."""
    return _known.get(digest)
