"""The transformer is written for one image, and takes a batch by vmap."""

import numpy as np

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples import transformer

WEIGHTS = {
    name: w.astype(np.float64) for name, w in transformer.init(np.random.default_rng(0)).items()
}
IMAGES = digits.load().x_test[:5].astype(np.float64)


def test_a_batch_is_each_image_alone() -> None:
    found = transformer.classify(WEIGHTS, IMAGES)
    assert found.shape == (5, 10)
    each = [transformer.scores(WEIGHTS, image) for image in IMAGES]
    assert np.allclose(found, each, atol=1e-12)


def test_a_row_heeds_others_in_shares() -> None:
    x = np.random.default_rng(1).standard_normal((8, 32))
    shares, value = transformer.heeds(x, WEIGHTS["look"][0])
    assert shares.shape == (4, 8, 8)
    assert value.shape == (4, 8, 8)
    assert np.all(shares >= 0)
    assert np.allclose(np.sum(shares, axis=-1), 1)


def test_the_order_of_rows_matters() -> None:
    turned = IMAGES.reshape(5, 8, 8)[:, ::-1].reshape(5, 64)
    found, other = (transformer.classify(WEIGHTS, x) for x in (IMAGES, turned))
    assert np.abs(found - other).max() > 1e-3


def test_gradients_agree_with_differences() -> None:
    labels, rng = np.arange(5), np.random.default_rng(2)
    way = {name: rng.standard_normal(w.shape) for name, w in WEIGHTS.items()}
    slope = gl.compile(gl.grad(transformer.loss), backend="numpy")(WEIGHTS, IMAGES, labels)
    up, down = (
        transformer.loss({n: w + s * way[n] for n, w in WEIGHTS.items()}, IMAGES, labels)
        for s in (1e-6, -1e-6)
    )
    along = sum(np.sum(slope[name] * way[name]) for name in way)
    assert np.isclose(along, (up - down) / 2e-6, rtol=1e-5)
