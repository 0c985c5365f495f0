"""Convolutions over 1, 2 or 3 axes, as modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from gradloom.frontend.nn import convolutions
from gradloom.frontend.nn.modules.fields import Array
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.sources import Init, first_weights, require_sizes
from gradloom.frontend.nn.operands import per_axis
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def _require_groups(what: str, inputs: int, outputs: int, groups: int) -> None:
    require_sizes(what, inputs=inputs, outputs=outputs, groups=groups)
    if inputs % groups or outputs % groups:
        raise ShapeError(
            f"{what}: groups={groups} does not divide inputs={inputs} and outputs={outputs}",
            location=user_location(),
        )


class Conv(Module):
    """What `Conv1d`, `Conv2d` and `Conv3d` share: w [out, in / groups, *kernel], b [out] or None.

    The weights begin uniform between plus and minus 1 / √(in / groups * kernel), as torch's; or as
    `init` says, one of `nn.init`, with biases of 0.
    """

    w: Array
    b: Array | None
    axes: ClassVar[int]
    function: ClassVar[Callable[..., Any]]

    def __init__(
        self, inputs: int, outputs: int, kernel: Any, stride: Any = 1, pad: Any = 0,
        dilation: Any = 1, groups: int = 1, bias: bool = True, *, init: Init | None = None,
        key: Any = None, rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        what = type(self).__name__
        _require_groups(what, inputs, outputs, groups)
        sizes = per_axis(f"{what}: kernel", kernel, self.axes)
        self.w, self.b = first_weights(
            what, (outputs, inputs // groups, *sizes), outputs if bias else 0,
            inputs // groups * math.prod(sizes), init, key, rng, dtype,
        )  # fmt: skip
        self.stride, self.pad, self.dilation, self.groups = stride, pad, dilation, groups

    def __call__(self, x: Any) -> Any:
        """[batch, out, *spatial] of x [batch, in, *spatial]; the batch may be missing."""
        return type(self).function(
            x, self.w, self.b, self.stride, self.pad, self.dilation, self.groups
        )


class Conv1d(Conv):
    """A convolution over one axis; `pad` may be "causal" too.

    >>> import numpy as np
    >>> Conv1d(2, 3, 5, pad="causal", key=0)(np.ones((1, 2, 7))).shape
    (1, 3, 7)
    """

    axes = 1
    function = staticmethod(convolutions.conv1d)


class Conv2d(Conv):
    """A convolution over two axes.

    >>> import numpy as np
    >>> Conv2d(1, 8, 3, stride=2, pad=1, key=0)(np.ones((5, 1, 28, 28))).shape
    (5, 8, 14, 14)
    """

    axes = 2
    function = staticmethod(convolutions.conv2d)


class Conv3d(Conv):
    """A convolution over three axes.

    >>> import numpy as np
    >>> Conv3d(1, 2, 3, key=0)(np.ones((1, 1, 4, 4, 4))).shape
    (1, 2, 2, 2, 2)
    """

    axes = 3
    function = staticmethod(convolutions.conv3d)


class ConvTranspose(Module):
    """What the transposed convolutions share: w [in, out / groups, *kernel], b [out] or None.

    The weights begin uniform between plus and minus 1 / √(out / groups * kernel), as torch's; or as
    `init` says, one of `nn.init`, with biases of 0.
    """

    w: Array
    b: Array | None
    axes: ClassVar[int]
    function: ClassVar[Callable[..., Any]]

    def __init__(
        self, inputs: int, outputs: int, kernel: Any, stride: Any = 1, pad: Any = 0,
        dilation: Any = 1, output_padding: Any = 0, groups: int = 1, bias: bool = True, *,
        init: Init | None = None, key: Any = None, rng: Any = None, dtype: Any = float,
    ) -> None:  # fmt: skip
        what = type(self).__name__
        _require_groups(what, inputs, outputs, groups)
        sizes = per_axis(f"{what}: kernel", kernel, self.axes)
        self.w, self.b = first_weights(
            what, (inputs, outputs // groups, *sizes), outputs if bias else 0,
            outputs // groups * math.prod(sizes), init, key, rng, dtype,
        )  # fmt: skip
        self.stride, self.pad, self.dilation = stride, pad, dilation
        self.output_padding, self.groups = output_padding, groups

    def __call__(self, x: Any) -> Any:
        """[batch, out, *spatial] of x [batch, in, *spatial]; the batch may be missing."""
        return type(self).function(
            x, self.w, self.b, self.stride, self.pad, self.dilation, self.output_padding,
            self.groups,
        )  # fmt: skip


class ConvTranspose1d(ConvTranspose):
    """A transposed convolution over one axis."""

    axes = 1
    function = staticmethod(convolutions.conv_transpose1d)


class ConvTranspose2d(ConvTranspose):
    """A transposed convolution over two axes.

    >>> import numpy as np
    >>> ConvTranspose2d(8, 1, 2, stride=2, key=0)(np.ones((5, 8, 7, 7))).shape
    (5, 1, 14, 14)
    """

    axes = 2
    function = staticmethod(convolutions.conv_transpose2d)


class ConvTranspose3d(ConvTranspose):
    """A transposed convolution over three axes."""

    axes = 3
    function = staticmethod(convolutions.conv_transpose3d)
