"""Functions that are given lists with traced values in them, where no protocol looks.

numpy asks the arguments of `np.sum(x)` for their own version of it, but not the elements of the
list in `np.sum([a, b])`. These names are replaced while a trace runs; so are `np.r_` and `np.c_`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

from gradloom.frontend.numpy.dispatch import call, call_function
from gradloom.frontend.numpy.join import concatenate
from gradloom.frontend.numpy.lift import lift, result_dtype
from gradloom.frontend.numpy.shape import atleast_1d, reshape
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse

NAMES: Final = (
    "sum", "prod", "max", "min", "amax", "amin", "any", "all", "mean", "var", "std", "average",
    "median", "percentile", "quantile", "nansum", "nanmean", "nanmax", "nanmin", "argmax", "argmin",
    "ptp", "cumsum", "cumprod", "count_nonzero", "sort", "argsort", "ravel", "reshape", "transpose",
    "squeeze", "expand_dims", "flip", "roll", "tile", "repeat", "append", "insert", "diff", "dot",
    "inner", "outer", "vdot", "cross", "kron", "tensordot", "trace", "clip", "round", "take", "pad",
    "interp", "trapezoid", "polyval", "convolve", "cov", "block", "atleast_1d", "atleast_2d",
    "real", "imag", "shape", "ndim", "size",
)  # fmt: skip
"""numpy's functions of arrays that users call with lists."""


def seen(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`original`, or our function where a list or tuple among the arguments holds a tracer."""
    for x in (*args, *kwargs.values()):
        if isinstance(x, list | tuple) and any_tracer(x):
            return call_function(original, args, kwargs)
    return original(*args, **kwargs)


@final
class Joined:
    """`np.r_` or `np.c_`, which joins what stands in its brackets."""

    __slots__ = ("columns", "original")

    def __init__(self, original: Any, columns: bool) -> None:
        self.original = original
        self.columns = columns

    def __getitem__(self, key: Any) -> Any:
        if current_trace() is None or not any_tracer(key):
            return self.original[key]
        return call(self._joined, (key if isinstance(key, tuple) else (key,),), {})

    def __len__(self) -> int:
        return 0

    def _joined(self, key: tuple[Any, ...]) -> Any:
        if any(isinstance(item, str) for item in key):
            raise refuse(
                "np.c_" if self.columns else "np.r_",
                "a directive is not offered",
                "use np.concatenate or np.stack",
            )
        given = [self.original[item].ravel() if isinstance(item, slice) else item for item in key]
        parts = [lift(x) for x in given]
        shaped = [_column(x) if self.columns else atleast_1d(x) for x in parts]
        return concatenate(
            shaped, -1 if self.columns else 0, dtype=result_dtype(parts), casting="unsafe"
        )


def _column(x: Tracer) -> Tracer:
    return x if x.ndim > 1 else reshape(x, (-1, 1))
