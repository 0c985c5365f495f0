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
    emath,
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
    refused,
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
from gradloom.frontend.numpy.arguments import require_keywords
from gradloom.frontend.numpy.masked import on_function, resolved
from gradloom.frontend.numpy.told import public_name, told
from gradloom.frontend.numpy.views import lay_whole
from gradloom.frontend.params.ambient import plain
from gradloom.frontend.revived import plainly
from gradloom.frontend.selection import is_selected
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import refuse
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
    emath.TABLE,
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
    refused.TABLE,
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
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], what: str = ""
) -> Any:
    """What `function(*args, **kwargs)` gives on traced values; raises `NotSupported` for one
    without a traced form. `what`: how the user wrote it, when that is not the function's name.
    """
    if current_trace() is None:
        return plainly(function, *args, **kwargs)
    args, kwargs = plain(args), plain(kwargs)
    if any(map(is_selected, args)) or any(map(is_selected, kwargs.values())):
        made = call(on_function, (function, args, kwargs), {}, what or function)
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
        raise refuse(public_name(function), "this function has no traced form yet")
    made = call(ours, args, kwargs, what or function)
    lay_whole(made, (*args, *kwargs.values()) if kwargs else args)
    return made


def call(
    ours: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    what: str | Callable[..., Any],
) -> Any:
    """`ours(*args, **kwargs)`, its nodes with the user's line; its errors also name `what`."""
    trace = require_trace()
    trace.builder.location = location = user_location()
    try:
        if kwargs:
            require_keywords(kwargs)
        return ours(*args, **kwargs)
    except Exception as error:
        shown = told(error, what if isinstance(what, str) else public_name(what), location)
        if shown is error:
            raise
        raise shown from error
