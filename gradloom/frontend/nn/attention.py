"""Attention: values weighed by how queries and keys agree.

q [..., s, d], k [..., t, d], v [..., t, e] give [..., s, e]. A mask of bools (or integers) is true
where a key is seen; one of floats is added to the scores; it broadcasts to [..., s, t]. A query
that sees no key gives zeros. Vaswani et al. (2017), equation 1.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.dropped import dropout
from gradloom.frontend.nn.exponentials import along
from gradloom.frontend.nn.operands import Array, array, counted, fixed, floating, named
from gradloom.frontend.nn.pieces import piece
from gradloom.ir.errors import ArgumentError, ShapeError
from gradloom.ir.location import user_location


def earlier(queries: Any, keys: Any) -> Array:
    """Where a query at i sees a key at 0 to i."""
    return counted(queries)[:, None] >= counted(keys)[None, :]


def weights_of(q: Array, k: Array, mask: Array | None, causal: bool, scale: Any) -> Array:
    """How much of each key a query sees."""
    scores = np.matmul(q, np.swapaxes(k, -1, -2)) * scale
    low = scores.dtype.type(-np.inf)
    if causal:
        scores = np.where(earlier(*scores.shape[-2:]), scores, low)
    if mask is None:
        return along(scores, -1)
    scores = np.where(mask, scores, low) if mask.dtype.kind == "b" else scores + mask
    top = fixed(np.max(scores, axis=-1, keepdims=True))
    blind = top == low
    raised = np.exp(scores - np.where(blind, top.dtype.type(0), top))
    total = np.sum(raised, axis=-1, keepdims=True)
    return raised / np.where(blind, top.dtype.type(1), total)


def _seen(q: Array, k: Array, v: Array, scale: Any) -> Array:
    return weights_of(q, k, None, False, scale) @ v


def _seen_before(q: Array, k: Array, v: Array, scale: Any) -> Array:
    return weights_of(q, k, None, True, scale) @ v


def _seen_masked(q: Array, k: Array, v: Array, mask: Array, scale: Any) -> Array:
    return weights_of(q, k, mask, False, scale) @ v


_attention: Final = piece("attention")(_seen)
_causal: Final = piece("attention_causal")(_seen_before)
_masked: Final = piece("attention_masked")(_seen_masked)


def scaled_dot_product_attention(
    q: Any, k: Any, v: Any, mask: Any = None, *, causal: bool = False, scale: float | None = None,
    dropout_p: float = 0.0, key: Any = None, rng: Any = None,
) -> Array:  # fmt: skip
    """Values weighed by softmax(q kᵀ scale), the scale being 1/√d unless said.

    `causal`: the i-th query sees keys 0 to i. Where q [..., h, s, d] has more heads than k and v
    [..., g, t, d], each of theirs serves h / g of its own (grouped-query attention). `dropout_p`
    drops weights, at random by `key` or `rng`.

    >>> v = np.array([[1.0], [3.0]])
    >>> scaled_dot_product_attention(np.zeros((1, 2)), np.zeros((2, 2)), v)
    array([[2.]])
    """
    what = "scaled_dot_product_attention"
    q, k, v = floating(what, q), floating(what, k), floating(what, v)
    mask = None if mask is None else _as_mask(what, mask)
    _require_fit(what, q, k, v, mask)
    factor = np.asarray(1 / math.sqrt(q.shape[-1]) if scale is None else scale, q.dtype)[()]
    heads = _groups(what, q, k)
    if heads is not None:
        q, k, v, mask = _grouped(q, k, v, mask, heads)
    made = _weighed(q, k, v, mask, causal, factor, dropout_p, key, rng)
    return made if heads is None else made.reshape((*made.shape[:-4], -1, *made.shape[-2:]))


def _weighed(
    q: Array, k: Array, v: Array, mask: Array | None, causal: bool, scale: Any, dropout_p: float,
    key: Any, rng: Any,
) -> Array:  # fmt: skip
    if dropout_p:
        weights = weights_of(q, k, mask, causal, scale)
        return dropout(weights, dropout_p, True, key, rng) @ v
    if mask is None:
        return _causal(q, k, v, scale) if causal else _attention(q, k, v, scale)
    if causal:
        before = earlier(q.shape[-2], k.shape[-2])
        if mask.dtype.kind == "b":
            mask = mask & before
        else:
            mask = np.where(before, mask, mask.dtype.type(-np.inf))
    # As many axes as the scores have, so that a batch in front of some stays apart.
    lead = max(q.ndim, k.ndim) - mask.ndim
    mask = mask.reshape((*[1] * lead, *mask.shape)) if lead > 0 else mask
    return _masked(q, k, v, mask, scale)


def _as_mask(what: str, mask: Any) -> Array:
    made = array(mask)
    return made if made.dtype.kind in "bfV" else made != 0


def _require_fit(what: str, q: Array, k: Array, v: Array, mask: Array | None) -> None:
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)} and v {tuple(v.shape)}"
    if min(q.ndim, k.ndim, v.ndim) < 2:
        raise ShapeError(
            f"{what}: arrays of two axes or more are due, not {shapes}", location=user_location()
        )
    if q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ShapeError(
            f"{what}: {shapes} do not fit", location=user_location(),
            hint="give q [..., s, d], k [..., t, d] and v [..., t, e]",
        )  # fmt: skip
    if mask is None:
        return
    due = (q.shape[-2], k.shape[-2])
    for size, wanted in zip(mask.shape[-2:][::-1], due[::-1], strict=False):
        if size not in (1, wanted):
            raise ShapeError(
                f"{what}: a mask of shape {tuple(mask.shape)} does not broadcast to [..., {due[0]},"
                f" {due[1]}]", location=user_location(),
            )  # fmt: skip


def _groups(what: str, q: Array, k: Array) -> int | None:
    """How many heads of q each of k's serves; None where they are as many, or broadcast."""
    if q.ndim < 3 or k.ndim < 3:
        return None
    mine, theirs = q.shape[-3], k.shape[-3]
    if named(mine) or named(theirs) or theirs in (1, mine) or mine == 1:
        return None
    if mine % theirs != 0:
        raise ArgumentError(
            f"{what}: {theirs} heads of keys (k {tuple(k.shape)}) do not divide the {mine} of "
            f"queries (q {tuple(q.shape)})", location=user_location(),
        )  # fmt: skip
    return int(mine // theirs)


def _grouped(
    q: Array, k: Array, v: Array, mask: Array | None, each: int
) -> tuple[Array, Array, Array, Array | None]:
    """Heads as [groups, heads of a group]; keys and values have one for all of a group."""

    def split(x: Array) -> Array:
        return x.reshape((*x.shape[:-3], x.shape[-3] // each, each, *x.shape[-2:]))

    heads = q.shape[-3]
    q, k, v = split(q), np.expand_dims(k, -3), np.expand_dims(v, -3)
    if mask is not None and mask.ndim > 2:
        mask = split(mask) if mask.shape[-3] == heads else np.expand_dims(mask, -3)
    return q, k, v, mask


def multi_head_attention(
    q: Any, k: Any, v: Any, num_heads: int, mask: Any = None, *, causal: bool = False,
    scale: float | None = None, num_kv_heads: int | None = None, dropout_p: float = 0.0,
    key: Any = None, rng: Any = None,
) -> Array:  # fmt: skip
    """`scaled_dot_product_attention` of each head's part of the last axis; the parts joined again.

    q [..., s, heads * d], k and v [..., t, heads * d] are projected already; with `num_kv_heads`,
    k and v have so many parts. A mask without the heads' axis holds for all heads.

    >>> x = np.ones((3, 4))
    >>> multi_head_attention(x, x, x, num_heads=2).shape
    (3, 4)
    """
    what = "multi_head_attention"
    q, k, v = floating(what, q), floating(what, k), floating(what, v)
    theirs = num_heads if num_kv_heads is None else num_kv_heads
    for x, heads, name in ((q, num_heads, "q"), (k, theirs, "k"), (v, theirs, "v")):
        if x.ndim < 2 or heads < 1 or x.shape[-1] % heads != 0:
            raise ShapeError(
                f"{what}: the last axis of {name} {tuple(x.shape)} does not make {heads} heads",
                location=user_location(), hint="the number of heads divides the last axis",
            )  # fmt: skip
    if mask is not None:
        mask = array(mask)
        mask = np.expand_dims(mask, -3) if mask.ndim == q.ndim > 2 else mask
    made = scaled_dot_product_attention(
        _heads(q, num_heads), _heads(k, theirs), _heads(v, theirs), mask, causal=causal,
        scale=scale, dropout_p=dropout_p, key=key, rng=rng,
    )  # fmt: skip
    turned = np.swapaxes(made, -3, -2)
    return turned.reshape((*turned.shape[:-2], -1))


def _heads(x: Array, heads: int) -> Array:
    """[..., length, heads * d] as [..., heads, length, d]."""
    parts = x.reshape((*x.shape[:-1], heads, x.shape[-1] // heads))
    return np.swapaxes(parts, -3, -2)
