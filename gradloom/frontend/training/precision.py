"""Mixed precision: weights in float32, the work in fewer bits, and a scaled loss.

Micikevicius et al., Mixed Precision Training, 2018: a master copy of the weights in float32
(section 3.1), and a loss that is multiplied before its gradient is taken, so that small gradients
do not vanish in float16 (section 3.2), by a factor that is tried out (section 3.2, last paragraph).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import ml_dtypes
import numpy as np

from gradloom.frontend.data.columns import positive
from gradloom.frontend.signature import flatten, unflatten
from gradloom.ir.errors import ArgumentError
from gradloom.ir.types import DType, is_inexact


@final
@dataclass(frozen=True, slots=True)
class Scaling:
    """How the factor of the loss moves: halved by a step whose gradient is no number, doubled after
    `every` good ones, at most `largest`.

    2**15 is the largest power of two that float16 holds; 2000 steps are what Micikevicius et al.
    and torch's GradScaler wait.
    """

    initial: float = 2.0**15
    every: int = 2000
    largest: float = 2.0**15

    def __post_init__(self) -> None:
        positive("Scaling", "every", self.every)
        for what in ("initial", "largest"):
            value = getattr(self, what)
            if not (np.isfinite(value) and value > 0):
                raise ArgumentError(f"Scaling: {what} is {value}", hint="a number above 0")

    def after(self, scale: float, good: int, is_good: bool) -> tuple[float, int]:
        """The factor and the number of good steps since it last moved, after one more step."""
        if not is_good:
            return scale / 2, 0
        if good + 1 < self.every:
            return scale, good + 1
        return min(scale * 2, self.largest), 0


@final
@dataclass(frozen=True, slots=True)
class Precision:
    """The dtype of the weights and that of the work; None is that of what is given."""

    name: str
    weights: DType | None = None
    work: DType | None = None
    scaling: Scaling | None = None

    def for_work(self, tree: Any) -> Any:
        """The tree with its real floats in the dtype of the work."""
        return tree if self.work is None else cast(tree, self.work)


_SINGLE: Final = np.dtype(np.float32)
_POLICIES: Final[Mapping[str, Precision]] = {
    "f64": Precision("f64", np.dtype(np.float64), np.dtype(np.float64)),
    "f32": Precision("f32", _SINGLE, _SINGLE),
    "bf16": Precision("bf16", _SINGLE, np.dtype(ml_dtypes.bfloat16)),
    "f16": Precision("f16", _SINGLE, np.dtype(np.float16), Scaling()),
}


def precision_of(name: str | None, scaling: Scaling | None = None) -> Precision:
    """The policy of this name; raises `ArgumentError` for others."""
    if name is None:
        if scaling is not None:
            raise ArgumentError("loss_scale= without a precision", hint='it is for precision="f16"')
        return Precision("as given")
    if name not in _POLICIES:
        raise ArgumentError(
            f"precision is {name!r}", hint=f"it is one of {', '.join(map(repr, _POLICIES))}"
        )
    policy = _POLICIES[name]
    if scaling is None:
        return policy
    return Precision(policy.name, policy.weights, policy.work, scaling)


def cast(tree: Any, dtype: DType) -> Any:
    """The tree with its real floats, traced or not, in this dtype."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [_cast(x, dtype) for x in leaves])


def _cast(x: Any, dtype: DType) -> Any:
    own = getattr(x, "dtype", None)
    real = isinstance(own, np.dtype) and is_inexact(own) and own.kind != "c"
    return x.astype(dtype) if real and own != dtype else x
