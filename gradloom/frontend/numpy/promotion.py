"""numpy's own promotion: the dtypes that a ufunc's loop takes and gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import Tag, cast
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.types import DType, tensor_type

_loops: dict[tuple[Any, ...], tuple[DType, ...]] = {}


def loop_dtypes(
    ufunc: np.ufunc, tags: tuple[Tag, ...], dtype: DType | None = None, casting: Any = "same_kind"
) -> tuple[DType, ...]:
    """The dtypes that numpy's loop takes and gives for operands of these tags."""
    key = (ufunc, tags, dtype, casting)
    found = _loops.get(key)
    if found is None:
        asked: dict[str, Any] = (
            {} if dtype is None else {"signature": (*[None] * ufunc.nin, *[dtype] * ufunc.nout)}
        )
        given: Any = (*tags, *[None] * ufunc.nout)
        try:
            found = ufunc.resolve_dtypes(given, casting=casting, **asked)
        except TypeError as error:
            names = " and ".join(t.__name__ if isinstance(t, type) else str(t) for t in tags)
            raise DtypeError(
                f"np.{ufunc.__name__} is not defined for {names}",
                location=user_location(),
                hint="convert with astype",
            ) from error
        _loops[key] = found
    return found


def as_operand(x: Tracer, dtype: DType) -> Operand:
    """The tracer's operand in this dtype; a Python integer that does not fit is an
    OverflowError, as in numpy.
    """
    value = x.here(require_trace())
    if (
        x.kind == "weak"
        and dtype.kind in "iu"
        and hasattr(value, "value")
        and value.type.dtype.kind in "iu"
    ):
        return literal(dtype.type(int(value.value)), tensor_type(dtype, value.type.shape))
    return cast(value, dtype)
