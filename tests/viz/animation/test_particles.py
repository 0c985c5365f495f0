"""Dots: ten shapes that differ, drawn where they are said to be, at the picture's edge as well."""

import pytest
from PIL import Image, ImageDraw

from gradloom.viz import Particle, ParticleShape, draw_particle_with_glow, draw_shape
from gradloom.viz.animation.particles import outline

RED = (255, 40, 40)


def drawn(shape: ParticleShape) -> Image.Image:
    image = Image.new("RGBA", (60, 60), (0, 0, 0, 255))
    draw_shape(ImageDraw.Draw(image), 30, 30, RED, shape, 20, 255)
    return image


def test_there_are_ten_shapes_and_no_two_look_alike() -> None:
    pictures = {drawn(shape).tobytes() for shape in ParticleShape}
    assert len(pictures) == len(ParticleShape) == 10


@pytest.mark.parametrize("shape", ParticleShape)
def test_a_shape_covers_its_middle_and_stays_near_it(shape: ParticleShape) -> None:
    image = drawn(shape)
    assert image.getpixel((30, 30))[:3] == RED
    left, top, right, bottom = image.convert("RGB").getbbox()
    assert min(left, top) >= 2
    assert max(right, bottom) <= 58
    assert all(abs(x) <= 1.31 and abs(y) <= 1.31 for x, y in outline(shape))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_glow_reaches_beyond_the_shape(mode: str) -> None:
    image = Image.new(mode, (80, 80), "black")
    draw_particle_with_glow(image, 40, 40, RED, ParticleShape.CIRCLE, 10)
    middle, halo, far = (image.getpixel((40 + dx, 40))[0] for dx in (0, 14, 35))
    assert middle > 200 > halo > 0 == far


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("place", [(-5.5, 3.0), (0, 0), (40.2, 39.9), (500, -500)])
def test_a_dot_at_the_edge_is_cut_off(mode: str, place: tuple[float, float]) -> None:
    image = Image.new(mode, (40, 40))
    draw_particle_with_glow(image, *place, RED, ParticleShape.STAR4, 10)
    assert image.size == (40, 40)


def test_a_particle_may_be_larger_than_others() -> None:
    assert Particle(1, 2, RED, ParticleShape.CROSS).size == 1.0
    assert Particle(1, 2, RED, ParticleShape.CROSS, 2.5).size == 2.5
