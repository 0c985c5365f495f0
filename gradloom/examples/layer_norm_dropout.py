"""Layer normalization and dropout: a deeper network on handwritten digits, made of modules."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.descent import descend, shuffled
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import image, side_by_side
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_WIDTH: Final = 128
_DEPTH: Final = 3
_DROPPED: Final = 0.3
_VOTERS: Final = 50
_BATCH: Final = 64
_STEPS: Final = 1100


class Block(nn.Module):
    """`x` and what a layer makes of it: normalized, mapped, bent, and in training dropped."""

    norm: nn.LayerNorm
    linear: nn.Linear
    drop: nn.Dropout

    def __init__(self, width: int, dropped: float, *, key: Any) -> None:
        self.norm = nn.LayerNorm(width, dtype=np.float32)
        self.linear = nn.Linear(width, width, key=key, dtype=np.float32)
        self.drop = nn.Dropout(dropped)

    def __call__(self, x: Array) -> Any:
        """[image, width] of [image, width]."""
        return x + nn.gelu(self.linear(self.norm(x)))

    def train(self, x: Array, *, key: Any) -> tuple[Any, "Block"]:
        """The same with dropout by the key."""
        return x + self.drop.train(nn.gelu(self.linear(self.norm(x))), key=key)[0], self


def network(seed: int) -> nn.Sequential:
    """64 pixels to the scores of ten digits."""
    first, last, *keys = gl.random.split(gl.random.key(seed), 2 + _DEPTH)
    return nn.Sequential(
        nn.Linear(64, _WIDTH, key=first, dtype=np.float32),
        *[Block(_WIDTH, _DROPPED, key=key) for key in keys],
        nn.LayerNorm(_WIDTH, dtype=np.float32),
        nn.Linear(_WIDTH, 10, key=last, dtype=np.float32),
    )


def loss(model: nn.Sequential, x: Array, labels: NDArray[Any], key: Any) -> Any:
    """The mean cross entropy of a batch, with the elements dropped that the key says."""
    scores, _ = model.train(x, key=key)
    return nn.cross_entropy(scores, labels)


def keyed(run: Run, found: digits.Digits) -> Iterator[tuple[Any, ...]]:
    """Batches with a key of their own."""
    rng = np.random.default_rng(run.seed)
    for step, batch in enumerate(shuffled(rng, _BATCH, found.x_train, found.y_train)):
        yield *batch, gl.random.fold_in(gl.random.key(run.seed), step)


def votes(model: nn.Sequential, images: Array, seed: int) -> Any:
    """How many of `_VOTERS` networks, each with elements of its own dropped, say which digit:
    [image, 10]. Where they disagree, the network is in doubt (Gal and Ghahramani 2016, "Dropout as
    a Bayesian Approximation").
    """
    keys = gl.random.split(gl.random.key(seed), _VOTERS)
    scores = gl.vmap(lambda key: model.train(images, key=key)[0])(keys)
    return np.sum(np.argmax(scores, axis=-1)[..., None] == np.arange(10), axis=0)


def show_doubts(run: Run, model: nn.Sequential, found: digits.Digits) -> None:
    """The images that the votes are most divided on."""
    counts = votes(model, found.x_test[: run.limit(len(found.x_test))], run.seed)
    first, second = np.argsort(-counts, axis=-1)[:, :2].T
    doubted = np.argsort(counts.max(axis=-1))[:4]
    run.show(
        f"of {len(counts)} test images, {np.sum(counts.max(axis=-1) == _VOTERS)} get one answer of "
        f"{_VOTERS} networks with dropout; these get the most divided ones:",
        side_by_side(
            [image(found.x_test[i].reshape(8, 8)) for i in doubted],
            [
                f"{first[i]}: {counts[i, first[i]]}, {second[i]}: {counts[i, second[i]]}"
                for i in doubted
            ],
        ),
    )


def run(run: Run) -> float:
    """Train on 1437 images; the accuracy on the other 360."""
    found = digits.load()
    opt = gl.optim.AdamW(lr=gl.optim.cosine_decay(2e-3, _STEPS), weight_decay=0.05)
    model = descend(run, loss, network(run.seed), opt, keyed(run, found), _STEPS)
    show_doubts(run, model, found)
    on_every_backend(run, lambda model, x: model(x), model, found.x_test)
    as_onnx(run, model, found.x_test)
    return float(100 * np.mean(np.argmax(model(found.x_test), axis=-1) == found.y_test))


EXAMPLE: Final = Example(
    name="layer_norm_dropout",
    title="layer normalization and dropout: residual modules on handwritten digits",
    goal=Goal("test accuracy", 97, "%"),
    seconds=10,
    run=run,
)
