"""Attention: values weighed by how queries and keys agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, one
from gradloom.eager.dtypes import category
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.nn.functional.rows import dropout, linear
from gradloom.eager.products import matmul, same_dtype
from gradloom.eager.reductions import softmax
from gradloom.eager.remembered import remembered
from gradloom.eager.shapes import cat, expand
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import attention as nn
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError
from gradloom.ir.location import user_location

_F: Final = FUNCTIONS


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """Values weighed by how queries and keys agree; a query that may see no key gives zeros."""
    what = "scaled_dot_product_attention"
    same_dtype(what, query, key, value)
    if is_causal and attn_mask is not None:
        raise ArgumentError(
            f"{what}: attn_mask and is_causal=True are two masks", location=user_location(),
            hint="give one of them",
        )  # fmt: skip
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(f"{what}: tensors of two axes or more are due", location=user_location())
    if enable_gqa:
        key = _F["repeat_interleave"](key, query.shape[-3] // key.shape[-3], -3)
        value = _F["repeat_interleave"](value, query.shape[-3] // value.shape[-3], -3)
    factor = query.shape[-1] ** -0.5 if scale is None else scale
    weights = _weights(query, key, attn_mask, is_causal, factor)
    return matmul(dropout(weights, dropout_p), value)


@remembered
def _weights(
    query: Tensor, key: Tensor, attn_mask: Tensor | None, is_causal: bool, factor: float
) -> Tensor:
    """How much of each key a query sees."""

    def weights(q: Array, k: Array, mask: Array | None = None) -> Array:
        return nn.weights_of(q, k, mask, is_causal, factor)

    masks = [] if attn_mask is None else [attn_mask]
    return one("scaled_dot_product_attention", weights, [query, key, *masks])


@remembered
def _as_added(what: str, mask: Tensor | None, like: Tensor) -> Tensor | None:
    """A mask as numbers that are added to scores: -inf where a mask of bools holds."""
    if mask is None:
        return None
    kind = category(mask._value.type.dtype)
    if kind == 0:
        dtype = like._value.type.dtype
        return one(what, lambda m: np.where(m, dtype.type(-np.inf), dtype.type(0)), [mask])
    if kind != 2:
        raise DtypeError(
            f"{what}: only bool and floating types of {what} are supported, not {mask.dtype}",
            location=user_location(), hint="convert it: mask.bool()",
        )  # fmt: skip
    return mask


def _projected(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Tensor | None, size: int
) -> list[Tensor]:
    """Queries, keys and values by the thirds of one weight."""
    weights = _F["split"](weight, size)
    biases = [None] * 3 if bias is None else _F["split"](bias, size)
    return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]


@remembered
def _heads(x: Tensor, heads: int) -> Tensor:
    """[length, batch, heads * each] as [batch, heads, length, each]."""
    length, batch, size = x.shape

    def function(a: Array) -> Array:
        return np.transpose(a.reshape((length, batch, heads, size // heads)), (1, 2, 0, 3))

    return one("multi_head_attention", function, [x])


def _longer(x: Tensor, more: Tensor) -> Tensor:
    """One more along the first axis, the same for the whole batch."""
    return cat([x, expand(more, 1, x.shape[1], more.shape[-1])])


@remembered
def _padded(mask: Tensor | None) -> Tensor | None:
    """A mask for one key more, which is seen."""
    if mask is None:
        return None

    def function(m: Array) -> Array:
        return np.concatenate([m, np.zeros_like(m[..., :1])], axis=-1)

    return one("multi_head_attention", function, [mask])


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None,
    bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor,
    out_proj_bias: Tensor | None, training: bool = True, key_padding_mask: Tensor | None = None,
    need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None,
    static_k: None = None, static_v: None = None, average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """What several heads see, and (`need_weights`) how much of each key; lengths come first."""
    what = "multi_head_attention"
    if query.ndim not in (2, 3) or key.ndim != query.ndim or value.ndim != query.ndim:
        raise ShapeError(
            f"{what}: query, key and value have 2 axes (unbatched) or 3, not shapes "
            f"{tuple(query.shape)}, {tuple(key.shape)} and {tuple(value.shape)}",
            location=user_location(),
        )  # fmt: skip
    if query.shape[-1] != embed_dim_to_check:
        raise ShapeError(
            f"{what}: was expecting embedding dimension of {embed_dim_to_check}, but got "
            f"{query.shape[-1]}", location=user_location(),
        )  # fmt: skip
    if tuple(key.shape[:2]) != tuple(value.shape[:2]) and key.ndim == 3:
        raise ShapeError(
            f"{what}: key {tuple(key.shape)} and value {tuple(value.shape)} differ in length or "
            "batch", location=user_location(),
        )  # fmt: skip
    if is_causal and attn_mask is None:
        raise ArgumentError(
            f"{what}: is_causal=True is a hint about attn_mask, which is not there",
            location=user_location(), hint="give attn_mask too",
        )  # fmt: skip
    batched = query.ndim == 3
    if not batched:
        query, key, value = (_F["unsqueeze"](x, 1) for x in (query, key, value))
        if key_padding_mask is not None:
            key_padding_mask = _F["unsqueeze"](key_padding_mask, 0)
    if use_separate_proj_weight:
        weights: Any = (q_proj_weight, k_proj_weight, v_proj_weight)
        biases = [None] * 3 if in_proj_bias is None else _F["chunk"](in_proj_bias, 3)
        given = zip((query, key, value), weights, biases, strict=True)
        q, k, v = [linear(x, w, b) for x, w, b in given]
    else:
        assert in_proj_weight is not None
        q, k, v = _projected(query, key, value, in_proj_weight, in_proj_bias, embed_dim_to_check)
    masks = [
        _as_added("attn_mask", attn_mask, q), _as_added("key_padding_mask", key_padding_mask, q)
    ]  # fmt: skip
    if bias_k is not None and bias_v is not None:
        k, v = _longer(k, bias_k), _longer(v, bias_v)
        masks = [_padded(m) for m in masks]
    if add_zero_attn:
        zero = expand(_F["mul"](_F["detach"](k[:1]), 0), 1, *k.shape[1:])  # type: ignore[index]
        k, v = cat([k, zero]), cat([v, zero])
        masks = [_padded(m) for m in masks]
    made, seen = _attended(
        _heads(q, num_heads), _heads(k, num_heads), _heads(v, num_heads), masks,
        dropout_p if training else 0.0,
    )  # fmt: skip
    out = linear(made, out_proj_weight, out_proj_bias)
    out = out if batched else _F["squeeze"](out, 1)
    if not need_weights:
        return out, None
    seen = _F["mean"](seen, 1) if average_attn_weights else seen
    return out, seen if batched else _F["squeeze"](seen, 0)


def _attended(
    q: Tensor, k: Tensor, v: Tensor, masks: list[Tensor | None], dropout_p: float
) -> tuple[Tensor, Tensor]:
    """What the heads see, joined, lengths first; and how much of each key."""
    what = "multi_head_attention"
    batch, heads, length, _ = q.shape
    source = k.shape[2]
    mask, padding = masks
    due = ((length, source), (batch * heads, length, source))
    if mask is not None and tuple(mask.shape) not in due:
        raise ShapeError(
            f"{what}: The shape of attn_mask is {tuple(mask.shape)}, but should be {due[0]} or "
            f"{due[1]}", location=user_location(),
        )  # fmt: skip
    if padding is not None and tuple(padding.shape) != (batch, source):
        raise ShapeError(
            f"{what}: key_padding_mask has shape {tuple(padding.shape)}, but should be "
            f"{(batch, source)}", location=user_location(),
        )  # fmt: skip

    weights = dropout(softmax(_scores(q, k, mask, padding), -1), dropout_p)
    return _joined(matmul(weights, v)), weights


@remembered
def _scores(q: Tensor, k: Tensor, mask: Tensor | None, padding: Tensor | None) -> Tensor:
    batch, heads, length, each = q.shape
    source = k.shape[2]

    def scores(a: Array, b: Array, *rest: Array) -> Array:
        made = np.matmul(a * each**-0.5, np.swapaxes(b, -1, -2))
        given = iter(rest)
        if mask is not None:
            m = next(given)
            made = made + (m if m.ndim == 2 else m.reshape((batch, heads, length, source)))
        return made if padding is None else made + next(given)[:, None, None, :]

    given = [q, k, *[m for m in (mask, padding) if m is not None]]
    return one("multi_head_attention", scores, given)


@remembered
def _joined(x: Tensor) -> Tensor:
    """[batch, heads, length, each] as [length, batch, heads * each]."""
    batch, heads, length, _ = x.shape

    def joined(a: Array) -> Array:
        return np.transpose(a, (2, 0, 1, 3)).reshape((length, batch, heads * a.shape[-1]))

    return one("multi_head_attention", joined, [x])


ATTENTION: Final[dict[str, Callable[..., Any]]] = {
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "multi_head_attention_forward": multi_head_attention_forward,
}
"""By torch's name."""
