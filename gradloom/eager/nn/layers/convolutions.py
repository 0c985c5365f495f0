"""Convolutions as modules."""

from __future__ import annotations

import math
from math import prod
from typing import Any, Final

from gradloom.eager.nn.functional.convolutions import CONVOLUTIONS as F
from gradloom.eager.nn.functional.convolutions import edges_of
from gradloom.eager.nn.functional.resizing import pad
from gradloom.eager.nn.layers.linear import drawn
from gradloom.eager.nn.module import Module
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn.operands import per_axis
from gradloom.ir.errors import ArgumentError, NotSupported, ShapeError

_MODES: Final = ("zeros", "reflect", "replicate", "circular")


class _Conv(Module):
    axes: int
    transposed = False

    def _set(
        self, channels: tuple[int, int], kernel: Any, stride: Any, padding: Any, dilation: Any,
        output_padding: Any, groups: int, bias: bool, padding_mode: str, dtype: Any,
    ) -> None:  # fmt: skip
        what, axes = type(self).__name__, self.axes
        inside, outside = self.in_channels, self.out_channels = channels
        self.kernel_size = per_axis(f"{what}: kernel_size", kernel, axes)
        self.stride = per_axis(f"{what}: stride", stride, axes)
        self.dilation = per_axis(f"{what}: dilation", dilation, axes)
        self.output_padding = per_axis(f"{what}: output_padding", output_padding, axes, 0)
        self.groups, self.padding_mode = groups, padding_mode
        if groups < 1 or inside % groups or outside % groups:
            raise ArgumentError(
                f"{what}: {inside} channels in and {outside} out do not make {groups} groups"
            )
        if padding_mode not in _MODES:
            raise ArgumentError(f"{what}: padding_mode={padding_mode!r}", hint=f"modes: {_MODES}")
        # Raises for a padding that there is not.
        edges_of(what, padding, self.kernel_size, self.stride, self.dilation)
        given = isinstance(padding, str)
        self.padding = padding if given else per_axis(f"{what}: padding", padding, axes, 0)
        first, second = (inside, outside) if self.transposed else (outside, inside)
        fan = second // groups * prod(self.kernel_size)
        limit = 1 / math.sqrt(fan) if fan else 0.0
        self.weight = drawn(limit, (first, second // groups, *self.kernel_size), dtype)
        self.register_parameter("bias", drawn(limit, (outside,), dtype) if bias else None)

    def extra_repr(self) -> str:
        """Its sizes, and what is not the default."""
        axes = self.axes
        text = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        plain = {
            "padding": (0,) * axes, "dilation": (1,) * axes, "output_padding": (0,) * axes,
            "groups": 1,
        }  # fmt: skip
        for name, value in plain.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        text += ", bias=False" if self.bias is None else ""
        return text + (
            f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else ""
        )


class _Forward(_Conv):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._set((in_channels, out_channels), kernel_size, stride, padding, dilation, 0, groups,
                  bias, padding_mode, dtype)  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        """The weight moved over the input."""
        padding = self.padding
        if self.padding_mode != "zeros":
            edges = edges_of(
                type(self).__name__, padding, self.kernel_size, self.stride, self.dilation
            )
            input = pad(input, [n for edge in edges[::-1] for n in edge], self.padding_mode)
            padding = 0
        return F[f"conv{self.axes}d"](
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )


class _Transposed(_Conv):
    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True,
        dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if padding_mode != "zeros" or isinstance(padding, str):
            raise NotSupported(
                f"{type(self).__name__}: only zeros are padded, by numbers, not "
                f"{padding_mode!r} and {padding!r}"
            )
        self._set((in_channels, out_channels), kernel_size, stride, padding, dilation,
                  output_padding, groups, bias, padding_mode, dtype)  # fmt: skip

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """The input spread by the weight; `output_size` says which of the possible sizes."""
        more = self.output_padding if output_size is None else self._more(input, output_size)
        return F[f"conv_transpose{self.axes}d"](
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups,
            self.dilation,
        )  # fmt: skip

    def _more(self, x: Tensor, output_size: Any) -> tuple[int, ...]:
        wanted = tuple(output_size)[-self.axes :]
        sizes = zip(
            x.shape[-self.axes :], self.stride, self.padding, self.dilation, self.kernel_size,
            strict=True,
        )  # fmt: skip
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in sizes]
        more = tuple([w - n for w, n in zip(wanted, least, strict=True)])
        if any(m < 0 or m >= s for m, s in zip(more, self.stride, strict=True)):
            most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
            raise ShapeError(
                f"{type(self).__name__}: output_size {wanted} is not between {least} and {most}"
            )
        return more


def _of(base: type[_Conv], name: str, axes: int) -> type[Module]:
    function = f"conv{'_transpose' if base.transposed else ''}{axes}d"
    return type(name, (base,), {"axes": axes, "__doc__": F[function].__doc__})


CONVOLUTIONS: Final[dict[str, type[Module]]] = {
    **{f"Conv{n}d": _of(_Forward, f"Conv{n}d", n) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": _of(_Transposed, f"ConvTranspose{n}d", n) for n in (1, 2, 3)},
}
"""By torch's name."""
