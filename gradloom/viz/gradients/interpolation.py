"""Flows where nobody computed any: made up from the gradients at both ends, and marked as such.

interpolated   vnittest's rule: F0[i,j] = s_i / t_j (0 where t_j = 0), and each row divided by
               the sum of its absolute values. It links every source with every target, and of
               a source's gradient only the sign is left.
reached        ours: a source's gradient s_i is shared among the targets that a small kernel
               lets it reach, in proportion to |t_j| (evenly where these are all zero). What
               leaves a source adds up to its gradient, as of true flows; none leaps across.
"""

from __future__ import annotations

import numpy as np

from gradloom.viz.gradients.layer import Flow, Layer, flow_of_matrix

KERNEL = 3
"""The width of the kernel that `reached` supposes: the commonest of convolutions."""


def interpolated(source: Layer, target: Layer, s: np.ndarray, t: np.ndarray) -> Flow:
    """The flow by vnittest's rule from the flat gradients of both layers.

    >>> import numpy as np
    >>> a, b = Layer("a", (1, 2)), Layer("b", (1, 2))
    >>> interpolated(a, b, np.array([-3.0, 0.0]), np.array([2.0, 0.5])).values
    array([-0.2, -0.8])
    """
    with np.errstate(all="ignore"):
        ratio = np.divide.outer(s, t)
        first = np.where(t == 0, 0.0, ratio)
        sums = np.abs(first).sum(axis=1, keepdims=True)
        dense = np.where(sums == 0, 0.0, first / sums)
    return flow_of_matrix(source.name, target.name, dense, "interpolated")


def reached(source: Layer, target: Layer, s: np.ndarray, t: np.ndarray) -> Flow:
    """The flow by our rule; leading axes (channels) are all linked with all.

    >>> import numpy as np
    >>> a, b = Layer("a", (1, 4)), Layer("b", (1, 4))
    >>> reached(a, b, np.array([1.0, 0.0, 0.0, 0.0]), np.array([3.0, 1.0, 9.0, 9.0])).values
    array([0.75, 0.25])
    """
    near = _near(source, target)
    weights = np.where(near, np.abs(t), 0.0)
    sums = weights.sum(axis=1, keepdims=True)
    weights = np.where((sums == 0) & near, 1.0, weights)
    with np.errstate(all="ignore"):
        dense = s[:, None] * (weights / weights.sum(axis=1, keepdims=True))
    dense = np.where(near & (weights != 0), dense, 0.0)
    return flow_of_matrix(source.name, target.name, dense, "reached")


def _near(source: Layer, target: Layer) -> np.ndarray:
    """Whether a kernel lets source element i reach target element j: `[source, target]`.

    Cells stand at their place in a picture of size 1; a kernel reaches half its width in cells of
    the coarser of both layers. Where nothing is that near, the nearest is.
    """
    if len(source.shape) < 2 or len(target.shape) < 2:
        return np.ones((source.size, target.size), bool)
    near = np.ones((1, 1), bool)
    for n, m in zip(source.shape[-2:], target.shape[-2:], strict=True):
        distance = np.abs(np.subtract.outer((np.arange(n) + 0.5) / n, (np.arange(m) + 0.5) / m))
        # Half a kernel, and a hair for the rounding of centres that stand at its very edge.
        reach = KERNEL / 2 / min(n, m) - 1e-9
        axis = (distance < reach) | (distance <= distance.min(axis=1, keepdims=True) + 1e-12)
        near = np.kron(near, axis)
    planes = (source.size // near.shape[0], target.size // near.shape[1])
    return np.kron(np.ones(planes, bool), near)
