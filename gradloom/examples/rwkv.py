"""RWKV: trained in parallel like a transformer, written with like a recurrent network (Peng et al.
2023).

What a place recalls is a mean of all values before it, whose weights fade with their age. For all
places at once that is a product with a matrix of faded weights; for one place after another it is a
numerator and a denominator, carried along. Both are here, and give the same numbers.
"""

from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.examples.characters import (
    BITS,
    MEASURE,
    UNIT,
    batches,
    beginning,
    decoded,
    drawn,
    quarto,
)
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt, surprise
from gradloom.examples.run import Run

_BLOCKS: Final = 2
_WIDTH: Final = 96
_STEPS: Final = 500
_RATE: Final = 6e-3
_BATCH: Final = 16
_TIME: Final = 64

State = tuple[Any, ...]
"""For each block what it saw last, twice, and the state of `gl.nn.wkv_cell`."""


def init(rng: np.random.Generator, letters: int) -> Weights:
    """Fresh weights; the first axis of each array but three is the block."""

    def drawn(scale: float, *shape: int) -> Array:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    ramp = np.linspace(0, 1, _WIDTH, dtype=np.float32)
    unit = _WIDTH**-0.5
    return {
        "character": drawn(unit, letters, _WIDTH),
        "write": drawn(unit, _WIDTH, letters),
        "scale": np.ones((2 * _BLOCKS + 1, _WIDTH), np.float32),
        "share": np.tile(ramp, (_BLOCKS, 5, 1)),
        "recall": drawn(unit, _BLOCKS, 3, _WIDTH, _WIDTH),
        "tell": drawn(0.02, _BLOCKS, _WIDTH, _WIDTH),
        # Some channels remember for 150 steps, others for one (the paper's appendix on the initial
        # values).
        "fade": np.tile(8 * ramp - 5, (_BLOCKS, 1)),
        "bonus": np.zeros((_BLOCKS, _WIDTH), np.float32),
        "gate": drawn(unit, _BLOCKS, _WIDTH, _WIDTH),
        "widen": drawn(unit, _BLOCKS, _WIDTH, 2 * _WIDTH),
        "narrow": drawn(0.02, _BLOCKS, 2 * _WIDTH, _WIDTH),
    }


def norm(x: Array, scale: Array) -> Array:
    """Mean 0 and variance 1 along the last axis, times the scale."""
    x = x - np.mean(x, axis=-1, keepdims=True)
    return scale * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), which no x is too large for."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def recalled(key: Array, value: Array, fade: Array, bonus: Array) -> Array:
    """The faded means for all places at once, of key and value [batch, time, channel] (equation
    14).

    Keys of a window may differ by 80 or so, which is where float32's exponents end.
    """
    time = np.arange(key.shape[-2])
    age = (time[:, None] - time).astype(key.dtype)
    past = np.where(age > 0, (1 - age) * fade[:, None, None], -np.inf)
    faded = np.exp(np.where(age == 0, bonus[:, None, None], past))  # [channel, time, time]
    weight = np.exp(key - np.max(key, axis=-2, keepdims=True))
    over = np.moveaxis(np.stack([weight * value, weight]), -1, 1)  # [2, channel, batch, time]
    above, below = np.moveaxis(over @ np.swapaxes(faded, -1, -2), 1, -1)
    return above / below


def mixed(x: Array, before: Array, share: Array) -> Array:
    """A mean of each place and the one before it."""
    return share * x + (1 - share) * before


def look(w: Weights, i: int, x: Array, before: Array) -> tuple[Array, Array, Array]:
    """A block's gate, key and value."""
    gate, key, value = (mixed(x, before, w["share"][i, n]) @ w["recall"][i, n] for n in range(3))
    return sigmoid(gate), key, value


def think(w: Weights, i: int, x: Array, before: Array) -> Array:
    """A block's second part, whose only memory is the place before."""
    gate = sigmoid(mixed(x, before, w["share"][i, 3]) @ w["gate"][i])
    wide = np.maximum(mixed(x, before, w["share"][i, 4]) @ w["widen"][i], 0)
    return gate * ((wide * wide) @ w["narrow"][i])


def later(x: Array) -> Array:
    """What each place of x [batch, time, channel] has before it; first zeros."""
    return np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)


def scores(weights: Weights, x: Array) -> Array:
    """What speaks for each character to come after those of x: [batch, time], all at once."""
    w, stream = weights, weights["character"][x]
    for i in range(_BLOCKS):
        seen = norm(stream, w["scale"][2 * i])
        gate, key, value = look(w, i, seen, later(seen))
        found = recalled(key, value, np.exp(w["fade"][i]), w["bonus"][i])
        stream = stream + (gate * found) @ w["tell"][i]
        seen = norm(stream, w["scale"][2 * i + 1])
        stream = stream + think(w, i, seen, later(seen))
    return norm(stream, w["scale"][-1]) @ w["write"]


def nothing() -> State:
    """The state of a network that has read nothing."""
    zeros = np.zeros(_WIDTH, np.float32)
    return ((zeros, zeros, gl.nn.wkv_init(zeros)),) * _BLOCKS


def step(weights: Weights, state: State, character: Any) -> tuple[Array, State]:
    """What speaks for each character to come after this one, and the state then."""
    w, stream, states = weights, weights["character"][character], []
    for i, (before, earlier, memory) in enumerate(state):
        seen = norm(stream, w["scale"][2 * i])
        gate, key, value = look(w, i, seen, before)
        found, memory = gl.nn.wkv_cell(key, value, memory, np.exp(w["fade"][i]), w["bonus"][i])
        stream = stream + (gate * found) @ w["tell"][i]
        thought = norm(stream, w["scale"][2 * i + 1])
        stream = stream + think(w, i, thought, earlier)
        states.append((seen, thought, memory))
    return norm(stream, w["scale"][-1]) @ w["write"], tuple(states)


def read(weights: Weights, x: Array) -> Array:
    """`scores` of x: [time], one place after another."""
    state, found = nothing(), []
    for character in x:
        score, state = step(weights, state, character)
        found.append(score)
    return np.stack(found)


def loss(weights: Weights, x: Array, y: Array) -> Any:
    """The mean surprise at y, each the character after the one in x, both [batch, time]."""
    return np.mean(surprise(scores(weights, x), y))


def written(weights: Weights, begun: str, length: int, rng: np.random.Generator) -> str:
    """A text that begins so; each character costs the same, however many came before."""
    numbers, state = [int(n) for n in beginning(begun)], nothing()
    once = gl.compile(step, backend="numpy")
    for place in range(length - 1):
        found, state = once(weights, state, np.int64(numbers[place]))
        if place + 1 == len(numbers):
            numbers.append(drawn(found, rng))
    return decoded(quarto().alphabet, np.array(numbers))


def run(run: Run) -> float:
    """Train in parallel; the bits per character of the whole unseen text, read step by step."""
    text, rng = quarto(), np.random.default_rng(run.seed)
    fresh, rate = init(rng, len(text.alphabet)), falling(_RATE, _STEPS)
    weights = learnt(run, loss, fresh, rate, batches(run, _BATCH, _TIME), _STEPS)
    if run.is_short:
        return run.losses[-1] * BITS
    run.show(written(weights, "Shall I compare thee", 400, rng), "")
    x = text.test[:256]
    apart = np.max(np.abs(read(weights, x) - scores(weights, x[None])[0]))
    run.show(f"scores of 256 characters at once and step by step differ by {apart:.1e} at most")
    found = read(weights, text.test[:-1])
    return float(np.mean(surprise(found, text.test[1:])) * BITS)


EXAMPLE: Final = Example(
    name="rwkv",
    title="RWKV, trained in parallel, that writes sonnets in constant memory",
    goal=Goal(MEASURE, 2.4, UNIT, lower=True),
    seconds=50,
    run=run,
)
