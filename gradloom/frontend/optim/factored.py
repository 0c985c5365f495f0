"""Adafactor: squares kept by rows and columns alone, step for step as torch's."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.optim.groups import Groups
from gradloom.frontend.optim.optimizer import Optimizer
from gradloom.frontend.optim.options import Schedule, check_least
from gradloom.frontend.optim.rule import Array, Number, Options, Rule
from gradloom.ir.errors import ArgumentError

Arrays = tuple[Array, ...]
Numbers = tuple[Number, ...]


def _kept(o: Options, lr: Number) -> dict[str, Number]:
    return {"row_var": 0.0, "col_var": 0.0, "variance": 0.0}


def _sizes(name: str, shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Rows and columns of matrices, each element of vectors; nothing of what is not needed."""
    is_vector = len(shape) < 2
    if name == "variance":
        return shape if is_vector else (0,)
    if is_vector:
        return (0,)
    return (*shape[:-1], 1) if name == "row_var" else (*shape[:-2], 1, shape[-1])


def _numbers(o: Options, lr: Number, step: Number) -> Numbers:
    return lr, np.minimum(lr, step**-0.5), step ** o["beta2_decay"]


def _adafactor(w: Array, g: Array, kept: Arrays, numbers: Numbers, o: Options) -> Arrays:
    """Shazeer and Stern 2018, algorithms 4 and 5; the share of new squares is t^beta2_decay."""
    (lr, rate, share), (rows, columns, squares) = numbers, kept
    import ml_dtypes  # whose finfo knows bf16 too

    tiny = float(ml_dtypes.finfo(w.dtype).eps) if o["eps"][0] is None else o["eps"][0]  # type: ignore[no-untyped-call]
    length = np.maximum(o["eps"][1], _root_mean_square(w)) * rate
    g = -g if o["maximize"] else g
    if g.ndim < 2:
        size = squares = squares + share * (g * g - squares)
    else:
        rows = rows + share * (_mean(g * g, -1) - rows)
        columns = columns + share * (_mean(g * g, -2) - columns)
        size = rows * columns / np.maximum(_mean(rows, -2), tiny)
    step = g / np.sqrt(np.maximum(size, tiny * tiny))
    step = step / np.maximum(1, _root_mean_square(step) / o["d"])
    kept_share = 1 - lr * o["weight_decay"] if o["weight_decay"] else 1
    return w * kept_share - length * step, rows, columns, squares


def _mean(x: Array, axis: int) -> Array:
    """The means along an axis, 0 where it is empty."""
    total = np.sum(x, axis, keepdims=True) / np.maximum(1, x.shape[axis])
    return total.astype(x.dtype)


def _root_mean_square(x: Array) -> Array:
    return np.sqrt(np.sum(x * x) / np.maximum(1, x.size)).astype(x.dtype)


ADAFACTOR: Final = Rule("Adafactor", _kept, _numbers, _adafactor, elementwise=False, sizes=_sizes)


class Adafactor(Optimizer):
    """Adam without momentum, whose state of a matrix is a row and a column; steps are relative to a
    parameter's size. Real parameters only, as in torch.
    """

    def __init__(
        self, lr: float | Schedule = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0,
        *, maximize: bool = False, groups: Groups = (),
    ) -> None:  # fmt: skip
        super().__init__(ADAFACTOR, lr, {
            "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "maximize": maximize,
        }, groups)  # fmt: skip

    def _check(self, o: Options) -> None:
        if not isinstance(o["eps"], tuple | list) or len(o["eps"]) != 2:
            raise ArgumentError(f"Adafactor: eps are two numbers, not {o['eps']!r}")
        first = {} if o["eps"][0] is None else {"eps1": o["eps"][0]}
        check_least("Adafactor", **first, eps2=o["eps"][1], weight_decay=o["weight_decay"])
        if not o["beta2_decay"] <= 0:
            raise ArgumentError(f"Adafactor: beta2_decay={o['beta2_decay']} is above 0")
        if not o["d"] >= 1:
            raise ArgumentError(f"Adafactor: d={o['d']} is below 1")
