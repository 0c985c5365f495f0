"""numpy's own promotion: the dtypes that a ufunc's loop takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.frontend.numpy.arguments import dtype_of
from gradloom.frontend.numpy.lift import Tag, cast
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.types import DType, tensor_type

_loops: dict[tuple[Any, ...], tuple[DType, ...]] = {}


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """What a call says of the loop: a dtype or None for each operand and result, and `casting`."""

    signature: tuple[DType | None, ...]
    casting: Any = "same_kind"


def asked_of(ufunc: np.ufunc, kwargs: dict[str, Any]) -> Asked | None:
    """`dtype=`, `signature=` (or `sig=`) and `casting=` taken out of a call's keywords."""
    casting = kwargs.pop("casting", "same_kind")
    forms = [n for n in ("dtype", "signature", "sig") if kwargs.get(n) is not None]
    given = [kwargs.pop(name, None) for name in ("dtype", "signature", "sig")]
    if len(forms) > 1:
        raise TypeError("cannot specify both 'signature' and 'dtype'")
    if not forms:
        nothing = (None,) * (ufunc.nin + ufunc.nout)
        return None if casting == "same_kind" else Asked(nothing, casting)
    form = next(g for g in given if g is not None)
    if forms != ["dtype"] and not isinstance(form, tuple) and "->" not in str(form):
        raise TypeError("Use `dtype` or fill the tuple with more than one 'None'.")
    return Asked(_signature(ufunc, form), casting)


def _signature(ufunc: np.ufunc, form: Any) -> tuple[DType | None, ...]:
    """One dtype for the results; text like "ff->f"; or a tuple with an entry for each."""
    if isinstance(form, str) and "->" in form:
        form = tuple(form.replace("->", ""))
    if not isinstance(form, tuple):
        return (*[None] * ufunc.nin, *[dtype_of(form)] * ufunc.nout)
    if len(form) != ufunc.nin + ufunc.nout:
        raise ValueError(
            f"a type-tuple must be specified of length {ufunc.nin + ufunc.nout} "
            f"for ufunc '{ufunc.__name__}'"
        )
    return tuple([None if d is None else dtype_of(d) for d in form])


def loop_dtypes(
    ufunc: np.ufunc, tags: tuple[Tag, ...], asked: Asked | None = None
) -> tuple[DType, ...]:
    """The dtypes that numpy's loop takes and gives for operands of these tags."""
    key = (ufunc, tags, asked)
    found = _loops.get(key)
    if found is None:
        given: Any = (*tags, *[None] * ufunc.nout)
        wanted: dict[str, Any] = {}
        if asked is not None:
            wanted["casting"] = asked.casting
            if any(d is not None for d in asked.signature):
                wanted["signature"] = asked.signature
        try:
            found = ufunc.resolve_dtypes(given, **wanted)
            if found[0].kind == "O" and all(tag is int for tag in tags):
                # numpy compares two Python integers as objects, of any size
                found = ufunc.resolve_dtypes((*[np.dtype(int)] * len(tags), *given[len(tags) :]))
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
