"""Pooling, padding, images of other sizes and dropout as modules."""

from __future__ import annotations

from typing import Any, Final

from gradloom.eager.methods import METHODS
from gradloom.eager.nn.functional.convolutions import fold, unfold
from gradloom.eager.nn.functional.pooling import POOLING as POOLS
from gradloom.eager.nn.functional.resizing import (
    channel_shuffle,
    interpolate,
    pad,
    pixel_shuffle,
    pixel_unshuffle,
)
from gradloom.eager.nn.functional.rows import ROWS
from gradloom.eager.nn.layers.options import REQUIRED, module_of, shown
from gradloom.eager.nn.module import Module
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn.operands import per_axis
from gradloom.ir.errors import ArgumentError

# ---- pooling -------------------------------------------------------------------------------------


class _Pool(Module):
    def __init__(self, kernel_size: Any, stride: Any) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride


class _MaxPool(_Pool):
    axes: int

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride)
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        """Each window's largest element."""
        return POOLS[f"max_pool{self.axes}d"](
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode,
            self.return_indices,
        )  # fmt: skip

    extra_repr = shown("kernel_size", "stride", "padding", "dilation", "ceil_mode")


class _AvgPool(_Pool):
    axes: int

    def __init__(
        self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(kernel_size, stride)
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override
        if self.axes == 1:
            for name in ("kernel_size", "stride", "padding"):
                setattr(self, name, per_axis(name, getattr(self, name), 1, 0))

    def forward(self, input: Tensor) -> Tensor:
        """Each window's mean."""
        return POOLS[f"avg_pool{self.axes}d"](  # type: ignore[no-any-return]
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode,
            self.count_include_pad, self.divisor_override,
        )  # fmt: skip

    extra_repr = shown("kernel_size", "stride", "padding")


class _MaxUnpool(_Pool):
    axes: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        axes = self.axes
        super().__init__(per_axis("kernel_size", kernel_size, axes), None)
        self.stride = self.kernel_size if stride is None else per_axis("stride", stride, axes)
        self.padding = per_axis("padding", padding, axes, 0)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """What was largest back in its place."""
        return POOLS[f"max_unpool{self.axes}d"](  # type: ignore[no-any-return]
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    extra_repr = shown("kernel_size", "stride", "padding")


def _sized(base: type[Module], name: str, axes: int) -> type[Module]:
    text = base.forward.__doc__
    return type(name, (base,), {"axes": axes, "__doc__": text})


_SIZE: Final = shown("output_size")


def _pools(n: int) -> dict[str, type[Module]]:
    mean, most, lp = f"AdaptiveAvgPool{n}d", f"AdaptiveMaxPool{n}d", f"LPPool{n}d"
    return {
        f"MaxPool{n}d": _sized(_MaxPool, f"MaxPool{n}d", n),
        f"AvgPool{n}d": _sized(_AvgPool, f"AvgPool{n}d", n),
        f"MaxUnpool{n}d": _sized(_MaxUnpool, f"MaxUnpool{n}d", n),
        mean: module_of(mean, POOLS[f"adaptive_avg_pool{n}d"], _SIZE, output_size=REQUIRED),
        most: module_of(
            most, POOLS[f"adaptive_max_pool{n}d"], _SIZE,
            output_size=REQUIRED, return_indices=False),
        lp: module_of(
            lp, POOLS[f"lp_pool{n}d"], shown("norm_type", "kernel_size", "stride", "ceil_mode"),
            norm_type=REQUIRED, kernel_size=REQUIRED, stride=None, ceil_mode=False),
    }  # fmt: skip


# ---- padding -------------------------------------------------------------------------------------


class _Pad(Module):
    axes: int
    mode: str
    filled: float | None = None

    def __init__(self, padding: Any) -> None:
        super().__init__()
        given = (padding,) * (2 * self.axes) if isinstance(padding, int) else tuple(padding)
        if len(given) != 2 * self.axes:
            raise ArgumentError(
                f"{type(self).__name__}: padding {padding} is not {2 * self.axes} numbers"
            )
        self.padding = given

    def forward(self, input: Tensor) -> Tensor:
        """The input with elements more around."""
        return pad(input, self.padding, self.mode, self.filled)

    def extra_repr(self) -> str:
        """How many more."""
        return str(self.padding)


class _ConstantPad(_Pad):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The input with a number around."""
        return pad(input, self.padding, "constant", self.value)

    extra_repr = shown("padding", "value")


def _pads(n: int) -> dict[str, type[Module]]:
    modes = {"ReflectionPad": "reflect", "ReplicationPad": "replicate", "CircularPad": "circular",
             "ZeroPad": "constant"}  # fmt: skip
    made: dict[str, type[Module]] = {}
    for start, mode in modes.items():
        name = f"{start}{n}d"
        text = f"The input with elements more around: {mode}."
        made[name] = type(name, (_Pad,), {"axes": n, "mode": mode, "__doc__": text})
    name = f"ConstantPad{n}d"
    made[name] = type(name, (_ConstantPad,), {"axes": n, "__doc__": "The input with numbers more."})
    return made


# ---- other sizes and shapes ----------------------------------------------------------------------


class Upsample(Module):
    """Images of another size."""

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
        align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        several = isinstance(scale_factor, tuple | list)
        if several:
            scale_factor = tuple([float(f) for f in scale_factor])
        elif scale_factor:
            scale_factor = float(scale_factor)
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """The input in another size."""
        return interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners,
                           self.recompute_scale_factor)  # fmt: skip

    def extra_repr(self) -> str:
        """Which size."""
        name = "scale_factor" if self.scale_factor is not None else "size"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class _UpsampleBilinear(Upsample):
    mode_: str
    corners: bool | None

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, self.mode_, self.corners)


class Flatten(Module):
    """Axes from 1 on as one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """The input with fewer axes."""
        return METHODS["flatten"](input, self.start_dim, self.end_dim)  # type: ignore[no-any-return]

    extra_repr = shown("start_dim", "end_dim")


class Unflatten(Module):
    """One axis as several."""

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """The input with more axes."""
        return METHODS["unflatten"](input, self.dim, self.unflattened_size)  # type: ignore[no-any-return]

    extra_repr = shown("dim", "unflattened_size")


# ---- dropout -------------------------------------------------------------------------------------


class _Dropout(Module):
    function: str

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ArgumentError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        """The input, thinned out while training."""
        return ROWS[self.function](input, self.p, self.training, self.inplace)  # type: ignore[no-any-return]

    extra_repr = shown("p", "inplace")


def _dropout(name: str, function: str) -> type[Module]:
    return type(name, (_Dropout,), {"function": function, "__doc__": ROWS[function].__doc__})


_PIXELS: Final[dict[str, Any]] = {"upscale_factor": REQUIRED}
WINDOWS: Final[dict[str, type[Module]]] = {
    **{name: made for n in (1, 2, 3) for name, made in (_pools(n) | _pads(n)).items()},
    "Upsample": Upsample,
    "UpsamplingNearest2d": type("UpsamplingNearest2d", (_UpsampleBilinear,), {
        "mode_": "nearest", "corners": None, "__doc__": Upsample.__doc__}),
    "UpsamplingBilinear2d": type("UpsamplingBilinear2d", (_UpsampleBilinear,), {
        "mode_": "bilinear", "corners": True, "__doc__": Upsample.__doc__}),
    "Flatten": Flatten, "Unflatten": Unflatten,
    "PixelShuffle": module_of("PixelShuffle", pixel_shuffle, shown("upscale_factor"), **_PIXELS),
    "PixelUnshuffle": module_of("PixelUnshuffle", pixel_unshuffle, shown("downscale_factor"),
                                downscale_factor=REQUIRED),
    "ChannelShuffle": module_of("ChannelShuffle", channel_shuffle, shown("groups"),
                                groups=REQUIRED),
    "Unfold": module_of("Unfold", unfold, shown("kernel_size", "dilation", "padding", "stride"),
                        kernel_size=REQUIRED, dilation=1, padding=0, stride=1),
    "Fold": module_of(
        "Fold", fold, shown("output_size", "kernel_size", "dilation", "padding", "stride"),
        output_size=REQUIRED, kernel_size=REQUIRED, dilation=1, padding=0, stride=1),
    "Dropout": _dropout("Dropout", "dropout"),
    **{f"Dropout{n}d": _dropout(f"Dropout{n}d", f"dropout{n}d") for n in (1, 2, 3)},
    "AlphaDropout": _dropout("AlphaDropout", "alpha_dropout"),
}  # fmt: skip
"""By torch's name."""
