"""Normalization as modules."""

from __future__ import annotations

from typing import Any, Final

from gradloom.eager import creation
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import METHODS
from gradloom.eager.nn.functional.normalizing import NORMALIZING as F
from gradloom.eager.nn.layers.options import REQUIRED, module_of
from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


def _shape(normalized_shape: Any) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


def _scale(module: Module, shape: tuple[int, ...], dtype: Any, weight: bool, bias: bool) -> None:
    module.register_parameter(
        "weight", Parameter(creation.ones(shape, dtype=dtype)) if weight else None
    )
    module.register_parameter(
        "bias", Parameter(creation.zeros(shape, dtype=dtype)) if bias else None
    )


class LayerNorm(Module):
    """The last axes with mean 0 and deviation 1, scaled and shifted."""

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        affine = elementwise_affine
        _scale(self, self.normalized_shape, dtype, affine, affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        return F["layer_norm"](input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Its axes."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """The last axes divided by the root of their mean square, and scaled."""

    def __init__(
        self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape, self.eps = _shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        made = creation.ones(self.normalized_shape, dtype=dtype) if elementwise_affine else None
        self.register_parameter("weight", None if made is None else Parameter(made))

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        return F["rms_norm"](input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """Its axes."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(Module):
    """Groups of channels with mean 0 and deviation 1, scaled and shifted by channel."""

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise ArgumentError(f"GroupNorm: {num_channels} channels in {num_groups} groups")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        _scale(self, (num_channels,), dtype, affine, affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized."""
        return F["group_norm"](input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Its groups."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class _Tracking(Module):
    """A norm that keeps the running mean and variance of its channels."""

    dims: tuple[int, ...] = ()

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
        affine: bool = True, track_running_stats: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        _scale(self, (num_features,), dtype, affine, affine and bias)
        kept = track_running_stats
        zeros, ones = (f(num_features, dtype=dtype) for f in (creation.zeros, creation.ones))
        self.register_buffer("running_mean", zeros if kept else None)
        self.register_buffer("running_var", ones if kept else None)
        count = creation.zeros((), dtype="int64")
        self.register_buffer("num_batches_tracked", count if kept else None)

    def reset_running_stats(self) -> None:
        """Forget the batches."""
        if self.track_running_stats:
            with no_grad():
                METHODS["zero_"](self.running_mean)
                METHODS["fill_"](self.running_var, 1)
                METHODS["zero_"](self.num_batches_tracked)

    def extra_repr(self) -> str:
        """Its channels."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _checked(self, input: Tensor, axis: int) -> None:
        what = type(self).__name__
        if input.ndim not in self.dims:
            due = " or ".join(map(str, self.dims))
            raise ShapeError(
                f"{what}: expected {due} axes, and the input has shape {tuple(input.shape)}",
                location=user_location(),
            )
        if input.shape[axis] != self.num_features:
            raise ShapeError(
                f"{what}: the input has {input.shape[axis]} channels (axis {axis} of "
                f"{tuple(input.shape)}), and {self.num_features} are due", location=user_location(),
            )  # fmt: skip

    def _share(self) -> Any:
        """How much a batch counts; without a momentum all count the same."""
        with no_grad():
            METHODS["add_"](self.num_batches_tracked, 1)
            if self.momentum is not None:
                return self.momentum
            return METHODS["reciprocal"](self.num_batches_tracked)


class _BatchNorm(_Tracking):
    def forward(self, input: Tensor) -> Tensor:
        """The input, normalized by channel."""
        self._checked(input, 1)
        tracked = self.running_mean is not None
        learning = self.training or not tracked
        share = self._share() if self.training and tracked else 0.0
        kept = tracked and (not self.training or self.track_running_stats)
        return F["batch_norm"](
            input, self.running_mean if kept else None, self.running_var if kept else None,
            self.weight, self.bias, learning, share, self.eps,
        )  # fmt: skip


class _InstanceNorm(_Tracking):
    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        """Each sample's channels, normalized."""
        batched = input.ndim == self.dims[-1]
        self._checked(input, 1 if batched else 0)
        own = self.training or not self.track_running_stats
        given = input if batched else METHODS["unsqueeze"](input, 0)
        made = F["instance_norm"](
            given, self.running_mean, self.running_var, self.weight, self.bias, own,
            self.momentum or 0.0, self.eps,
        )  # fmt: skip
        return made if batched else METHODS["squeeze"](made, 0)


def _of(base: type[_Tracking], name: str, dims: tuple[int, ...]) -> type[Module]:
    return type(name, (base,), {"dims": dims, "__doc__": base.forward.__doc__})


def _local_text(module: Any) -> str:
    return f"{module.size}, alpha={module.alpha}, beta={module.beta}, k={module.k}"


NORMS: Final[dict[str, type[Module]]] = {
    "LayerNorm": LayerNorm, "RMSNorm": RMSNorm, "GroupNorm": GroupNorm,
    **{f"BatchNorm{n}d": _of(_BatchNorm, f"BatchNorm{n}d", (2, 3) if n == 1 else (n + 2,))
       for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": _of(_InstanceNorm, f"InstanceNorm{n}d", (n + 1, n + 2))
       for n in (1, 2, 3)},
    "LocalResponseNorm": module_of(
        "LocalResponseNorm", F["local_response_norm"], _local_text,
        size=REQUIRED, alpha=1e-4, beta=0.75, k=1.0),
}  # fmt: skip
"""By torch's name."""
