"""WaveNet: dilated causal convolutions that learn the sound of a reed (van den Oord et al. 2016).

It is trained on whole stretches of the sound, and then plays on its own, sample by sample: every
convolution keeps the few samples that it still needs. Both ways give the same numbers.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.examples.characters import BITS
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt
from gradloom.examples.pictures import curves
from gradloom.examples.run import Run

_DELAY: Final = 19
"""Samples that a wave takes to the end of the tube and back."""
_NOISE: Final = 0.1
"""The standard deviation of the breath's noise."""
_DILATIONS: Final = (1, 2, 4, 8, 16)
_SEEN: Final = 1 + sum(_DILATIONS)
"""Samples that a prediction depends on."""
_CHANNELS: Final = 24
_STEPS: Final = 800
_RATE: Final = 8e-3
_BATCH: Final = 8
_TIME: Final = 192


def reed(length: int, rng: np.random.Generator) -> Array:
    """A blown tube, float32 [length]: what comes back from its end is turned over and bent by the
    reed, and noise is added (after McIntyre, Schumacher and Woodhouse 1983, section II).

    The end of the tube smooths a wave: it returns the mean of two samples.
    """
    x = np.zeros(length + _DELAY + 1)
    noise = _NOISE * rng.standard_normal(len(x))
    for t in range(_DELAY + 1, len(x)):
        x[t] = bent(x[t - _DELAY], x[t - _DELAY - 1]) + noise[t]
    return x[_DELAY + 1 :].astype(np.float32)


def bent(x: Any, y: Any) -> Any:
    """What comes back of two samples."""
    return -np.tanh(1.2 * (x + y))


def init(rng: np.random.Generator) -> Weights:
    """Fresh weights; the first axis of those in the middle is the layer."""

    def drawn(*shape: int) -> Array:
        fan = math.prod(shape[-2:])
        return (rng.standard_normal(shape) / math.sqrt(fan)).astype(np.float32)

    layers, c = len(_DILATIONS), _CHANNELS
    return {
        "first": drawn(c, 1, 1),
        "filter": drawn(layers, 2 * c, c, 2),
        "bias": np.zeros((layers, 2 * c), np.float32),
        "onward": drawn(layers, c, c, 1),
        "aside": drawn(layers, c, c, 1),
        "middle": drawn(c, c, 1),
        "last": drawn(2, c, 1),
        "level": np.zeros(2, np.float32),
    }


def layer(w: Weights, i: int, x: Array, found: Array) -> tuple[Array, Array]:
    """What a layer hands on, and what it says aside, after its convolution found something."""
    gated = np.tanh(found[:, :_CHANNELS]) / (1 + np.exp(-found[:, _CHANNELS:]))
    return x + gl.nn.conv1d(gated, w["onward"][i]), gl.nn.conv1d(gated, w["aside"][i])


def told(w: Weights, aside: Array) -> Array:
    """The mean of the next sample and the logarithm of its deviation: [batch, 2, time]."""
    middle = gl.nn.conv1d(np.maximum(aside, 0), w["middle"])
    return gl.nn.conv1d(np.maximum(middle, 0), w["last"], w["level"])


def predict(weights: Weights, x: Array) -> Array:
    """What is told of the sample after each one of x: [batch, 1, time], all at once."""
    w = weights
    stream, aside = gl.nn.conv1d(x, w["first"]), np.zeros((), np.float32)
    for i, dilation in enumerate(_DILATIONS):
        found = gl.nn.causal_conv1d(stream, w["filter"][i], w["bias"][i], dilation=dilation)
        stream, said = layer(w, i, stream, found)
        aside = aside + said
    return told(w, aside)


def silence() -> list[Any]:
    """The state of a network that has heard nothing."""
    return [
        gl.nn.streaming_conv1d_init(_CHANNELS, 2, dilation, dtype=np.float32)
        for dilation in _DILATIONS
    ]


def hear(weights: Weights, states: list[Any], x: Array) -> tuple[Array, list[Any]]:
    """`predict` of the next samples x [1, 1, time] of a sound, and the states after them."""
    w, after = weights, []
    stream, aside = gl.nn.conv1d(x, w["first"]), np.zeros((), np.float32)
    for i, dilation in enumerate(_DILATIONS):
        found, state = gl.nn.streaming_conv1d(
            stream, w["filter"][i], w["bias"][i], states[i], dilation=dilation
        )
        stream, said = layer(w, i, stream, found)
        aside = aside + said
        after.append(state)
    return told(w, aside), after


def surprise(found: Array, y: Array) -> Array:
    """The nats of samples y [batch, time] under the normal distributions that were told of them."""
    mean, log_deviation = found[:, 0], found[:, 1]
    distance = (y - mean) * np.exp(-log_deviation)
    return 0.5 * distance * distance + log_deviation + 0.5 * math.log(2 * math.pi)


def loss(weights: Weights, x: Array, y: Array) -> Any:
    """The mean surprise at y, each the sample after the one in x, both [batch, time]; of those that
    see enough.
    """
    return np.mean(surprise(predict(weights, x[:, None]), y)[:, _SEEN:])


def batches(sound: Array, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Stretches of the sound, and for each sample the next one: [batch, time], without an end."""
    while True:
        at = rng.integers(0, len(sound) - _TIME, _BATCH)[:, None] + np.arange(_TIME)
        yield sound[at], sound[at + 1]


def excess(weights: Weights, sound: Array) -> float:
    """By how many bits per sample the network is more surprised than one who knows the process."""
    found = float(gl.compile(loss, backend="numpy")(weights, sound[None, :-1], sound[None, 1:]))
    own = 0.5 + math.log(_NOISE) + 0.5 * math.log(2 * math.pi)
    return (found - own) * BITS


def played(weights: Weights, begun: Array, length: int, rng: np.random.Generator) -> Array:
    """Samples that go on from a beginning, each drawn from what is told after the one before."""
    found, states = hear(weights, silence(), begun[None, None])
    once, sound = gl.compile(hear, backend="numpy"), np.zeros(length, np.float32)
    for t in range(length):
        mean, log_deviation = found[0, :, -1]
        sound[t] = mean + np.exp(log_deviation) * rng.standard_normal()
        found, states = once(weights, states, sound[None, None, t : t + 1])
    return sound


def at_once_and_one_by_one(weights: Weights, sound: Array) -> float:
    """The largest difference between what is told of a sound in the two ways."""
    states, pieces = silence(), []
    for sample in sound:
        found, states = hear(weights, states, np.reshape(sample, (1, 1, 1)))
        pieces.append(found)
    whole = predict(weights, sound[None, None])
    return float(np.max(np.abs(np.concatenate(pieces, axis=-1) - whole)))


def run(run: Run) -> float:
    """Train on 40,000 samples, play on; the excess surprise at sound that was not heard."""
    rng = np.random.default_rng(run.seed)
    heard, unheard = reed(40_000, rng), reed(10_000, rng)
    fresh, rate = init(rng), falling(_RATE, _STEPS, warm=1)
    weights = learnt(run, loss, fresh, rate, batches(heard, rng), _STEPS)
    if run.is_short:
        return run.losses[-1] * BITS
    begun = unheard[-2 * _SEEN :]
    after = played(weights, begun, 39, rng)
    run.show("a reed (·) is heard, and the network (•) plays on:")
    run.show(curves({"·": begun[-32:], "•": np.append(np.full(33, np.nan), after)}), "")
    apart = at_once_and_one_by_one(weights, unheard[:256])
    run.show(f"told of 256 samples at once and one by one: {apart:.1e} apart at most")
    return excess(weights, unheard)


EXAMPLE: Final = Example(
    name="wavenet",
    title="WaveNet on the sound of a reed, which it then plays sample by sample",
    goal=Goal("surprise above the noise's own", 0.05, "bits per sample", lower=True),
    seconds=15,
    run=run,
)
