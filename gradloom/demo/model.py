"""A classifier in plain numpy: two layers, 64 pixels to 128 hidden units to 10 digits."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Params = dict[str, Array]


def init(seed: int) -> Params:
    """Fresh float32 parameters; weights are normal with variance 2 / fan-in (He et al. 2015)."""
    rng = np.random.default_rng(seed)

    def weights(inputs: int, outputs: int) -> Array:
        scale = np.sqrt(2 / inputs)
        return (rng.standard_normal((inputs, outputs)) * scale).astype(np.float32)

    return {
        "w1": weights(64, 128),
        "b1": np.zeros(128, np.float32),
        "w2": weights(128, 10),
        "b2": np.zeros(10, np.float32),
    }


def predict(params: Params, x: Array) -> Array:
    """The score of each digit, [batch, 10], for images x: [batch, 64]."""
    hidden = np.maximum(x @ params["w1"] + params["b1"], 0)
    return hidden @ params["w2"] + params["b2"]


def loss(params: Params, x: Array, labels: NDArray[np.int64]) -> np.float32:
    """The mean cross entropy of the scores for x: [batch, 64] against labels: [batch]."""
    scores = predict(params, x)
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.mean(logp[np.arange(len(labels)), labels])


def accuracy(params: Params, x: Array, labels: NDArray[np.int64]) -> float:
    """The share of images whose highest score is their label."""
    return float(np.mean(np.argmax(predict(params, x), axis=-1) == labels))
