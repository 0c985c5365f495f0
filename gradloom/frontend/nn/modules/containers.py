"""Modules made of others: one after the other, functions as modules, networks of linear layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Self

from gradloom.frontend import random
from gradloom.frontend.nn.activations import relu
from gradloom.frontend.nn.modules.dropped import Dropout
from gradloom.frontend.nn.modules.linear import Linear
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.modules.sources import require_sizes, sources
from gradloom.ir.errors import CallError
from gradloom.ir.location import user_location


class Lambda(Module):
    """A function as a module, with more arguments for it: `Lambda(nn.max_pool2d, 2)`.

    >>> from gradloom import nn
    >>> Lambda(nn.leaky_relu, slope=0.1)(-2.0)
    array(-0.2)
    """

    f: Callable[..., Any]
    args: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...]

    def __init__(self, f: Callable[..., Any], *args: Any, **options: Any) -> None:
        if not callable(f):
            raise CallError(
                f"Lambda: a function is due, not {type(f).__name__}", location=user_location()
            )
        self.f, self.args, self.options = f, args, tuple(sorted(options.items()))

    def __call__(self, *xs: Any) -> Any:
        """`f(*xs, *args, **options)`."""
        return self.f(*xs, *self.args, **dict(self.options))


class Sequential(Module):
    """Modules and functions, each given what the one before it gives.

    >>> import numpy as np
    >>> from gradloom import nn
    >>> import gradloom as gl
    >>> a, b = gl.random.split(gl.random.key(0))
    >>> model = Sequential(nn.Linear(4, 8, key=a), nn.relu, nn.Linear(8, 2, key=b))
    >>> model(np.ones((3, 4))).shape
    (3, 2)
    >>> len(model), model[0]
    (3, Linear(w=f64[4,8], b=f64[8]))
    """

    layers: tuple[Module, ...]

    def __init__(self, *layers: Any) -> None:
        self.layers = tuple([x if isinstance(x, Module) else Lambda(x) for x in layers])

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, i: int) -> Module:
        return self.layers[i]

    def __call__(self, x: Any) -> Any:
        """What the last layer gives."""
        for layer in self.layers:
            x = layer(x)
        return x

    def train(self, x: Any, *, key: Any = None) -> tuple[Any, Self]:
        """`(result, module)` as in training; the key is split among the layers."""
        made = []
        for layer, own in zip(self.layers, split(key, len(self.layers)), strict=True):
            x, trained = layer.train(x, key=own)
            made.append(trained)
        return x, self.replace(layers=tuple(made))


class Flatten(Module):
    """The axes from `start` on as one, so that a convolution's result goes into a linear layer.

    >>> import numpy as np
    >>> Flatten()(np.ones((5, 8, 7, 7))).shape
    (5, 392)
    """

    start: int = 1

    def __call__(self, x: Any) -> Any:
        """`x`, reshaped."""
        return x.reshape((*x.shape[: self.start], -1))


def split(key: Any, count: int) -> Sequence[Any]:
    """As many keys of one; None for each where there is none."""
    return [None] * count if key is None or not count else list(random.split(key, count))


class MLP(Module):
    """Linear layers with an activation between each two, and dropout after it while training.

    `sizes` are those of the inputs, of the layers between, and of the outputs.

    >>> import numpy as np
    >>> MLP([784, 128, 10], key=0)(np.ones((5, 784))).shape
    (5, 10)
    """

    layers: tuple[Linear, ...]
    activation: Callable[[Any], Any]
    drop: Dropout

    def __init__(
        self, sizes: Sequence[int], activation: Callable[[Any], Any] = relu, *,
        dropout: float = 0.0, bias: bool = True, key: Any = None, rng: Any = None,
        dtype: Any = float,
    ) -> None:  # fmt: skip
        pairs = list(itertools.pairwise(sizes))
        require_sizes("MLP", **{"the number of sizes less one": len(pairs)})
        each = sources("MLP", key, rng, len(pairs))
        self.layers = tuple([
            Linear(m, n, bias, key=source, dtype=dtype)
            for (m, n), source in zip(pairs, each, strict=True)
        ])  # fmt: skip
        self.activation, self.drop = activation, Dropout(dropout)

    def __call__(self, x: Any) -> Any:
        """[..., outputs] of x [..., inputs]."""
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def train(self, x: Any, *, key: Any = None) -> tuple[Any, Self]:
        """`(result, module)` with elements dropped after each activation."""
        inner = self.layers[:-1]
        for layer, own in zip(inner, split(key, len(inner)), strict=True):
            x, _ = self.drop.train(self.activation(layer(x)), key=own)
        return self.layers[-1](x), self
