"""The network that is written is the one that draws."""

import numpy as np

from gradloom.demo import digits
from gradloom.examples.hypernetwork import draw, grid, init, redrawn, write


def test_the_grid_is_the_middles_of_the_pixels_row_by_row() -> None:
    points = grid(2)
    np.testing.assert_array_equal(points, [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])


def test_images_are_drawn_one_by_one_as_together() -> None:
    weights, images = init(0), digits.load().x_test[:3]
    together = redrawn(weights, images, grid(8))
    for image, drawn in zip(images, together, strict=True):
        np.testing.assert_allclose(draw(write(weights, image), grid(8)), drawn, atol=1e-6)


def test_each_image_has_a_network_of_its_own() -> None:
    weights, images = init(0), digits.load().x_test[:2]
    first, second = (write(weights, image) for image in images)
    assert not np.allclose(first, second)


def test_a_point_of_a_fine_drawing_is_that_point_of_a_coarse_one() -> None:
    written = write(init(0), digits.load().x_test[0])
    fine, coarse = draw(written, grid(9)), draw(written, grid(3))
    np.testing.assert_allclose(fine.reshape(9, 9)[1::3, 1::3].ravel(), coarse, atol=1e-6)
