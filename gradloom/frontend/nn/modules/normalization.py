"""Normalization, as modules. `BatchNorm` alone has a state, which `train` gives back moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from gradloom.frontend.nn import normalization
from gradloom.frontend.nn.modules.fields import Array, Buffer
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.sources import require_sizes
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


class LayerNorm(Module):
    """The last axis (or axes) with mean 0 and variance 1, times gamma, plus beta.

    `shape` is that of these axes. Without `affine` there is no gamma or beta, without `bias` no
    beta.

    >>> import numpy as np
    >>> LayerNorm(2, eps=0.0)(np.array([1.0, 3.0]))
    array([-1.,  1.])
    """

    gamma: Array | None
    beta: Array | None
    shape: tuple[int, ...]
    eps: float

    def __init__(
        self, shape: int | Sequence[int], eps: float = 1e-5, *, affine: bool = True,
        bias: bool = True, dtype: Any = float,
    ) -> None:  # fmt: skip
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        require_sizes("LayerNorm", **{f"axis {i}": n for i, n in enumerate(self.shape)})
        self.gamma = np.ones(self.shape, dtype) if affine else None
        self.beta = np.zeros(self.shape, dtype) if affine and bias else None
        self.eps = eps

    def __call__(self, x: Any) -> Any:
        """`x`, normalised."""
        require_end("LayerNorm", x, self.shape)
        axes = tuple(range(-len(self.shape), 0))
        return normalization.layer_norm(x, self.gamma, self.beta, self.eps, axes)


class RMSNorm(Module):
    """The last axis (or axes) divided by the root of the mean square, times gamma."""

    gamma: Array | None
    shape: tuple[int, ...]
    eps: float

    def __init__(
        self, shape: int | Sequence[int], eps: float = 1e-5, *, affine: bool = True,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        require_sizes("RMSNorm", **{f"axis {i}": n for i, n in enumerate(self.shape)})
        self.gamma = np.ones(self.shape, dtype) if affine else None
        self.eps = eps

    def __call__(self, x: Any) -> Any:
        """`x`, normalised."""
        require_end("RMSNorm", x, self.shape)
        axes = tuple(range(-len(self.shape), 0))
        return normalization.rms_norm(x, self.gamma, self.eps, axes)


def require_end(what: str, x: Any, shape: tuple[int, ...]) -> None:
    """Raise where an array's last sizes are others."""
    found = tuple(np.shape(x))
    if found[len(found) - len(shape) :] != shape or len(found) < len(shape):
        raise ShapeError(
            f"{what}: an input of shape {found}, where the last sizes are to be {shape}",
            location=user_location(),
        )


def require_channels(what: str, x: Any, channels: int) -> None:
    """Raise where axis 1 of an array has another size."""
    found = tuple(np.shape(x))
    if len(found) < 2 or found[1] != channels:
        raise ShapeError(
            f"{what}: an input of shape {found}, where axis 1 is to have {channels} channels",
            location=user_location(),
        )


class BatchNorm(Module):
    """Channels (axis 1) with mean 0 and variance 1, times gamma, plus beta.

    Called, it takes the running statistics `mean` and `var`. `train(x)` takes those of the batch,
    and gives `(y, module)` with the running ones moved towards them by `momentum`, the variance by
    that with n - 1, as torch does. Gradients leave the statistics out.

    >>> import numpy as np
    >>> norm = BatchNorm(2)
    >>> y, norm = norm.train(np.array([[0.0, 1.0], [2.0, 5.0]]))
    >>> norm.mean
    array([0.1, 0.3])
    """

    gamma: Array | None
    beta: Array | None
    mean: Buffer
    var: Buffer
    eps: float
    momentum: float

    def __init__(
        self, channels: int, eps: float = 1e-5, momentum: float = 0.1, *, affine: bool = True,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        require_sizes("BatchNorm", channels=channels)
        self.gamma = np.ones(channels, dtype) if affine else None
        self.beta = np.zeros(channels, dtype) if affine else None
        self.mean, self.var = normalization.batch_norm_init(channels, dtype)
        self.eps, self.momentum = eps, momentum

    def _run(self, x: Any, training: bool) -> tuple[Any, Any, Any]:
        return normalization.batch_norm(
            x, self.gamma, self.beta, self.mean, self.var, training, self.momentum, self.eps,
            unbiased=True,
        )  # fmt: skip

    def __call__(self, x: Any) -> Any:
        """`x`, normalised by the running statistics."""
        return self._run(x, False)[0]

    def train(self, x: Any, *, key: Any = None) -> tuple[Any, Self]:
        """`(x normalised by its own statistics, the module with the running ones moved)`."""
        y, mean, var = self._run(x, True)
        return y, self.replace(mean=mean, var=var)


class GroupNorm(Module):
    """Groups of channels (axis 1) with mean 0 and variance 1, scaled and shifted by channel."""

    gamma: Array | None
    beta: Array | None
    groups: int
    channels: int
    eps: float

    def __init__(
        self, groups: int, channels: int, eps: float = 1e-5, *, affine: bool = True,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        require_sizes("GroupNorm", groups=groups, channels=channels)
        if channels % groups:
            raise ShapeError(
                f"GroupNorm: {channels} channels do not make {groups} groups",
                location=user_location(),
            )
        self.gamma = np.ones(channels, dtype) if affine else None
        self.beta = np.zeros(channels, dtype) if affine else None
        self.groups, self.channels, self.eps = groups, channels, eps

    def __call__(self, x: Any) -> Any:
        """`x`, normalised."""
        require_channels("GroupNorm", x, self.channels)
        return normalization.group_norm(x, self.gamma, self.beta, self.groups, self.eps)


class InstanceNorm(Module):
    """Each channel of each sample with mean 0 and variance 1; scaled and shifted with `affine`."""

    gamma: Array | None
    beta: Array | None
    channels: int
    eps: float

    def __init__(
        self, channels: int, eps: float = 1e-5, *, affine: bool = False, dtype: Any = float
    ) -> None:
        require_sizes("InstanceNorm", channels=channels)
        self.gamma = np.ones(channels, dtype) if affine else None
        self.beta = np.zeros(channels, dtype) if affine else None
        self.channels, self.eps = channels, eps

    def __call__(self, x: Any) -> Any:
        """`x`, normalised."""
        require_channels("InstanceNorm", x, self.channels)
        return normalization.instance_norm(x, self.gamma, self.beta, self.eps)
