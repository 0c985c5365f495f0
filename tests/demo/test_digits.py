"""The data set is whole, scaled and split as documented."""

import numpy as np

from gradloom.demo.digits import load


def test_every_fifth_image_is_a_test_image() -> None:
    data = load()
    assert data.x_train.shape == (1437, 64)
    assert data.x_test.shape == (360, 64)
    assert data.y_test[:4].tolist() == [0, 5, 0, 5]
    assert data.y_train[:4].tolist() == [1, 2, 3, 4]


def test_pixels_are_float32_between_zero_and_one() -> None:
    data = load()
    for x in (data.x_train, data.x_test):
        assert x.dtype == np.float32
        assert x.min() == 0
        assert x.max() == 1


def test_every_digit_occurs_in_both_sets() -> None:
    data = load()
    assert np.bincount(data.y_train).min() > 100
    assert np.bincount(data.y_test).min() > 20
    assert len(np.bincount(data.y_train)) == 10
