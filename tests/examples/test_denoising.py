"""The filter that the network is measured against is the best linear one."""

import numpy as np
import pytest

from gradloom.demo import digits
from gradloom.examples.denoising import _NOISE, linear_filter, psnr, with_noise


def test_psnr_is_in_decibels() -> None:
    images = np.zeros((2, 4), np.float32)
    assert psnr(images + np.float32(0.1), images) == pytest.approx(20, abs=1e-4)
    assert psnr(images + np.float32(1), images) == pytest.approx(0, abs=1e-6)


def test_the_linear_filter_is_nearly_the_one_that_is_fitted_to_pairs() -> None:
    """Least squares on a hundred noisy copies of the training set itself find no better one."""
    found, rng = digits.load(), np.random.default_rng(0)
    x = found.x_train.astype(np.float64)
    copies = np.concatenate([x + _NOISE * rng.standard_normal(x.shape) for _ in range(20)])
    ones = np.ones((len(copies), 1))
    fitted = np.linalg.lstsq(np.hstack([copies, ones]), np.tile(x, (20, 1)))[0]
    noisy = with_noise(found.x_test, rng)
    by_pairs = np.hstack([noisy, np.ones((len(noisy), 1))]) @ fitted
    own = psnr(linear_filter(found.x_train, noisy), found.x_test)
    assert own == pytest.approx(psnr(by_pairs.astype(np.float32), found.x_test), abs=0.02)


def test_noise_has_the_stated_size_and_is_never_the_same() -> None:
    images, rng = digits.load().x_test, np.random.default_rng(0)
    first, second = (with_noise(images, rng) - images for _ in range(2))
    assert np.std(first) == pytest.approx(_NOISE, rel=0.02)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.03
