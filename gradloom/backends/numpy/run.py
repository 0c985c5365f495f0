"""The numpy backend: arrays are what they are, the emitted function runs as it stands."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.backends.backend import Backend, Dialect, Runner
from gradloom.backends.numpy.plan import memory_plan
from gradloom.backends.numpy.table import ABSENT, TABLE
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.graph import Value
from gradloom.ir.types import DType


def _dtype(dtype: DType) -> str:
    if dtype.kind == "V":
        return f"ml_dtypes.{dtype.name}"
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype.name}"


def _full(shape: str, number: str, dtype: str, site: Site) -> str:
    if number in ("0", "0.0", "False"):
        return f"np.zeros({shape}, {dtype})"
    return f"np.full({shape}, {number}, {dtype})"


_SHARED: Final = frozenset([o.constant, o.broadcast_to, o.iota])


def _returned(result: Any, text: str) -> str:
    """Constants and broadcasts are read-only or shared, so the caller is given a copy."""
    shared = isinstance(result, Value) and result.node is not None and result.node.op in _SHARED
    return f"np.array({text})" if shared else text


def _from_numpy(array: Any, device: str | None) -> Any:
    return np.asarray(array)


BACKEND: Final = Backend(
    name="numpy",
    package="numpy",
    extra="",
    table=TABLE,
    absences=ABSENT,
    dialect=Dialect(
        imports=("import numpy as np",),
        names=("np", "ml_dtypes"),
        dtype=_dtype,
        scalar=lambda number, dtype: f"{dtype}({number})",
        full=_full,
        constant=lambda text, cast: f"{text}.astype({cast})" if cast else text,
        # ml_dtypes' arrays take a Python number for a f32.
        bare_numbers=lambda dtype: dtype.kind != "V",
        returned=_returned,
        # Zero division, overflow and NaN are values here, as in the other frameworks.
        decorator='@np.errstate(all="ignore")',
    ),
    runner=Runner(
        is_native=lambda x: isinstance(x, np.ndarray | np.generic),
        from_numpy=_from_numpy,
        to_numpy=np.asarray,
    ),
    plan=memory_plan,
)
