"""Linear maps and rows of weights, and elements dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, cast, one
from gradloom.eager.dtypes import INT64, category
from gradloom.eager.grads import no_grad
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.nn.functional.activations import replaced
from gradloom.eager.products import matmul, same_dtype
from gradloom.eager.remembered import remembered
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import affine, dropped
from gradloom.ir.errors import ArgumentError, DtypeError, IndexOutOfRange, NotSupported, ShapeError
from gradloom.ir.location import user_location


@remembered
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`."""
    if not input.ndim or input.shape[-1] != weight.shape[-1]:
        raise ShapeError(
            f"linear: the last axis of the input {tuple(input.shape)} and of the weight "
            f"{tuple(weight.shape)} differ", location=user_location(),
            hint="the weight's shape is (out_features, in_features)",
        )  # fmt: skip
    turned = FUNCTIONS["transpose"](weight) if weight.ndim > 1 else weight
    made = matmul(input, turned)
    return made if bias is None else FUNCTIONS["add"](made, bias)


@remembered
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input1 @ weight[k] @ input2` for each k, plus the bias."""
    same_dtype("bilinear", input1, input2, weight)

    given = [input1, input2, weight, *([] if bias is None else [bias])]
    return one("bilinear", affine.bilinear, given)


def _rows(what: str, x: Tensor) -> None:
    if category(x._value.type.dtype) != 1:
        raise DtypeError(
            f"{what}: rows are named by integers, not {x.dtype}", location=user_location(),
            hint="convert the index: x.long()",
        )  # fmt: skip


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of the weight that integers name; the row `padding_idx` is not learnt, and rows
    beyond `max_norm` are scaled down in place.
    """
    _rows("embedding", input)
    _unsupported("embedding", scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    count = weight.shape[0]
    if padding_idx is not None and not -count <= padding_idx < count:
        raise IndexOutOfRange(
            f"embedding: padding_idx {padding_idx} of {count} rows", location=user_location()
        )
    if max_norm is not None:
        _renormed(input, weight, max_norm, norm_type)
    return _looked_up(input, weight, padding_idx)


@remembered
def _looked_up(input: Tensor, weight: Tensor, padding_idx: int | None) -> Tensor:
    rows = FUNCTIONS["index_select"](weight, 0, FUNCTIONS["reshape"](input, -1))
    made: Tensor = FUNCTIONS["reshape"](rows, *input.shape, *weight.shape[1:])
    if padding_idx is None:
        return made
    skipped = FUNCTIONS["eq"](input, padding_idx % weight.shape[0])
    return FUNCTIONS["where"](FUNCTIONS["unsqueeze"](skipped, -1), FUNCTIONS["detach"](made), made)  # type: ignore[no-any-return]


def _unsupported(what: str, **given: bool) -> None:
    for name, value in given.items():
        if value:
            raise NotSupported(
                f"{what}: {name}=True is not offered", location=user_location(), hint="leave it out"
            )


def _renormed(x: Tensor, weight: Tensor, most: float, norm_type: float) -> None:
    """Scale the rows that are named, where their norm is larger."""

    def function(w: Array, i: Array) -> Array:
        named = np.zeros_like(w, shape=(w.shape[0],))
        named[i.reshape(-1)] = w.dtype.type(1)
        size = np.sum(np.abs(w) ** norm_type, axis=-1) ** (1 / norm_type)
        scale = np.where((named > 0) & (size > most), most / (size + 1e-7), w.dtype.type(1))
        return w * scale[:, None]

    with no_grad():
        weight.write(one("embedding", function, [weight, x]).operand(), "embedding")


def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
    sparse: bool = False, per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The sum, mean or maximum of the rows of each bag, which is a row of a matrix of integers."""
    what = "embedding_bag"
    if mode not in ("sum", "mean", "max"):
        raise ArgumentError(f"{what}: mode={mode!r}", hint="give 'sum', 'mean' or 'max'")
    if input.ndim != 2 or offsets is not None:
        raise NotSupported(
            f"{what}: bags of different lengths by offsets are not offered",
            location=user_location(), hint="give a matrix of indices, a bag in each row",
        )  # fmt: skip
    _unsupported(what, include_last_offset=include_last_offset)
    if mode == "max" and padding_idx is not None:
        raise NotSupported(f"{what}: padding_idx with mode 'max'", location=user_location())
    if per_sample_weights is not None and mode != "sum":
        raise NotSupported(
            f"{what}: per_sample_weights are for mode 'sum', not {mode!r}",
            location=user_location(),
        )
    rows = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    if per_sample_weights is not None:
        rows = FUNCTIONS["mul"](rows, FUNCTIONS["unsqueeze"](per_sample_weights, -1))
    if mode == "max":
        return FUNCTIONS["max"](rows, 1)[0]  # type: ignore[no-any-return]
    if padding_idx is None:
        return FUNCTIONS[mode](rows, 1)  # type: ignore[no-any-return]
    counted = FUNCTIONS["ne"](input, padding_idx % weight.shape[0])

    def function(r: Array, c: Array) -> Array:
        kept = cast(c, r.dtype)
        total = np.sum(r * kept[..., None], axis=1)
        if mode == "sum":
            return total
        number = np.sum(kept, axis=1, keepdims=True)
        return total / np.where(number == 0, r.dtype.type(1), number)

    return one(what, function, [rows, counted])


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the place that each integer names, 0 elsewhere."""
    _rows("one_hot", tensor)
    largest = int(tensor.max().item())  # type: ignore[attr-defined]
    least = int(tensor.min().item())  # type: ignore[attr-defined]
    count = largest + 1 if num_classes < 0 else num_classes
    if least < 0 or largest >= count:
        raise IndexOutOfRange(
            f"one_hot: classes from {least} to {largest}, and there are {count}",
            location=user_location(),
        )
    return one("one_hot", lambda i: cast(i[..., None] == np.arange(count), INT64), [tensor])


# ---- dropout -------------------------------------------------------------------------------------


def _probability(what: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise ArgumentError(
            f"{what}: dropout probability has to be between 0 and 1, but got {p}",
            location=user_location(),
        )


def _kept(x: Tensor, p: float, shape: tuple[int, ...]) -> Tensor:
    keep = creation.draw(lambda g: g.random(shape) >= p)
    return Tensor(x._home, x._home.put(np.asarray(keep)))


def _thinned(what: str, x: Tensor, p: float, training: bool, shape: tuple[int, ...]) -> Tensor:
    _probability(what, p)
    if not training or p == 0:
        return x
    return _masked(what, x, _kept(x, p, shape), p)


@remembered
def _masked(what: str, x: Tensor, mask: Tensor, p: float) -> Tensor:
    return one(what, lambda a, m: dropped.thinned(a, m, p), [x, mask])


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Some elements zero, the others larger, while training."""
    made = _thinned("dropout", input, p, training, tuple(input.shape))
    return replaced(input, made, "dropout", inplace and made is not input)


def _channels(axes: int) -> Callable[..., Tensor]:
    what = f"dropout{axes}d"

    def function(
        input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        if input.ndim not in (axes + 1, axes + 2):
            raise ShapeError(
                f"{what}: an input of shape {tuple(input.shape)}", location=user_location()
            )
        lead = 2 if input.ndim == axes + 2 else 1
        shape = (*input.shape[:lead], *[1] * (input.ndim - lead))
        made = _thinned(what, input, p, training, shape)
        return replaced(input, made, what, inplace and made is not input)

    function.__name__ = function.__qualname__ = what
    function.__doc__ = "Some channels zero, the others larger, while training."
    return function


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Some elements as SELU has them far below 0, so that mean and variance stay."""
    _probability("alpha_dropout", p)
    if not training or p == 0:
        return input
    made = one(
        "alpha_dropout",
        lambda x, m: dropped.alpha_thinned(x, m, p),
        [input, _kept(input, p, tuple(input.shape))],
    )
    return replaced(input, made, "alpha_dropout", inplace)


ROWS: Final[dict[str, Callable[..., Any]]] = {
    "linear": linear, "bilinear": bilinear, "embedding": embedding,
    "embedding_bag": embedding_bag, "one_hot": one_hot, "dropout": dropout,
    **{f"dropout{n}d": _channels(n) for n in (1, 2, 3)}, "alpha_dropout": alpha_dropout,
}  # fmt: skip
"""By torch's name."""
