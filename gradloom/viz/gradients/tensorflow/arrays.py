"""Numbers between TensorFlow and numpy."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import optree
import tensorflow as tf

from gradloom.ir.errors import DtypeError


def array(tensor: Any) -> np.ndarray:
    """A copy; formats that numpy lacks (bfloat16) as float32, which holds them all."""
    made = np.array(tensor.numpy())
    return made if made.dtype.kind in "biufc" else made.astype(np.float32)


def other_argument(x: Any, dtype: str | None) -> Any:
    """An argument that is not the input: an array becomes a tensor, of floats as the model's."""
    if not isinstance(x, np.ndarray):
        return x
    made = tf.convert_to_tensor(x)
    return tf.cast(made, dtype) if dtype is not None and made.dtype.is_floating else made


def eps(tensor: Any) -> float:
    """How far its numbers are apart around 1."""
    return float(2.0 ** -_BITS[tensor.dtype])


_BITS: Final = {tf.bfloat16: 7, tf.float16: 10, tf.float32: 23, tf.float64: 52}
"""Digits behind the point that a format keeps (IEEE 754-2019, table 3.5; bfloat16 has 7)."""


def is_eager(x: Any) -> bool:
    """Whether it is a tensor with numbers, not one of a graph that is being traced."""
    return isinstance(x, tf.Tensor) and not tf.is_symbolic_tensor(x)


def real_arrays(result: Any) -> list[np.ndarray]:
    """The tensors of floats in a structure."""
    return [array(x) for x in optree.tree_leaves(result) if is_eager(x) and x.dtype.is_floating]


def input_tensor(x: Any, dtype: str | None) -> Any:
    """The input: a tensor as it is, an array as the model's own numbers are (`dtype`).

    Raises `DtypeError` for whole numbers, by which there is no derivative.
    """
    if isinstance(x, tf.Tensor | tf.Variable):
        made = tf.convert_to_tensor(x)
    else:
        given = np.asarray(x)
        if given.dtype.kind not in "fiub":
            raise DtypeError(f"the input is of {given.dtype}, and real numbers are due")
        made = tf.convert_to_tensor(given)
        if dtype is not None and made.dtype.is_floating:
            made = tf.cast(made, dtype)
    if not made.dtype.is_floating:
        raise DtypeError(
            f"the input is of {made.dtype.name}, by which there is no derivative",
            hint="give floats; to look at embeddings, give what the embedding gives",
        )
    return made
