"""A denoising autoencoder: handwritten digits, and the noise on them taken off."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.descent import descend, shuffled
from gradloom.examples.elsewhere import as_onnx
from gradloom.examples.example import Example, Goal
from gradloom.examples.layers import Weights, dense
from gradloom.examples.pictures import image, side_by_side
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_NOISE: Final = np.float32(0.3)
"""The standard deviation of what is added to each pixel; pixels are between 0 and 1."""
_HIDDEN: Final = 256
_CODE: Final = 32
_BATCH: Final = 64
_STEPS: Final = 4400


def clean(weights: Weights, noisy: Array) -> Any:
    """The images without their noise, [image, 64]."""
    x = np.maximum(noisy @ weights["w1"] + weights["b1"], 0)
    code = np.tanh(x @ weights["w2"] + weights["b2"])
    x = np.maximum(code @ weights["w3"] + weights["b3"], 0)
    return nn.sigmoid(x @ weights["w4"] + weights["b4"])


def loss(weights: Weights, noisy: Array, images: Array) -> Any:
    """The mean squared error of a pixel."""
    return np.mean((clean(weights, noisy) - images) ** 2)


def psnr(guess: Array, images: Array) -> float:
    """The peak signal-to-noise ratio, in decibels: 10 log10 of 1 over the mean squared error."""
    return float(-10 * np.log10(np.mean((guess - images) ** 2)))


def with_noise(images: Array, rng: np.random.Generator) -> Array:
    """The images with noise on each pixel."""
    return images + _NOISE * rng.standard_normal(images.shape, dtype=np.float32)


def noisy_batches(images: Array, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Batches of images with noise that is never the same, and without it."""
    for (batch,) in shuffled(rng, _BATCH, images):
        yield with_noise(batch, rng), batch


def linear_filter(images: Array, noisy: Array) -> Array:
    """What the best linear filter makes of noisy images: it knows the mean and the covariance of
    images, and the noise (Wiener).
    """
    mean, covariance = images.mean(axis=0), np.cov(images.T)
    gain = np.linalg.solve(covariance + _NOISE**2 * np.eye(64), covariance)
    return (mean + (noisy - mean) @ gain).astype(np.float32)


def run(run: Run) -> float:
    """Train on 1437 images; how much better than their noisy selves the other 360 come out, in dB.

    Noisy images are first brought back to pixels between 0 and 1, which costs nothing.
    """
    found, rng = digits.load(), np.random.default_rng(run.seed)
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(3e-3, _STEPS))
    batches = noisy_batches(found.x_train, rng)
    weights = descend(
        run, loss, dense(run.seed, 64, _HIDDEN, _CODE, _HIDDEN, 64), opt, batches, _STEPS
    )
    noisy = with_noise(found.x_test, rng)
    guess = clean(weights, noisy)
    before = psnr(np.clip(noisy, 0, 1), found.x_test)
    filtered = np.clip(linear_filter(found.x_train, noisy), 0, 1)
    for i in rng.permutation(len(noisy))[:3]:
        images = (noisy[i], filtered[i], guess[i], found.x_test[i])
        titles = ("noisy", "linear filter", "network", "as it was")
        run.show(side_by_side([image(x.reshape(8, 8)) for x in images], titles), "")
    run.show(
        f"noisy {before:.2f} dB, linear filter {psnr(filtered, found.x_test):.2f} dB, "
        f"network {psnr(guess, found.x_test):.2f} dB"
    )
    as_onnx(run, lambda x: clean(weights, x), noisy)
    return psnr(guess, found.x_test) - before


EXAMPLE: Final = Example(
    name="denoising",
    title="a denoising autoencoder on handwritten digits",
    goal=Goal("gain in PSNR", 4.5, "dB"),
    seconds=10,
    run=run,
)
