"""Gradients made smaller: by their norm as a whole, or element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.optim.options import check_least
from gradloom.frontend.optim.rule import Array
from gradloom.frontend.optim.trees import Tree, kind
from gradloom.frontend.signature import flatten
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, GradloomError

_LESS = 1e-6
"""What torch adds to the norm, so that zeros stay zeros."""


def _gradients(grads: Any) -> list[Array]:
    return [x for x in flatten(grads)[0] if kind(x) in "fc"]


def global_norm(grads: Any, norm_type: float = 2.0) -> Array:
    """The norm of all gradients as one vector; 0 where there are none.

    `norm_type`: the p of the p-norm; `inf` gives the largest size.

    >>> float(global_norm({"w": np.array([3.0, 0.0]), "b": np.array(4.0), "frozen": None}))
    5.0
    """
    if not norm_type > 0:
        raise ArgumentError(f"global_norm: norm_type={norm_type} is not above 0")
    parts = [_norm(np.abs(g), norm_type) for g in _gradients(grads)]
    return _norm(np.stack(parts), norm_type) if parts else np.float64(0.0)


def _norm(sizes: Array, p: float) -> Array:
    """The norm of sizes that are not negative; of low precision in f32, as torch sums."""
    sizes = sizes.astype(np.float32) if sizes.dtype.itemsize < 4 else sizes
    if sizes.size == 0:
        return np.zeros((), sizes.dtype)
    if p == np.inf:
        return np.max(sizes)
    if p == 2:
        return np.sqrt(np.sum(sizes * sizes))
    return np.sum(sizes**p) ** (1 / p)


def clip_grad_norm(
    grads: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """The gradients times what brings their norm to `max_norm`, where it is above (torch's formula:
    `max_norm / (norm + 1e-6)`, at most 1).

    With `error_if_nonfinite`, a norm that is no number raises `ArgumentError` with the first path
    that has one; without it, it makes every gradient NaN, as torch does.

    >>> clip_grad_norm({"a": np.full(4, 10.0)}, 1.0)["a"].round(6)
    array([0.5, 0.5, 0.5, 0.5])
    """
    check_least("clip_grad_norm", max_norm=max_norm)
    norm = global_norm(grads, norm_type)
    if error_if_nonfinite and type(norm) is not Tracer and not np.isfinite(norm):
        raise _nonfinite(grads, norm)
    share = np.minimum(max_norm / (norm + _LESS), 1.0)
    return _mapped(grads, lambda g: g * share.astype(np.abs(g).dtype))


def clip_grad_value(grads: Any, value: float) -> Any:
    """The gradients with each element between `-value` and `value`; of complex ones, each part.

    >>> clip_grad_value([np.array([-3.0, 0.5])], 1.0)
    [array([-1. ,  0.5])]
    """
    check_least("clip_grad_value", value=value)

    def clipped(g: Array) -> Array:
        if np.iscomplexobj(g):
            parts = np.clip(np.real(g), -value, value) + 1j * np.clip(np.imag(g), -value, value)
            return parts.astype(g.dtype)
        return np.clip(g, -value, value).astype(g.dtype)

    return _mapped(grads, clipped)


def check_finite(grads: Any) -> None:
    """Raise `ArgumentError` where a gradient has an element that is no number, with its path."""
    for path, g in Tree.of(grads).leaves.items():
        if kind(g) in "fc" and not np.all(np.isfinite(g)):
            raise ArgumentError(
                f"gradient {path} has {_count(g)} of {np.size(g)} elements that are not finite",
                hint="gl.find_nan names the first operation that makes one",
            )


def _count(g: Array) -> int:
    return int(np.size(g) - np.count_nonzero(np.isfinite(g)))


def _nonfinite(grads: Any, norm: Any) -> GradloomError:
    try:
        check_finite(grads)
    except ArgumentError as error:
        return error
    return ArgumentError(
        f"clip_grad_norm: the norm of finite gradients is {norm}",
        hint="their squares are too large for their dtype",
    )


def _mapped(grads: Any, change: Any) -> Any:
    tree = Tree.of(grads)
    return tree.with_leaves({p: change(x) for p, x in tree.leaves.items() if kind(x) in "fc"})
