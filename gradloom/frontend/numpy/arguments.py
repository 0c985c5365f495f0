"""Plain arguments as numpy takes them: whole numbers, dtypes, truth values, places for results.

The functions raise what numpy raises, and say what was given; who the user called is put before
their messages on the way out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.tracer import Tracer, any_tracer
from gradloom.ir.errors import ArgumentError, CallError, DtypeError, GradloomError
from gradloom.ir.location import user_location
from gradloom.ir.types import DType, Shape


def integer(what: str, given: Any) -> int:
    """A whole number; raises `CallError` for fractions, texts and lists."""
    try:
        return operator.index(given)
    except GradloomError:
        raise
    except TypeError:
        raise CallError(
            f"{what} is a whole number, not {shown(given)}",
            location=user_location(),
            hint="divide with //, or convert with int(...)",
        ) from None


def shown(given: Any) -> str:
    """An argument as an error names it: a traced one by its type."""
    return str(given.aval) if type(given) is Tracer else repr(given)


def one_number(what: str, given: Any) -> Any:
    """The argument, unless it is an array or a list."""
    if lift(given).ndim if any_tracer(given) else np.ndim(given):
        raise ArgumentError(
            f"{what} is one number, not {shown(given)}",
            location=user_location(),
            hint="call it once for each",
        )
    return given


def real(what: str, given: Any, dtype: DType) -> Any:
    """What is written among numbers of a dtype; raises for complex ones where it is not complex."""
    x = lift(given)
    if x.dtype.kind == "c" and dtype.kind != "c":
        raise CallError(
            f"{what} is of real numbers, not {x.aval}",
            location=user_location(),
            hint="take np.real(...) of it",
        )
    return given


def written(what: str, given: Any, dtype: DType) -> Any:
    """As `real`, of what numpy stores in an array: it casts arrays and its own numbers freely."""
    return given if isinstance(given, np.ndarray | np.generic) else real(what, given, dtype)


def dtype_of(given: Any) -> DType:
    """`np.dtype(given)`; raises `DtypeError` for arrays, which numpy takes for none."""
    if isinstance(given, np.ndarray) or any_tracer(given):
        raise DtypeError(
            f"dtype= is an array, {shown(given)}",
            location=user_location(),
            hint="give its dtype: x.dtype",
        )
    made: DType = np.dtype(given)
    return made


def dtype_or(given: Any, default: DType) -> DType:
    """The dtype that is asked for, else the default."""
    return default if given is None else dtype_of(given)


def copy_mode(given: Any) -> bool | None:
    """`copy=` as True, False or None (where needed)."""
    if isinstance(given, str):
        raise ArgumentError(
            f"copy={given!r} is a text",
            location=user_location(),
            hint="copy= is True, False or None",
        )
    return None if given is None else bool(given)


def require_shape(name: str, out: Any, shape: Shape) -> None:
    """Raise `ArgumentError` unless `out=` has exactly this shape, for functions that spread no
    result over a larger one.
    """
    if out is not None and np.shape(out) != shape:
        raise ArgumentError(
            f"np.{name}: out= has shape {np.shape(out)}, and the result {shape}",
            location=user_location(),
            hint="give out= the shape of the result",
        )


def order(given: Any, default: str) -> str:
    """`order=` as "C", "F", "A" or "K"."""
    if given is None:
        return default
    if not isinstance(given, str):
        raise CallError(f"order= is a text, not {shown(given)}", hint="say order='C' or order='F'")
    if given.upper() not in ("C", "F", "A", "K"):
        raise ArgumentError(f"order= is 'C', 'F', 'A' or 'K', not {given!r}")
    return given.upper()


def require_work(max_work: Any) -> None:
    """Raise unless `max_work=` is one that numpy takes; where memory overlaps is known here."""
    if max_work is not None and not isinstance(max_work, int):
        raise ArgumentError(
            f"max_work= is a whole number, not {shown(max_work)}",
            location=user_location(),
            hint="leave it out",
        )
    if max_work is not None and max_work < -1:
        raise ArgumentError(f"max_work={max_work} is below -1", hint="leave it out")


# ---- keywords that mean the same wherever they stand ---------------------------------------------


def _require_out(name: str, given: Any) -> None:
    one = given[0] if isinstance(given, tuple) and len(given) == 1 else given
    if one is None or one is np._NoValue or one is Ellipsis or isinstance(one, np.ndarray | tuple):
        return
    if not any_tracer(one):
        raise CallError(
            f"out= is an array to write into, not {shown(given)}",
            location=user_location(),
            hint="make one with np.empty, or leave it out",
        )


def _require_casting(name: str, given: Any) -> None:
    if not isinstance(given, str):
        raise CallError(f"casting= is a text, not {shown(given)}", hint="say casting='same_kind'")
    if given not in _CASTINGS:
        raise ArgumentError(f"casting={given!r} is none of {', '.join(_CASTINGS)}")


_CASTINGS: Final = ("no", "equiv", "safe", "same_kind", "unsafe", "same_value")


def _require_cpu(name: str, given: Any) -> None:
    if given is not None and not (isinstance(given, str) and given == "cpu"):
        raise ArgumentError(
            f'Device not understood. Only "cpu" is allowed, but received: {given}',
            location=user_location(),
            hint="say where it runs with gl.compile(f, device=...)",
        )


def _require_truth(name: str, given: Any) -> None:
    if isinstance(given, np.ndarray):
        bool(given)  # raises for several elements


def _require_like(name: str, given: Any) -> None:
    if given is not None and not hasattr(type(given), "__array_function__"):
        raise CallError(
            f"like= is an array, not {given!r}", location=user_location(), hint="leave it out"
        )


def _require_no_array(name: str, given: Any) -> None:
    if given is not None:
        dtype_of(given)


_CHECKS: Final[dict[str, Callable[[str, Any], None]]] = {
    "out": _require_out,
    "casting": _require_casting,
    "device": _require_cpu,
    "like": _require_like,
    "dtype": _require_no_array,
    **dict.fromkeys(
        (
            "bias", "copy", "density", "endpoint", "equal_nan", "full",
            "hermitian", "include_initial", "increasing", "invert", "keepdims",
            "overwrite_input", "retstep", "return_index", "return_indices", "return_inverse",
            "return_counts", "returned", "right", "rowvar", "sorted", "sparse", "stable", "subok",
            "wrap",
        ),
        _require_truth,
    ),
}  # fmt: skip
"""Keyword -> what raises for a value that no function takes for it."""


def require_keywords(kwargs: dict[str, Any]) -> None:
    """Raise where a keyword has a value that numpy refuses in every function that has it."""
    for name, value in kwargs.items():
        check = _CHECKS.get(name)
        if check is not None:
            check(name, value)
