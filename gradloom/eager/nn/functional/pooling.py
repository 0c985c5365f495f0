"""Pooling: each window's largest element, mean or norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradloom.eager.calls import Array, one, several
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import pooling


def _named(function: Callable[..., Any], what: str, text: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = what
    function.__doc__ = text
    return function


def _largest(what: str, x: Tensor, pooled: Callable[[Array], Any], return_indices: bool) -> Any:
    """Each window's first largest element, and its place in the plane where it is asked for."""
    return several(what, pooled, [x]) if return_indices else one(what, pooled, [x])


def _max_pool(axes: int) -> Callable[..., Any]:
    what = f"max_pool{axes}d"
    pooled = getattr(pooling, what)

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        options = (kernel_size, stride, padding, dilation, ceil_mode, return_indices)
        return _largest(what, input, lambda x: pooled(x, *options), return_indices)

    return _named(function, what, "Each window's largest element.")


def _avg_pool(axes: int) -> Callable[..., Tensor]:
    what = f"avg_pool{axes}d"
    pooled = getattr(pooling, what)

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        ceil_mode: bool = False, count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:  # fmt: skip
        options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return one(what, lambda x: pooled(x, *options), [input])

    return _named(function, what, "Each window's mean.")


def _lp_pool(axes: int) -> Callable[..., Tensor]:
    what = f"lp_pool{axes}d"
    pooled = getattr(pooling, what)

    def function(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None,
        ceil_mode: bool = False,
    ) -> Tensor:  # fmt: skip
        return one(what, lambda x: pooled(x, norm_type, kernel_size, stride, ceil_mode), [input])

    return _named(function, what, "Each window's p-norm.")


def _adaptive_avg(axes: int) -> Callable[..., Tensor]:
    what = f"adaptive_avg_pool{axes}d"
    pooled = getattr(pooling, what)

    def function(input: Tensor, output_size: Any) -> Tensor:
        return one(what, lambda x: pooled(x, output_size), [input])

    return _named(function, what, "So many means, of windows that share the elements evenly.")


def _adaptive_max(axes: int) -> Callable[..., Any]:
    what = f"adaptive_max_pool{axes}d"
    pooled = getattr(pooling, what)

    def function(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        return _largest(
            what, input, lambda x: pooled(x, output_size, return_indices), return_indices
        )

    return _named(function, what, "So many largest elements.")


def _max_unpool(axes: int) -> Callable[..., Tensor]:
    what = f"max_unpool{axes}d"
    spread = getattr(pooling, what)

    def function(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0,
        output_size: Any = None,
    ) -> Tensor:  # fmt: skip
        options = (kernel_size, stride, padding, output_size)
        return one(what, lambda x, at: spread(x, at, *options), [input, indices])

    return _named(function, what, "What was largest back in its place, zeros elsewhere.")


POOLING: Final[dict[str, Callable[..., Any]]] = {
    **{f"max_pool{n}d": remembered(_max_pool(n)) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": remembered(_avg_pool(n)) for n in (1, 2, 3)},
    **{f"lp_pool{n}d": remembered(_lp_pool(n)) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": remembered(_adaptive_avg(n)) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": remembered(_adaptive_max(n)) for n in (1, 2, 3)},
    **{f"max_unpool{n}d": remembered(_max_unpool(n)) for n in (1, 2, 3)},
}  # fmt: skip
"""By torch's name."""
