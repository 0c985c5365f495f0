"""Which function stands for which of numpy's, by identity; the areas' tables are listed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gradloom.frontend.numpy import (
    apply,
    assign,
    calculus,
    closeness,
    contract,
    convolve,
    covariance,
    create,
    decompositions,
    diagonal,
    einsum,
    fft,
    histograms,
    integers,
    join,
    linalg,
    nans,
    norms,
    padding,
    parts,
    polyfit,
    polynomial,
    positions,
    pseudoinverse,
    quantile,
    rearrange,
    reduce,
    roots,
    running,
    search,
    select,
    sets,
    shape,
    sort,
    special,
    spread,
)
from gradloom.frontend.numpy.masked import on_function, resolved
from gradloom.frontend.selection import is_selected
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import GradloomError
from gradloom.ir.location import user_location

Table = Mapping[Callable[..., Any], Callable[..., Any]]
"""numpy's function -> ours, which takes the same arguments."""

AREAS: Final[tuple[Table, ...]] = (
    apply.TABLE,
    assign.TABLE,
    calculus.TABLE,
    closeness.TABLE,
    contract.TABLE,
    convolve.TABLE,
    covariance.TABLE,
    create.TABLE,
    decompositions.TABLE,
    diagonal.TABLE,
    einsum.TABLE,
    fft.TABLE,
    histograms.TABLE,
    integers.TABLE,
    join.TABLE,
    linalg.TABLE,
    nans.TABLE,
    norms.TABLE,
    padding.TABLE,
    parts.TABLE,
    polyfit.TABLE,
    polynomial.TABLE,
    positions.TABLE,
    pseudoinverse.TABLE,
    quantile.TABLE,
    rearrange.TABLE,
    reduce.TABLE,
    roots.TABLE,
    running.TABLE,
    search.TABLE,
    select.TABLE,
    sets.TABLE,
    shape.TABLE,
    sort.TABLE,
    special.TABLE,
    spread.TABLE,
)
FUNCTIONS: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    f: g for area in AREAS for f, g in area.items()
}


def call_function(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `function(*args, **kwargs)` gives on traced values; raises `NotSupported` for one
    without a traced form.
    """
    if any(map(is_selected, args)) or any(map(is_selected, kwargs.values())):
        made = call(on_function, (function, args, kwargs), {})
        if made is not NotImplemented:
            return made
        args = tuple(map(resolved, args))
        kwargs = {name: resolved(value) for name, value in kwargs.items()}
    ours = FUNCTIONS.get(function)
    if (
        ours is None
    ):  # numpy's names are replaced while a trace runs; the replacement knows the original
        ours = FUNCTIONS.get(getattr(function, "__wrapped__", function))
    if ours is None:
        module = (getattr(function, "__module__", "") or "numpy").replace("numpy", "np", 1)
        raise refuse(f"{module}.{function.__name__}", "this function has no traced form yet")
    return call(ours, args, kwargs)


def call(ours: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`ours(*args, **kwargs)`, its nodes and errors with the user's line."""
    trace = require_trace()
    trace.builder.location = user_location()
    try:
        return ours(*args, **kwargs)
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise
