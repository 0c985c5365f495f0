"""Trees of arrays in another precision."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.signature import flatten, unflatten
from gradloom.ir.errors import DtypeError
from gradloom.ir.types import dtype_of, is_inexact

_COMPLEX: Final = {np.dtype(np.float32): np.complex64, np.dtype(np.float64): np.complex128}


def dtype_named(dtype: Any) -> np.dtype:
    """The dtype of "f32", "bf16", `np.float16`; raises `DtypeError` for what is no float."""
    try:
        found = dtype_of(dtype) if isinstance(dtype, str) else np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"{dtype!r} names no dtype", hint='say "f32", "f64", "bf16"') from error
    if not is_inexact(found):
        raise DtypeError(f"parameters are cast to floats, not to {found}")
    return found


def cast(tree: Any, dtype: Any) -> Any:
    """The tree with its arrays of floats in this dtype; complex ones in that of the same precision,
    integers as they are.
    """
    due = dtype_named(dtype)
    leaves, spec = flatten(tree)
    return unflatten(spec, [_cast(x, due) for x in leaves])


def _cast(x: Any, due: np.dtype) -> Any:
    own = getattr(x, "dtype", None)
    if own is None or not is_inexact(own):
        return x
    if own.kind == "c" and due.kind != "c":
        due = np.dtype(_COMPLEX.get(due, np.complex64))
    return x if own == due else x.astype(due)
