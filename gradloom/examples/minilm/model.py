"""The network, in plain numpy: words that look at each other six times, then their mean.

BERT (Devlin et al. 2019) of 6 layers, 384 wide, 12 heads, distilled as MiniLM (Wang et al. 2020),
and trained so that sentences that mean the same have vectors that point the same way. `...` stands
for no axis (one sentence) or one (a batch): every function takes both.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Array = NDArray[np.float32]
Ints = NDArray[np.int64]
Weights = dict[str, Any]

HEADS = 12  # these three are in the model's config.json, which files.py compares with them
EPS = 1e-12
WIDTH = 384

_HIDDEN = -1e9  # what a score of padding becomes; finite, so that a row of padding gives no NaN


def dense(w: Weights, x: Array) -> Array:
    """x W + b."""
    return x @ w["weight"] + w["bias"]


def layer_norm(w: Weights, x: Array) -> Array:
    """`x` with mean 0 and variance 1 along the last axis, scaled and shifted (Ba et al. 2016)."""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    return centred / np.sqrt(variance + EPS) * w["weight"] + w["bias"]


def gelu(x: Array) -> Array:
    """x times the share of a normal distribution below x (Hendrycks and Gimpel 2016)."""
    return x * 0.5 * (1 + erf(x * math.sqrt(0.5)))


def softmax(x: Array) -> Array:
    """Exponentials of the last axis, as shares of their sum."""
    raised = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return raised / np.sum(raised, axis=-1, keepdims=True)


def heads(x: Array) -> Array:
    """[..., length, heads * d] as [..., heads, length, d]."""
    return np.swapaxes(x.reshape((*x.shape[:-1], HEADS, x.shape[-1] // HEADS)), -3, -2)


def attention(w: Weights, x: Array, real: NDArray[np.bool]) -> Array:
    """What each word takes from the real words, by how its query agrees with their keys."""
    query, key, value = (heads(dense(w[name], x)) for name in ("query", "key", "value"))
    scores = query @ np.swapaxes(key, -1, -2) * (1 / math.sqrt(query.shape[-1]))
    taken = softmax(np.where(real[..., None, None, :], scores, _HIDDEN)) @ value
    return dense(w["output"], np.swapaxes(taken, -3, -2).reshape(x.shape))


def layer(w: Weights, x: Array, real: NDArray[np.bool]) -> Array:
    """Attention, then two dense layers, each added to what it came from and normalised."""
    x = layer_norm(w["attention_norm"], x + attention(w["attention"], x, real))
    return layer_norm(w["output_norm"], x + dense(w["down"], gelu(dense(w["up"], x))))


def lookup(weights: Weights, ids: Ints) -> Array:
    """The vector of each word of `ids` [..., length], before the network: [..., length, 384]."""
    return weights["words"][ids]


def encode(weights: Weights, words: Array, mask: Ints) -> Array:
    """A unit vector [..., 384] for vectors of words [..., length, 384]; `mask` 1 is a real one."""
    at = weights["positions"][np.arange(words.shape[-2])]
    x = layer_norm(weights["norm"], words + at + weights["kinds"][0])
    for w in weights["layers"]:
        x = layer(w, x, mask > 0)
    share = mask[..., None].astype(x.dtype)
    total = np.sum(x * share, axis=-2)
    return total / np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), EPS)


def embed(weights: Weights, ids: Ints, mask: Ints) -> Array:
    """A unit vector [..., 384] for each sentence: `ids` and `mask` are [..., length]."""
    return encode(weights, lookup(weights, ids), mask)
