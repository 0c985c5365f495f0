"""Abstract arguments: a shape and a dtype, no numbers."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError
from gradloom.ir.types import Shape, TensorType, dtype_of, parse_dim, parse_type, tensor_type


@final
class ShapeDtypeStruct:
    """A shape and a dtype that stand for an array; a string in the shape is a named dimension.

    >>> ShapeDtypeStruct(("batch", 784), np.float32)
    f32[batch,784]
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: Any, dtype: Any = np.float64) -> None:
        given = shape if isinstance(shape, tuple | list) else (shape,)
        self.shape: Shape = tuple(
            parse_dim(d) if isinstance(d, str) else d if isinstance(d, Dim) else int(d)
            for d in given
        )
        if any(isinstance(d, int) and d < 0 for d in self.shape):
            raise ShapeError(f"a shape with a negative size: {self.shape}")
        self.dtype = dtype_of(dtype) if isinstance(dtype, str) else np.dtype(dtype)

    @property
    def type(self) -> TensorType:
        """The same as an IR type."""
        return tensor_type(self.dtype, self.shape)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | Dim:
        """The number of elements."""
        return self.type.size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeDtypeStruct) and self.type == other.type

    def __hash__(self) -> int:
        return hash(self.type)

    def __repr__(self) -> str:
        return str(self.type)


def spec(text: str) -> ShapeDtypeStruct:
    """The abstract array that `text` writes.

    >>> spec("f32[batch, 784]")
    f32[batch,784]
    """
    type = parse_type(text)
    return ShapeDtypeStruct(type.shape, type.dtype)
