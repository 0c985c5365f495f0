"""The convolutional network is the one that torch computes with the same weights."""

import numpy as np
import pytest

from gradloom.demo import digits
from gradloom.examples.cnn import init, predict


@pytest.mark.framework
def test_the_scores_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    f = torch.nn.functional
    weights, images = init(0), digits.load().x_test[:9]
    w = {name: torch.from_numpy(value) for name, value in weights.items()}
    x = torch.from_numpy(images).reshape(-1, 1, 8, 8)
    x = f.relu(f.conv2d(x, w["k1"], w["b1"], padding=1))
    x = f.relu(f.conv2d(x, w["k2"], w["b2"], padding=1))
    x = f.max_pool2d(x, 2).flatten(1) @ w["w"] + w["b"]
    np.testing.assert_allclose(predict(weights, images), x.numpy(), rtol=1e-4, atol=1e-5)
