"""The gradient of the demo's loss, written by hand: what the traced one is compared with."""

import numpy as np

from gradloom.demo.model import Array, Params
from gradloom.demo.train import Labels


def value_and_grad(params: Params, x: Array, labels: Labels) -> tuple[np.float32, Params]:
    """The loss and its gradient with respect to each parameter, all float32."""
    rows = np.arange(len(labels))
    inner = x @ params["w1"] + params["b1"]
    hidden = np.maximum(inner, 0)
    scores = hidden @ params["w2"] + params["b2"]
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares = weights / weights.sum(axis=-1, keepdims=True)
    value = -np.mean(np.log(shares[rows, labels]))
    shares[rows, labels] -= 1
    d_scores = shares / np.float32(len(labels))
    d_inner = (d_scores @ params["w2"].T) * (inner > 0)
    return value, {
        "w1": x.T @ d_inner,
        "b1": d_inner.sum(axis=0),
        "w2": hidden.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }
