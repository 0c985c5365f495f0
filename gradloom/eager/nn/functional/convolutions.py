"""Convolutions, transposed ones, and windows laid out and summed up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradloom.eager.calls import Array, one
from gradloom.eager.products import same_dtype
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import columns, convolutions
from gradloom.frontend.nn.operands import per_axis
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location


def edges_of(
    what: str, padding: Any, kernel: tuple[int, ...], strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> convolutions.Edges:  # fmt: skip
    """Zeros before and after each axis, of numbers, 'valid' or, as in torch with steps of 1 alone,
    'same'.
    """
    if isinstance(padding, str) and padding not in ("valid", "same"):
        raise ArgumentError(
            f"{what}: padding={padding!r}", location=user_location(),
            hint="give numbers, 'valid' or 'same'",
        )  # fmt: skip
    if padding == "same" and any(step != 1 for step in strides):
        raise ArgumentError(
            f"{what}: padding='same' is not supported for strided convolutions",
            location=user_location(), hint="give the padding as numbers",
        )  # fmt: skip
    # No size is asked for: only "same" with larger steps needs one.
    sizes = (0,) * len(kernel)
    return convolutions.edges_of(what, padding, sizes, kernel, strides, dilation)


def _conv(axes: int) -> Callable[..., Tensor]:
    what = f"conv{axes}d"
    convolved = getattr(convolutions, what)

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        same_dtype(what, input, weight)
        strides = per_axis(f"{what}: stride", stride, axes)
        spread = per_axis(f"{what}: dilation", dilation, axes)
        if isinstance(padding, str):
            edges_of(what, padding, (1,) * axes, strides, spread)

        def made(x: Array, w: Array, b: Array | None = None) -> Array:
            return convolved(x, w, b, strides, padding, spread, groups)

        return one(what, made, [input, weight, *([] if bias is None else [bias])])

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"The weight (out, in / groups, *kernel) moved over {axes} axes."
    return function


def _conv_transpose(axes: int) -> Callable[..., Tensor]:
    what = f"conv_transpose{axes}d"
    convolved = getattr(convolutions, what)

    def function(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor:  # fmt: skip
        same_dtype(what, input, weight)

        def made(x: Array, w: Array, b: Array | None = None) -> Array:
            return convolved(x, w, b, stride, padding, dilation, output_padding, groups)

        return one(what, made, [input, weight, *([] if bias is None else [bias])])

    function.__name__ = function.__qualname__ = what
    function.__doc__ = f"What `conv{axes}d` does to derivatives: the weight is (in, out / groups)."
    return function


def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The windows of images, as columns: [batch, channels * kernel, windows]."""
    return one(
        "unfold", lambda x: columns.unfold(x, kernel_size, dilation, padding, stride), [input]
    )


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Tensor:  # fmt: skip
    """Images of columns of windows: where windows overlap, their sum."""
    return one(
        "fold",
        lambda x: columns.fold(x, output_size, kernel_size, dilation, padding, stride),
        [input],
    )


CONVOLUTIONS: Final[dict[str, Callable[..., Tensor]]] = {
    **{f"conv{n}d": remembered(_conv(n)) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": remembered(_conv_transpose(n)) for n in (1, 2, 3)},
    "unfold": remembered(unfold), "fold": remembered(fold),
}  # fmt: skip
"""By torch's name."""
